//! The claims, as a document.

#[path = "common/document.rs"]
mod document;

use pinright_model::corpus::Corpus;

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
    document::documented("claims.md", "claims", &sections(&corpus));
}
