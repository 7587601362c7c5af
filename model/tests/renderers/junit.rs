//! JUnit XML, read back by an XML parser.

use pinright_model::corpus::Corpus;
use pinright_model::render::junit;
use pinright_model::report::Report;
use pinright_model::review::{Job, rows, run_case};
use pinright_model::search::Limits;
use roxmltree::{Document, Node};

/// What a command reports on a small case.
fn report(command: &str) -> Report {
    let corpus = Corpus::load().expect("the corpus loads");
    let proposal = corpus.proposal("t3-w5").expect("it is built in");
    let composition = proposal.compositions(&corpus).expect("its parts exist").remove(1);
    let population = corpus.population("pin/overwrite").expect("it exists");
    let case = run_case(&corpus, &Job::new(composition, true, population), &Limits::default(), &mut |_| true);
    let rows = rows(&[case.unwrap_or_else(|error| panic!("{error}"))]);
    let mut report = Report::new(command, &corpus.claims(), &rows, &[]);
    report.compare(&corpus, false);
    report
}

fn case<'d>(document: &'d Document, claim: &str) -> Node<'d, 'd> {
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let mut named =
        cases.filter(|case| case.attribute("name").is_some_and(|name| name.starts_with(&format!("{claim} "))));
    named.next().unwrap_or_else(|| panic!("no test case for {claim}"))
}

fn outcome<'d>(case: Node<'d, 'd>) -> Option<&'d str> {
    case.children().find(Node::is_element).map(|child| child.tag_name().name())
}

#[test]
fn a_violated_claim_fails_in_a_check_and_the_counts_are_those_of_the_cases() {
    let (report, text) = (report("check"), junit(&report("check")));
    let document = Document::parse(&text).expect("XML");
    for cell in &report.readings[0].cells {
        let expected = match cell.verdict.as_str() {
            "violated" => "failure",
            "undecided" => "error",
            "vacuous" | "n/a" => "skipped",
            _ => "system-out",
        };
        assert_eq!(outcome(case(&document, &cell.claim)), Some(expected), "{}", cell.claim);
    }
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
    for (attribute, tag) in
        [("failures", "failure"), ("errors", "error"), ("skipped", "skipped"), ("tests", "testcase")]
    {
        let count = document.descendants().filter(|node| node.has_tag_name(tag)).count().to_string();
        assert_eq!(suite.attribute(attribute), Some(count.as_str()), "{attribute}");
        assert_eq!(document.root_element().attribute(attribute), Some(count.as_str()), "{attribute}");
    }
}

#[test]
fn in_a_review_only_what_differs_from_the_record_fails() {
    let mut report = report("review");
    let failed = |report: &Report| junit(report).matches("<failure").count();
    let before = failed(&report);
    assert_eq!(before, report.differences.len());
    let (proposal, reading) = (report.readings[0].proposal.clone(), report.readings[0].reading.clone());
    report.differences.push(pinright_model::report::Difference {
        proposal,
        reading,
        claim: "S0".into(),
        scenario: String::new(),
        by: "recorded".into(),
        wanted: "violated".into(),
        found: "holds".into(),
        source: String::new(),
    });
    assert_eq!(failed(&report), before + 1);
}

#[test]
fn markup_in_a_name_stays_a_name() {
    let mut report = report("check");
    let name = "a\"b<c>&]]>\u{1}.c";
    report.readings[0].proposal = name.into();
    let text = junit(&report);
    let document = Document::parse(&text).expect("XML");
    let suite =
        document.descendants().find(|node| node.has_tag_name("testsuite")).and_then(|node| node.attribute("name"));
    assert!(suite.is_some_and(|suite| suite.starts_with("a\"b<c>&]]>?.c")), "{suite:?}");
}
