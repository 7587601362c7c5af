//! `explore validate`: which kernel of the model explains what a running kernel did.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::render;
use pinright_model::validate::recording::Recording;
use pinright_model::validate::{Answer, Refusal, ValidationReport, Verdict, counterexamples, understand, validate};

use crate::args::{ValidateArgs, ValidationForm};
use crate::exit::{Exit, Failure};
use crate::output::{Output, stderr_colour};
use crate::select;

/// Holds one recording against one proposal, or against all of them.
pub fn run(args: &ValidateArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let recording = read(args)?;
    let (compositions, built_in) = chosen(&corpus, args)?;
    let mut answers = Vec::new();
    for composition in &compositions {
        answers.push((composition.title(), validate(&corpus, composition, &recording)));
    }
    if let [(_, Err(refusal))] = answers.as_slice() {
        return Err(Failure::input(refusal.to_string()));
    }
    let mut written = String::new();
    let mut page = None;
    if let ([(_, Ok(answer))], [composition]) = (answers.as_slice(), compositions.as_slice()) {
        written = write_traces(args, composition, built_in, answer)?;
        page = (args.format == ValidationForm::Html)
            .then(|| render::html_beside(&recording, composition, answer).map_err(Failure::internal))
            .transpose()?;
        if args.run {
            written.push_str(&format!("\n{}", render::beside(&recording, answer)));
        }
    }
    let text = match (args.format, page) {
        (ValidationForm::Json, _) => ValidationReport::new(&recording, &answers).to_json(),
        (ValidationForm::Html, Some(page)) => page,
        _ => render::validation(&recording, &answers) + &written,
    };
    Ok(Output::new(text, exit(&answers)).into_file(args.out.as_ref()))
}

/// Reads the recording, and refuses what no proposal could explain.
fn read(args: &ValidateArgs) -> Result<Recording, Failure> {
    let name = args.recording.display().to_string();
    let text = select::read(&args.recording)?;
    let recording = Recording::parse(&name, &text);
    let recording = recording
        .map_err(|fault| Failure::input(format!("this is no recording\n{}", fault.render(stderr_colour()))))?;
    understand(&recording).map_err(|refusal| Failure::input(format!("{name}: {refusal}")))?;
    Ok(recording)
}

fn chosen(corpus: &Corpus, args: &ValidateArgs) -> Result<(Vec<Composition>, bool), Failure> {
    let page = args.format == ValidationForm::Html;
    if args.run && args.format != ValidationForm::Text {
        return Err(Failure::usage("--run adds to the text\nleave it out, or write --format text"));
    }
    if page && args.against.is_none() {
        return Err(Failure::usage("a page shows the run of one reading\nname it: --against v6.18"));
    }
    let Some(name) = &args.against else {
        let all = corpus.proposals().map(|proposal| proposal.compositions(corpus));
        let all: Vec<Vec<Composition>> = all.collect::<Result<_, _>>().map_err(Failure::internal)?;
        return Ok((all.concat(), true));
    };
    let selected = select::proposal(corpus, name)?;
    let several = selected.compositions.len() > 1;
    if several && (page || args.run || args.traces.is_some()) {
        let first = &selected.compositions[0];
        let help = format!("name one, such as {}:{}", first.proposal, first.reading);
        return Err(Failure::usage(format!("{name} has several readings, and a run is of one\n{help}")));
    }
    Ok((selected.compositions, selected.built_in))
}

/// Writes a counterexample for each claim that the kernel violates, and says where.
fn write_traces(
    args: &ValidateArgs,
    composition: &Composition,
    built_in: bool,
    answer: &Answer,
) -> Result<String, Failure> {
    let Some(folder) = &args.traces else { return Ok(String::new()) };
    let unwritable = |error: std::io::Error| Failure::usage(format!("{} cannot be written: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let stem = args.recording.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut text = String::new();
    for trace in counterexamples(answer, composition, built_in) {
        let path = folder.join(format!("{stem}.{}.json", trace.claim));
        std::fs::write(&path, trace.to_json()).map_err(unwritable)?;
        text.push_str(&format!("{}: {}\n", trace.claim, path.display()));
    }
    Ok(text)
}

fn exit(answers: &[(String, Result<Answer, Refusal>)]) -> Exit {
    let accepted = |answer: &Result<Answer, Refusal>| {
        answer.as_ref().is_ok_and(|answer| matches!(answer.verdict, Verdict::Accepted { .. }))
    };
    if answers.iter().any(|(_, answer)| accepted(answer)) { Exit::Holds } else { Exit::Differs }
}
