//! Which steps of the base kernel the recordings confirm.

use std::collections::BTreeMap;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::system::System;
use pinright_model::validate::{Confirmed, validate};

use crate::common::{all, composition, documented, recording, right};

/// Every line with a step in the built-in scenarios, and what the recordings confirm.
fn confirmed(corpus: &Corpus) -> Confirmed {
    let mut confirmed = Confirmed::default();
    for population in corpus.scenarios().flat_map(|scenario| scenario.populations()) {
        let compiled = compile(corpus, &composition(corpus, "v4.20"), &population);
        let compiled = compiled.unwrap_or_else(|error| panic!("{}", error.render(false)));
        let system = System::new(compiled.program, false).expect("init runs through");
        confirmed.expect(&system, &compiled.sources);
    }
    for name in all() {
        let answer = validate(corpus, &composition(corpus, right(name)), &recording(name)).expect("an answer");
        confirmed.confirm(name, &answer);
    }
    confirmed
}

/// Lines as ranges: `3, 5-7`.
fn ranges(lines: &[usize]) -> String {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for &line in lines {
        match out.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => out.push((line, line)),
        }
    }
    let word =
        |(first, last): &(usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    out.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Lines of a function that are confirmed, and those that are not.
type Lines = (Vec<usize>, Vec<usize>);

fn table(confirmed: &Confirmed) -> String {
    // by file, first line and name
    let mut functions: BTreeMap<(&str, usize, &str), Lines> = BTreeMap::new();
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for ((file, number), line) in &confirmed.lines {
        let begin = *first.entry((file, &line.function)).or_insert(*number);
        let (seen, unseen) = functions.entry((file, begin, &line.function)).or_default();
        if line.by.is_empty() { unseen.push(*number) } else { seen.push(*number) }
    }
    let total = confirmed.lines.len();
    let seen = confirmed.lines.values().filter(|line| !line.by.is_empty()).count();
    let mut text = format!("{seen} of {total} lines with a step are confirmed.\n\n");
    text += "| file | function | confirmed lines | lines that no recording confirms |\n|---|---|---|---|\n";
    for ((file, _, function), (seen, unseen)) in &functions {
        text += &format!("| {file} | {function} | {} | {} |\n", ranges(seen), ranges(unseen));
    }
    text
}

#[test]
fn the_document_says_which_steps_of_the_base_kernel_are_confirmed() {
    let corpus = Corpus::load().expect("the corpus loads");
    let confirmed = confirmed(&corpus);
    // what every program does must be there
    for function in ["finish_mkwrite_fault", "page_mkclean_one", "set_page_writeback", "end_page_writeback"] {
        let seen = confirmed.lines.values().filter(|line| line.function == function && !line.by.is_empty());
        assert!(seen.count() > 0, "{function} is confirmed by nobody");
    }
    documented("kernel-steps.md", "steps", &table(&confirmed));
}
