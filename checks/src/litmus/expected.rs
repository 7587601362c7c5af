//! What herd7 said of each test, and where loom is known to differ.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The contents of `litmus/expected.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Why loom may differ.
    pub reasons: BTreeMap<String, String>,
    /// Why a test may be left out.
    pub refusals: BTreeMap<String, String>,
    /// What the tests of each family are about.
    pub families: BTreeMap<String, String>,
    /// One record for each test.
    pub tests: BTreeMap<String, Record>,
}

/// Does some execution reach the state of the `exists` clause?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Verdict {
    /// None does.
    Never,
    /// Some do.
    Sometimes,
}

/// What is known of one test.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The outcome under the kernel's memory model.
    pub herd7: Verdict,
    /// Executions of herd7 that reach the state.
    pub matching: u32,
    /// Executions of herd7 that do not.
    pub other: u32,
    /// The reason for which loom says the opposite.
    pub differs: Option<String>,
    /// The reason for which loom is not asked.
    pub refused: Option<String>,
}

impl Expected {
    /// Reads the file's text, and holds each record against itself and the reasons given.
    pub fn parse(text: &str) -> Result<Expected, String> {
        let expected: Expected = toml::from_str(text).map_err(|error| format!("expected.toml: {error}"))?;
        for (name, record) in &expected.tests {
            expected.check(name, record).map_err(|why| format!("expected.toml: {name}: {why}"))?;
        }
        for (kind, reasons) in [("differs", &expected.reasons), ("refused", &expected.refusals)] {
            if let Some(unused) = reasons.keys().find(|reason| !expected.uses(reason)) {
                return Err(format!("expected.toml: no test has {kind} = \"{unused}\": delete the reason"));
            }
        }
        Ok(expected)
    }

    fn check(&self, name: &str, record: &Record) -> Result<(), String> {
        if (record.herd7 == Verdict::Never) != (record.matching == 0) {
            return Err(format!("{:?} with {} matching executions: one is wrong", record.herd7, record.matching));
        }
        if record.differs.is_some() && record.refused.is_some() {
            return Err("differs and refused: a refused test has no outcome to differ".to_string());
        }
        if !self.families.contains_key(family(name)) {
            return Err(format!("no family {}: say in one line what it is about", family(name)));
        }
        let unknown = |reason: &Option<String>, known: &BTreeMap<String, String>| {
            reason.clone().filter(|reason| !known.contains_key(reason))
        };
        match unknown(&record.differs, &self.reasons).or(unknown(&record.refused, &self.refusals)) {
            Some(reason) => Err(format!("no reason {reason}: write it down")),
            None => Ok(()),
        }
    }

    fn uses(&self, reason: &str) -> bool {
        self.tests
            .values()
            .any(|record| [&record.differs, &record.refused].into_iter().flatten().any(|used| used == reason))
    }
}

/// The part of a test's name before the first dash.
pub fn family(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}
