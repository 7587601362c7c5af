//! Growth: populations with more contexts, pages or address spaces, step by step as `model/growth.toml` says.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::program::Kind;
use crate::scenario::{ContextEntry, MmEntry, Population};

/// The steps that are built in.
const STEPS: &str = include_str!("../growth.toml");

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// More contexts, on the same objects.
    Contexts,
    /// More pages, with the contexts that work on them.
    Pages,
    /// More address spaces, with the contexts that live in them.
    Mms,
}

impl Axis {
    /// All of them.
    pub const ALL: [Axis; 3] = [Axis::Contexts, Axis::Pages, Axis::Mms];

    /// `contexts`
    pub fn word(self) -> &'static str {
        match self {
            Axis::Contexts => "contexts",
            Axis::Pages => "pages",
            Axis::Mms => "mms",
        }
    }
}

/// One step of growth.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it grows.
    pub axis: Axis,
    /// For the table.
    pub name: String,
    /// Functions that some context must call.
    #[serde(default)]
    needs: Vec<String>,
    /// Functions that no context may call.
    #[serde(default)]
    unless: Vec<String>,
    /// What claims find in addition.
    #[serde(default)]
    offers: BTreeSet<String>,
    /// Constants, and by how much they go up.
    #[serde(default)]
    grows: BTreeMap<String, i64>,
    /// Contexts to add.
    context: Vec<NewContext>,
}

/// A context to add.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewContext {
    /// Only where some context calls this function; kind and `forever` are that one's.
    beside: String,
    name: String,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    forever: Option<bool>,
    /// An index, `any`, or nothing.
    #[serde(default)]
    mm: Option<String>,
    run: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    step: Vec<Step>,
}

/// The built-in steps.
///
/// # Errors
/// The embedded file is none.
pub fn steps() -> Result<Vec<Step>, String> {
    toml::from_str::<File>(STEPS).map(|file| file.step).map_err(|error| format!("growth.toml: {error}"))
}

impl Step {
    /// Whether the step makes this population larger in a way that matters: some context comes with it.
    pub fn applies(&self, population: &Population) -> bool {
        let calls = |function: &String| beside(population, function).is_some();
        self.needs.iter().all(calls)
            && !self.unless.iter().any(calls)
            && self.context.iter().any(|context| calls(&context.beside))
    }

    /// The population after the step; `constants` are the values of all constants before it.
    #[must_use]
    pub fn grow(&self, population: &Population, constants: &BTreeMap<String, i64>) -> Population {
        let mut grown = population.clone();
        for (name, by) in &self.grows {
            grown.defines.insert(name.clone(), constants.get(name).copied().unwrap_or(0) + by);
        }
        grown.offers.extend(self.offers.iter().cloned());
        for new in &self.context {
            if let Some(like) = beside(population, &new.beside) {
                let name = free_name(&grown, &filled(&new.name, constants));
                grown.contexts.push(new.context(like, name, constants));
            }
        }
        grown.name = format!("{} + {}", population.name, self.name);
        grown
    }
}

impl NewContext {
    fn context(&self, like: &ContextEntry, name: String, constants: &BTreeMap<String, i64>) -> ContextEntry {
        let mm = self.mm.as_ref().map(|mm| filled(mm, constants));
        ContextEntry {
            name,
            kind: self.kind.unwrap_or(like.kind),
            cpu: None,
            mm: mm.map(|mm| mm.parse().map_or(MmEntry::Word(mm), MmEntry::Index)),
            forever: self.forever.unwrap_or(like.forever),
            run: filled(&self.run, constants),
        }
    }
}

/// The first context that calls this function.
fn beside<'p>(population: &'p Population, function: &str) -> Option<&'p ContextEntry> {
    let calls = |run: &str| run.trim_start().strip_prefix(function).is_some_and(|rest| rest.starts_with('('));
    population.contexts.iter().find(|context| calls(&context.run))
}

/// `{NR_SLOTS}` becomes the constant's value.
fn filled(text: &str, constants: &BTreeMap<String, i64>) -> String {
    constants
        .iter()
        .fold(text.into(), |text: String, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}

fn free_name(population: &Population, name: &str) -> String {
    let taken = |name: &str| population.contexts.iter().any(|context| context.name == name);
    let mut others = (2..).map(|number| format!("{name}-{number}"));
    if taken(name) { others.find(|other| !taken(other)).unwrap_or_default() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::corpus::Corpus;
    use crate::proposal::Composition;

    #[test]
    fn every_step_compiles_in_every_scenario_and_adds_what_its_axis_says() {
        let corpus = Corpus::load().expect("the corpus loads");
        let plain = Composition { proposal: "v4.20".into(), reading: String::new(), files: Vec::new() };
        let steps = steps().expect("they parse");
        let mut taken = BTreeSet::new();
        for population in corpus.scenarios().map(|scenario| scenario.populations().remove(0)) {
            let before = compile(&corpus, &plain, &population).expect("it compiles").program;
            for step in steps.iter().filter(|step| step.applies(&population)) {
                let grown = step.grow(&population, &before.unit.constants);
                let after = compile(&corpus, &plain, &grown);
                let after = after.unwrap_or_else(|error| panic!("{}: {}", grown.name, error.render(false))).program;
                let pool = |name: &str| {
                    let len = |pools: &[crate::lang::program::PoolInfo]| {
                        pools.iter().find(|pool| pool.name == name).map_or(0, |pool| pool.len)
                    };
                    len(&after.pools) - len(&before.pools)
                };
                let more = (step.axis, pool("pages"), pool("mms"));
                assert!(
                    matches!(more, (Axis::Contexts, 0, 0) | (Axis::Pages, 1, 0) | (Axis::Mms, 0, 1)),
                    "{}: {more:?}",
                    grown.name
                );
                assert!(after.contexts.len() > before.contexts.len(), "{}", grown.name);
                taken.insert(step.name.clone());
            }
        }
        assert_eq!(taken.len(), steps.len(), "some step applies nowhere: {taken:?}");
    }

    #[test]
    fn a_step_taken_twice_works_on_new_objects_under_new_names() {
        let corpus = Corpus::load().expect("the corpus loads");
        let mut population = corpus.population("pin/overwrite").expect("it is built in");
        let steps = steps().expect("they parse");
        let pinner = steps.iter().find(|step| step.name.contains("pinner")).expect("a step");
        for slots in [1, 2] {
            population = pinner.grow(&population, &BTreeMap::from([("NR_SLOTS".into(), slots)]));
        }
        let runs: Vec<&str> = population.contexts.iter().map(|context| context.run.as_str()).collect();
        for slot in 0..3 {
            assert!(runs.contains(&format!("rdma(&mms[0], 0, &slots[{slot}]);").as_str()), "{runs:?}");
        }
        let names: BTreeSet<&str> = population.contexts.iter().map(|context| context.name.as_str()).collect();
        assert_eq!(names.len(), population.contexts.len());
    }
}
