//! The claims, as a document.

use pinright_model::corpus::Corpus;

/// Behind this line everything in the document is generated.
const MARKER: &str = "<!-- generated: UPDATE_DOCS=1 cargo test -p pinright-model --test claims -->\n";

/// A section for each claim.
fn sections(corpus: &Corpus) -> String {
    let section = |claim: &pinright_model::lang::resolve::ClaimDecl| {
        let mut conditions = claim.needs.clone();
        conditions.extend(claim.hooks.iter().map(|hook| format!("a part that provides `{hook}()`")));
        let applies = if conditions.is_empty() { "everywhere".to_string() } else { conditions.join(", ") };
        format!(
            "\n## {}: {}\n\n* If it breaks: {}.\n* Put to the test when {}.\n* Asked where: {applies}.\n* Source: {}\n",
            claim.id, claim.sentence, claim.consequence, claim.premise, claim.source
        )
    };
    corpus.claims().iter().map(section).collect()
}

#[test]
fn the_document_of_the_claims_is_what_the_kernel_c_says() {
    let corpus = Corpus::load().expect("the corpus loads");
    assert!(corpus.claims().iter().all(|claim| !claim.premise.is_empty()), "each claim says what puts it to the test");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/claims.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let (introduction, written) = text.split_once(MARKER).expect("the marker");
    let sections = sections(&corpus);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{introduction}{MARKER}{sections}")).expect("docs/ can be written");
        return;
    }
    assert!(written == sections, "UPDATE_DOCS=1 cargo test -p pinright-model --test claims");
}
