//! Races and reviews as one HTML file that needs nothing else: no network, no other script.
//!
//! Here the page is put together; `bundle` makes the data; the assets beside this file show it.

mod beside;
mod bundle;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::check::warranty;
use super::race::Subject;
use crate::report::{CellReport, ReadingReport, Report};
use crate::trace::Trace;

pub use beside::html_beside;
pub use bundle::Bundle;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// In the order in which they use each other.
const SCRIPTS: [&str; 4] =
    [include_str!("data.js"), include_str!("state.js"), include_str!("race.js"), include_str!("page.js")];

/// For the page that steps in a running system.
const LIVE: &str = include_str!("live.js");

/// The page of one race.
pub fn html(subject: &Subject) -> String {
    let mut bundle = Bundle::default();
    bundle.add(subject);
    let Trace { proposal, claim, sentence, .. } = subject.trace;
    let known = subject.system.program().claims.iter().find(|known| known.decl.id == *claim);
    let consequence = known.map(|known| known.decl.consequence.as_str()).filter(|text| !text.is_empty());
    let consequence = consequence.map(|text| format!(" When it breaks: {text}.")).unwrap_or_default();
    let lead = format!("{claim}: {sentence}.{consequence}");
    page(&format!("{proposal}: {claim}"), &json!({ "lead": lead, "review": null }), &bundle)
}

/// The page of a review: the matrix, each violated cell opening its race. `races`: the number of each race in the bundle,
/// by the number of its reading and the id of its claim.
pub fn html_review(report: &Report, bundle: &Bundle, races: &BTreeMap<(usize, String), usize>) -> String {
    let claims = report.claims.iter().map(|claim| [&claim.id, &claim.sentence, &claim.consequence, &claim.source]);
    let readings = report.readings.iter().enumerate().map(|(number, reading)| row(number, reading, races));
    let review = json!({
        "claims": claims.collect::<Vec<_>>(),
        "readings": readings.collect::<Vec<Value>>(),
        "covered": super::check::covered(&report.coverage),
    });
    let lead = "Which way of tracking page pins breaks which claim. A cell that is violated opens its race.";
    page("Page pinning protocols and claims", &json!({ "lead": lead, "review": review }), bundle)
}

/// The page that steps in a running system: it asks the server that it came from, and nobody else. `claims`: id and
/// sentence of those that can be searched for.
pub fn html_live(title: &str, lead: &str, claims: &[(String, String)]) -> String {
    let view = json!({ "lead": lead, "review": null, "live": { "claims": claims } });
    filled(title, &view, &Bundle::default(), "'self'", &[&SCRIPTS[..], &[LIVE]].concat().concat())
}

/// A row of the matrix: a title, and per cell the verdict, what stands behind it, and the number of its race.
fn row(number: usize, reading: &ReadingReport, races: &BTreeMap<(usize, String), usize>) -> Value {
    let cell = |cell: &CellReport| {
        let race = races.get(&(number, cell.claim.clone()));
        json!([cell.verdict, warranty(cell), race])
    };
    json!({ "title": reading.title(), "cells": reading.cells.iter().map(cell).collect::<Vec<Value>>() })
}

/// Puts a page together that needs nobody.
fn page(title: &str, view: &Value, bundle: &Bundle) -> String {
    filled(title, view, bundle, "'none'", &SCRIPTS.concat())
}

/// Fills in the template. `connect`: whom the page may ask.
fn filled(title: &str, view: &Value, bundle: &Bundle, connect: &str, script: &str) -> String {
    let parts = [
        ("{{connect}}", connect.into()),
        ("{{title}}", escaped(title)),
        ("{{style}}", STYLE.into()),
        ("{{view}}", embedded(view)),
        ("{{bundle}}", embedded(bundle)),
        ("{{script}}", script.into()),
    ];
    let mut page = String::new();
    let mut rest = PAGE;
    // One pass over the template: what is filled in is never looked at again.
    for (mark, text) in &parts {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.extend([before, text]);
        rest = after;
    }
    page + rest
}

/// For text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON inside a script element, which no text in it can end: `<` occurs in strings only, where it may be written so.
fn embedded(value: &impl Serialize) -> String {
    // String keys only: there is nothing that could fail.
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_closing_tag_cannot_end_the_script_or_the_title() {
        let name = "x</script><script>alert(1)</script><!--";
        let page = page(name, &json!({ "lead": name }), &Bundle::default());
        let plain = page_of("x");
        assert_eq!(page.matches("</script").count(), plain.matches("</script").count());
        assert_eq!(page.matches("<script").count(), plain.matches("<script").count());
        assert_eq!(page.matches("<!--").count(), plain.matches("<!--").count());
        assert!(page.contains("<title>x&lt;/script&gt;"));
    }

    #[test]
    fn the_data_reads_back_as_it_was() {
        let name = "a<b>&\"'</script>\u{2028}";
        let value: Value = serde_json::from_str(&embedded(&json!([name]))).expect("JSON");
        assert_eq!(value, json!([name]));
    }

    #[test]
    fn every_mark_of_the_template_is_filled_in_and_nothing_is_fetched() {
        let page = page_of("x");
        assert!(!page.contains("{{"), "{page}");
        ["src=", "@import", "fetch(", "XMLHttpRequest", "http://", "https://"]
            .iter()
            .for_each(|word| assert!(!page.contains(word), "{word}"));
    }

    fn page_of(name: &str) -> String {
        page(name, &json!({ "lead": name, "review": null }), &Bundle::default())
    }
}
