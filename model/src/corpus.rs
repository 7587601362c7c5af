//! The kernel C, proposals and scenarios that the binary carries, so that `explore` runs anywhere.
//!
//! Owns where things are found by name. It reads no file system but the embedded one.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use crate::lang::ast::{Function, Item, SourceFile};
use crate::lang::diag::Diagnostics;
use crate::lang::parse::{Macros, parse_file};
use crate::lang::resolve::{ClaimDecl, Layer, resolve};
use crate::lang::source::SourceMap;
use crate::proposal::Proposal;
use crate::scenario::{Population, Scenario};

static KERNEL: Dir = include_dir!("$CARGO_MANIFEST_DIR/kernel");
static PARTS: Dir = include_dir!("$CARGO_MANIFEST_DIR/parts");
static PROPOSALS: Dir = include_dir!("$CARGO_MANIFEST_DIR/proposals");
static SCENARIOS: Dir = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Headers that the front end reads, in order: what `kernel.h` includes. `pinright.h` and `ext.h` are for gcc only.
const HEADERS: [&str; 9] = [
    "include/types.h",
    "include/objects.h",
    "include/atomic.h",
    "include/locking.h",
    "include/page.h",
    "include/base.h",
    "include/hooks.h",
    "include/spec.h",
    "include/kernel.h",
];

/// The last file of a program.
const CLAIMS: &str = "claims.c";

/// A part: one option of an axis.
#[derive(Clone, Debug)]
pub struct Part {
    /// `T6a`
    pub id: String,
    /// Path in the repository, below `model/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The first line of its comment.
    pub title: String,
}

/// Texts that stand in for embedded ones, by path in the repository: `model/kernel/mm/rmap.c`.
pub type Edits = BTreeMap<String, String>;

/// What went wrong with an embedded file: a defect of this program.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct CorpusError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Everything built in, the base kernel parsed.
pub struct Corpus {
    sources: SourceMap,
    macros: Macros,
    base: Vec<SourceFile>,
    parts: BTreeMap<String, Part>,
    proposals: BTreeMap<String, Proposal>,
    wholes: BTreeMap<String, String>,
    scenarios: BTreeMap<String, Scenario>,
}

impl Corpus {
    /// Parses what is built in.
    ///
    /// # Errors
    /// The first embedded file that does not parse, rendered.
    pub fn load() -> Result<Self, CorpusError> {
        Self::edited(&Edits::new())
    }

    /// The same with another text for some files of the kernel, or for some parts.
    ///
    /// # Errors
    /// The first file that does not parse, rendered.
    pub fn edited(edits: &Edits) -> Result<Self, CorpusError> {
        let mut corpus = Corpus {
            sources: SourceMap::new(),
            macros: Macros::default(),
            base: Vec::new(),
            parts: parts(edits),
            proposals: BTreeMap::new(),
            wholes: BTreeMap::new(),
            scenarios: BTreeMap::new(),
        };
        for path in base_files() {
            corpus.parse_base(&path, edits)?;
        }
        corpus.load_proposals()?;
        corpus.load_scenarios()?;
        Ok(corpus)
    }

    fn parse_base(&mut self, path: &str, edits: &Edits) -> Result<(), CorpusError> {
        let name = format!("model/kernel/{path}");
        let text = edits.get(&name).cloned().unwrap_or_else(|| text_of(&KERNEL, path));
        let file = self.sources.add(name, text);
        let trusted = path.starts_with("include/");
        let parsed = parse_file(&self.sources, file, &mut self.macros, trusted);
        let parsed = parsed.map_err(|errors| self.defect(path, &errors))?;
        self.base.push(parsed);
        Ok(())
    }

    fn defect(&self, path: &str, errors: &Diagnostics) -> CorpusError {
        let reason = errors.iter().map(|e| e.render(&self.sources, false)).collect::<Vec<_>>().join("\n");
        CorpusError { path: path.into(), reason }
    }

    fn load_proposals(&mut self) -> Result<(), CorpusError> {
        let with =
            |ending: &'static str| PROPOSALS.files().filter(move |f| f.path().extension().is_some_and(|e| e == ending));
        let text = |file: &'static include_dir::File<'static>| file.contents_utf8().unwrap_or_default();
        self.wholes = with("c").map(|file| (file.path().display().to_string(), text(file).to_owned())).collect();
        for file in with("toml") {
            let path = file.path().display().to_string();
            let proposal = Proposal::parse(&path, text(file))
                .and_then(|proposal| proposal.check_parts(self, &path, text(file)).map(|()| proposal))
                .map_err(|fault| CorpusError { path, reason: fault.to_string() })?;
            self.proposals.insert(proposal.name.clone(), proposal);
        }
        Ok(())
    }

    fn load_scenarios(&mut self) -> Result<(), CorpusError> {
        for file in SCENARIOS.files().filter(|f| f.path().extension().is_some_and(|e| e == "toml")) {
            let path = file.path().display().to_string();
            let name = file.path().file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let text = file.contents_utf8().unwrap_or_default();
            let scenario = Scenario::parse(&name, text)
                .map_err(|fault| CorpusError { path: path.clone(), reason: fault.to_string() })?;
            self.scenarios.insert(name, scenario);
        }
        Ok(())
    }

    /// Functions that the base defines.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        let items = self.base.iter().flat_map(|file| &file.items);
        items.filter_map(|item| match item {
            Item::Function(function) if function.body.is_some() => Some(function),
            _ => None,
        })
    }

    /// Those that a proposal may replace.
    pub fn hooks(&self) -> impl Iterator<Item = String> {
        self.functions().filter(|function| function.weak).map(|function| function.name.text.clone())
    }

    /// The base kernel's sources; a compilation adds its own to a copy.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The macros that the headers define.
    pub fn macros(&self) -> &Macros {
        &self.macros
    }

    /// The base kernel, parsed, in order.
    pub fn base(&self) -> &[SourceFile] {
        &self.base
    }

    /// All parts by id.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    /// The part `id`, whatever its case.
    pub fn part(&self, id: &str) -> Option<&Part> {
        self.parts.values().find(|p| p.id.eq_ignore_ascii_case(id))
    }

    /// All built-in proposals by name.
    pub fn proposals(&self) -> impl Iterator<Item = &Proposal> {
        self.proposals.values()
    }

    /// The proposal `name`.
    pub fn proposal(&self, name: &str) -> Option<&Proposal> {
        self.proposals.get(name)
    }

    /// The text of a whole proposal's file.
    pub fn whole(&self, file: &str) -> Option<&str> {
        self.wholes.get(file).map(String::as_str)
    }

    /// The scenarios that are searched where none is named, by name.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.all_scenarios().filter(|scenario| scenario.plain)
    }

    /// All scenarios by name.
    pub fn all_scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.scenarios.values()
    }

    /// The scenario `name`.
    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.get(name)
    }

    /// The population `pin/cow`.
    pub fn population(&self, name: &str) -> Option<Population> {
        let scenario = self.scenario(name.split('/').next().unwrap_or_default())?;
        scenario.populations().into_iter().find(|population| population.name == name)
    }

    /// The claims of `claims.c`, in its order.
    pub fn claims(&self) -> Vec<ClaimDecl> {
        let files: Vec<_> = self.base.iter().map(|file| (Layer::Base, file.clone())).collect();
        resolve(&files, &BTreeMap::new()).map(|unit| unit.claims).unwrap_or_default()
    }
}

/// The text of a file of the kernel or of a part, as it was built in.
pub fn embedded(path: &str) -> Option<&'static str> {
    let (dir, below) = match path.strip_prefix("model/kernel/") {
        Some(below) => (&KERNEL, below),
        None => (&PARTS, path.strip_prefix("model/parts/")?),
    };
    dir.get_file(below)?.contents_utf8()
}

/// Headers, then the kernel's files in alphabetical order, then the claims.
fn base_files() -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    collect(&KERNEL, &mut files);
    files.retain(|f| f.ends_with(".c") && f != CLAIMS);
    files.sort();
    let headers = HEADERS.iter().map(|h| h.to_string());
    headers.chain(files).chain([CLAIMS.to_string()]).collect()
}

fn collect(dir: &Dir, files: &mut Vec<String>) {
    files.extend(dir.files().map(|f| f.path().display().to_string()));
    dir.dirs().for_each(|d| collect(d, files));
}

fn text_of(dir: &Dir, path: &str) -> String {
    dir.get_file(path).and_then(|f| f.contents_utf8()).unwrap_or_default().into()
}

/// Parts by id: the file's stem up to the first dash, first letter raised (`t6a-mapping-count.c` is T6a).
fn parts(edits: &Edits) -> BTreeMap<String, Part> {
    let mut files = Vec::new();
    collect(&PARTS, &mut files);
    let parts = files.into_iter().filter(|f| f.ends_with(".c")).map(|path| {
        let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".c");
        let lower = stem.split('-').next().unwrap_or_default();
        let id = lower[..1].to_uppercase() + &lower[1..];
        let text = edits.get(&format!("model/parts/{path}")).cloned().unwrap_or_else(|| text_of(&PARTS, &path));
        let title = title(&text, &id);
        (id.clone(), Part { id, path: format!("parts/{path}"), text, title })
    });
    parts.collect()
}

/// The line of the first comment that names the part.
fn title(text: &str, id: &str) -> String {
    let marker = format!("{id}: ");
    let line = text.lines().find_map(|l| l.find(&marker).map(|at| l[at + marker.len()..].trim()));
    line.unwrap_or_default().trim_end_matches("*/").trim().into()
}
