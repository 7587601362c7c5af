//! What the front end says about a source text: one sentence, one place, one remedy.
//!
//! Owns the shape of a diagnostic and its rendering; the sentences belong to whoever finds the fault.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};

use super::ast::Span;
use super::source::SourceMap;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program is refused.
    Error,
    /// The program is taken; the author may not have meant it.
    Warning,
}

/// One fault in a source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What is wrong: a sentence in lower case.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What is said under the caret; may be empty.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The inlined calls that led here, innermost first: the function called and where.
    pub calls: Vec<(String, Span)>,
    /// How bad it is.
    pub severity: Severity,
}

/// How many calls of a stack are told.
const MAX_CALLS: usize = 4;

/// Several faults.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    /// An error.
    #[must_use]
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message.into())
    }

    /// A warning.
    #[must_use]
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message.into())
    }

    fn new(severity: Severity, span: Span, message: String) -> Self {
        Self { message, span, label: String::new(), help: None, calls: Vec::new(), severity }
    }

    /// Says something under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the inlined calls, innermost first.
    #[must_use]
    pub fn calls(mut self, calls: Vec<(String, Span)>) -> Self {
        self.calls = calls;
        self
    }

    /// The diagnostic as a reader sees it: the sentence, `file:line:column`, the source line with a caret,
    /// the label, the call stack and the help.
    #[must_use]
    pub fn render(&self, sources: &SourceMap, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut out = String::new();
        // Writing to a String does not fail, and a half-written report still beats none.
        let _ = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(100)
            .render_report(&mut out, self.report(sources).as_ref());
        out + &self.call_stack(sources)
    }

    /// The inlined calls, those in the middle of many left out.
    fn call_stack(&self, sources: &SourceMap) -> String {
        let line = |(function, span): &(String, Span)| {
            let (line, column) = sources.line_col(*span);
            format!("  in {function}(), called at {}:{line}:{column}\n", sources.name(span.file))
        };
        let mut lines: Vec<String> = self.calls.iter().map(line).collect();
        if lines.len() > MAX_CALLS {
            let between = lines.len() - MAX_CALLS;
            lines.splice(MAX_CALLS - 1..lines.len() - 1, [format!("  ... {between} calls between\n")]);
        }
        lines.concat()
    }

    fn report(&self, sources: &SourceMap) -> Report {
        let text = sources.text(self.span.file);
        let start = (self.span.start as usize).min(text.len());
        let len = self.span.end.saturating_sub(self.span.start) as usize;
        let label = (!self.label.is_empty()).then(|| self.label.clone());
        let mut report = MietteDiagnostic::new(self.message.clone())
            .with_severity(match self.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            })
            .with_label(LabeledSpan::new_primary_with_span(label, (start, len.min(text.len() - start))));
        if let Some(help) = &self.help {
            report = report.with_help(help);
        }
        Report::new(report).with_source_code(NamedSource::new(sources.name(self.span.file), text.to_owned()))
    }
}
