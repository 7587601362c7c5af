//! `explore schema`: the JSON Schemas of what this program writes.

use pinright_checks::report::RealReport;
use pinright_model::report::Report;
use pinright_model::scale::ScaleReport;
use pinright_model::trace::Trace;
use pinright_model::validate::ValidationReport;

use crate::args::Format;

/// A schema, as docs/schema/ stores it.
pub fn text(of: Format) -> String {
    let schema = match of {
        Format::Trace => schemars::schema_for!(Trace),
        Format::Report => schemars::schema_for!(Report),
        Format::Real => schemars::schema_for!(RealReport),
        Format::Scale => schemars::schema_for!(ScaleReport),
        Format::Validation => schemars::schema_for!(ValidationReport),
    };
    // A schema is plain data: there is nothing that could fail.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
