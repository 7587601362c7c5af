//! `explore list`: what there is, with sources.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::{OneOrMany, Proposal};
use pinright_model::render::Table;
use serde_json::{Value, json};

use crate::args::{Form, ListArgs, Listed};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Everything, in the order in which it is listed.
const ALL: [Listed; 4] = [Listed::Proposals, Listed::Parts, Listed::Claims, Listed::Scenarios];

/// Lists what was asked for.
pub fn run(args: &ListArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let wanted = ALL.iter().filter(|what| args.what.is_none_or(|asked| asked == **what));
    let text = match args.format {
        Form::Json => {
            let members = wanted.map(|what| (heading(*what).to_string(), value(&corpus, *what)));
            let object = Value::Object(members.collect());
            serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
        }
        Form::Text => {
            let sections = wanted.map(|what| match args.what {
                Some(_) => table(&corpus, *what).render(0),
                None => format!("{}\n{}", heading(*what), table(&corpus, *what).render(2)),
            });
            sections.collect::<Vec<_>>().join("\n")
        }
    };
    Ok(Output::new(text, Exit::Holds))
}

fn heading(what: Listed) -> &'static str {
    match what {
        Listed::Proposals => "proposals",
        Listed::Parts => "parts",
        Listed::Claims => "claims",
        Listed::Scenarios => "scenarios",
    }
}

fn table(corpus: &Corpus, what: Listed) -> Table {
    let mut table = Table::new();
    match what {
        Listed::Proposals => corpus.proposals().for_each(|proposal| proposal_rows(&mut table, proposal)),
        Listed::Parts => corpus.parts().for_each(|part| table.row([&part.id, &part.title])),
        Listed::Claims => {
            corpus.claims().iter().for_each(|claim| table.row([&claim.id, &claim.sentence, &claim.source]))
        }
        Listed::Scenarios => {
            for scenario in corpus.all_scenarios() {
                let variants: Vec<&str> = scenario.variants.iter().map(|variant| variant.name.as_str()).collect();
                table.row([&scenario.name, &scenario.title, &variants.join(", ")]);
            }
        }
    }
    table
}

fn proposal_rows(table: &mut Table, proposal: &Proposal) {
    table.row([&proposal.name, &proposal.title, &format!("{}, {}", proposal.who, proposal.when)]);
    if proposal.reading.len() > 1 {
        for reading in &proposal.reading {
            table.row([&format!("  :{}", reading.name), &reading.title, &made_of(reading)]);
        }
    } else if let Some(reading) = proposal.reading.first().filter(|reading| !reading.parts.is_empty()) {
        table.row(["", &made_of(reading), ""]);
    }
}

fn made_of(reading: &pinright_model::proposal::Reading) -> String {
    reading.whole.clone().unwrap_or_else(|| reading.parts.join("+"))
}

fn value(corpus: &Corpus, what: Listed) -> Value {
    match what {
        Listed::Proposals => corpus.proposals().map(proposal_value).collect(),
        Listed::Parts => corpus.parts().map(|p| json!({"id": p.id, "title": p.title, "path": p.path})).collect(),
        Listed::Claims => corpus
            .claims()
            .iter()
            .map(|claim| {
                json!({
                    "id": claim.id, "sentence": claim.sentence, "consequence": claim.consequence,
                    "source": claim.source, "needs": claim.needs, "hooks": claim.hooks,
                })
            })
            .collect(),
        Listed::Scenarios => corpus
            .all_scenarios()
            .map(|scenario| {
                let populations: Vec<String> = scenario.populations().into_iter().map(|p| p.name).collect();
                let contexts: Vec<&str> = scenario.context.iter().map(|context| context.name.as_str()).collect();
                json!({
                    "name": scenario.name, "title": scenario.title, "brings": scenario.brings,
                    "offers": scenario.offers, "populations": populations, "contexts": contexts,
                })
            })
            .collect(),
    }
}

fn proposal_value(proposal: &Proposal) -> Value {
    let messages = match &proposal.message_id {
        OneOrMany::None => Vec::new(),
        OneOrMany::One(id) => vec![id.clone()],
        OneOrMany::Many(ids) => ids.clone(),
    };
    json!({
        "name": proposal.name, "title": proposal.title, "who": proposal.who, "when": proposal.when,
        "message_id": messages, "summary": proposal.summary, "readings": proposal.reading,
    })
}
