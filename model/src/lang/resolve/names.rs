//! Names, known and unknown, and types as they are written.

use super::super::ast::Span;
use super::super::diag::Diagnostic;
use super::super::habits;
use super::{Type, Unit};

/// Structures that parts may extend, and the structure that they give for it.
const EXTENDED: [(&str, &str); 4] =
    [("page", "page_ext"), ("vm_area_struct", "vma_ext"), ("address_space", "mapping_ext"), ("mm_struct", "mm_ext")];

/// The structure in which a proposal adds members to another one: `page_ext` for `page`.
pub fn extension_of(structure: &str) -> Option<&'static str> {
    EXTENDED.iter().find(|(extended, _)| *extended == structure).map(|(_, extension)| *extension)
}

/// "unknown X `name`", with the nearest known name.
pub fn unknown<'a>(what: &str, name: &str, span: Span, known: impl IntoIterator<Item = &'a String>) -> Diagnostic {
    let diagnostic = Diagnostic::error(span, format!("unknown {what} `{name}`"));
    if let Some(help) = habits::of_type(name).filter(|_| matches!(what, "type" | "struct")) {
        return diagnostic.help(help);
    }
    match nearest(name, known.into_iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic
            .help(format!("define it, or use what model/kernel/include declares; no {what} has a similar name")),
    }
}

/// The known name nearest to `name`, if one is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

impl Unit {
    /// A type as it is written.
    pub fn written(&self, ty: &Type) -> String {
        match ty {
            Type::Void => "void".into(),
            Type::Bool => "bool".into(),
            Type::Int | Type::Range(..) => "int".into(),
            Type::Object(pool) => format!("{} *", self.written(&Type::Value(self.pools[*pool].layout))),
            Type::Place(inner) => format!("{} *", self.written(inner)),
            Type::Value(layout) => {
                // A counter of its own width is called `atomic_t:3`.
                let name = self.structs[*layout].name.split(':').next().unwrap_or_default();
                if self.typedefs.contains_key(name) { name.into() } else { format!("struct {name}") }
            }
        }
    }
}
