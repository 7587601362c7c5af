//! All tests in `litmus/`, held against what is recorded of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ast::Litmus;
use super::expected::{Expected, Record, Verdict};
use super::parse::parse;
use super::run::run;

/// The tests of this crate and what is recorded of them.
pub struct Corpus {
    /// The text of each `.litmus` file, by its name without the ending.
    pub sources: BTreeMap<String, String>,
    /// The records.
    pub expected: Expected,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// loom says what herd7 says.
    Equal,
    /// loom says the opposite, as is recorded with this reason.
    Known(String),
    /// It is not run, as is recorded with this reason.
    Refused(String),
    /// It is not as recorded. The text says what to do.
    Wrong(String),
}

/// One test after its run.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The finding.
    pub finding: Finding,
    /// How many executions loom made.
    pub executions: u64,
}

impl Corpus {
    /// Reads `checks/litmus/`.
    pub fn load() -> Result<Corpus, String> {
        let directory = directory();
        let text = read(&directory.join("expected.toml"))?;
        let mut sources = BTreeMap::new();
        let entries = std::fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.extension().is_some_and(|ending| ending == "litmus") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                sources.insert(name, read(&path)?);
            }
        }
        Ok(Corpus { sources, expected: Expected::parse(&text)? })
    }

    /// Files without a record, and records without a file.
    pub fn unmatched(&self) -> Vec<String> {
        let unrecorded = self.sources.keys().filter(|name| !self.expected.tests.contains_key(*name));
        let missing = self.expected.tests.keys().filter(|name| !self.sources.contains_key(*name));
        unrecorded
            .map(|name| format!("{}: no outcome in expected.toml: run herd7 and record what it says", file(name)))
            .chain(missing.map(|name| format!("expected.toml: {name}: no such file: restore it or delete the record")))
            .collect()
    }

    /// Runs one test and holds it against its record.
    pub fn check(&self, name: &str) -> Checked {
        let (Some(source), Some(record)) = (self.sources.get(name), self.expected.tests.get(name)) else {
            return Checked { finding: Finding::Wrong(format!("{name}: no file or no record")), executions: 0 };
        };
        match parse(&file(name), source) {
            Ok(litmus) if litmus.name != name => wrong(format!("{}:1: it calls itself {}", file(name), litmus.name)),
            Ok(litmus) => judge(name, &litmus, record),
            Err(refusal) => match &record.refused {
                Some(reason) => Checked { finding: Finding::Refused(format!("{reason}: {refusal}")), executions: 0 },
                None => wrong(format!("{refusal}\n  or record why it cannot be: refused = REASON in expected.toml")),
            },
        }
    }
}

fn judge(name: &str, litmus: &Litmus, record: &Record) -> Checked {
    if let Some(reason) = &record.refused {
        return wrong(format!("{}: refused = \"{reason}\", but every line is understood: drop that", file(name)));
    }
    let explored = run(litmus);
    let verdict = if explored.outcomes.contains_key(&true) { Verdict::Sometimes } else { Verdict::Never };
    let finding = compare(name, verdict, record);
    Checked { finding, executions: explored.executions }
}

/// The whole comparison, apart from the run.
pub fn compare(name: &str, loom: Verdict, record: &Record) -> Finding {
    match (loom == record.herd7, &record.differs) {
        (true, None) => Finding::Equal,
        (false, Some(reason)) => Finding::Known(reason.clone()),
        (true, Some(reason)) => Finding::Wrong(format!(
            "{}: differs = \"{reason}\", but loom says {loom:?} as herd7 does: drop that, or find what changed",
            file(name)
        )),
        (false, None) => Finding::Wrong(format!(
            "{}: loom says {loom:?}, herd7 {:?}: mend the rule, or record why with differs = REASON",
            file(name),
            record.herd7
        )),
    }
}

fn wrong(why: String) -> Checked {
    Checked { finding: Finding::Wrong(why), executions: 0 }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("litmus")
}

/// The file of a test, as seen from the root of the repository.
pub fn file(name: &str) -> String {
    format!("checks/litmus/{name}.litmus")
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
