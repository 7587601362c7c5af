//! Macros at file scope: `DECLARE_WORK`, `CLAIM`, and those that the kernel's headers define.

use super::super::ast::{ExprKind, Item, Name};
use super::super::diag::Diagnostic;
use super::lex::Kind;
use super::prepare::Preparer;
use super::{MAX_EXPANSION, Place, parse_items};

const UNKNOWN_HELP: &str =
    "a function begins with its result type; a macro comes from a header: `#include <kernel.h>` before it";

/// A macro's use: byte ranges of the name and the arguments.
struct Use<'a> {
    name: &'a str,
    start: usize,
    end: usize,
    args: Vec<(usize, usize)>,
}

impl Preparer<'_> {
    /// Handles a macro at file scope that begins with token `index`; false if there is none.
    pub(super) fn file_scope_macro(&mut self, index: usize) -> bool {
        // `static DECLARE_WORK(w, fn);` is kernel habit.
        let first = index + usize::from(self.tokens.is(index, "static"));
        if self.tokens.kind(first) != Some(Kind::Word) || !self.tokens.is(first + 1, "(") {
            return false;
        }
        let close = self.tokens.partner[first + 1];
        let used = Use {
            name: self.tokens.text(first),
            start: self.tokens.all[first].start,
            end: self.tokens.all[close].end,
            args: self.arguments(first + 1, close),
        };
        self.at = self.behind(close);
        let (start, end) = (self.tokens.all[index].start, self.tokens.all[self.at - 1].end);
        self.blank(start, end);
        self.invoke(&used);
        self.item_start = true;
        true
    }

    /// The token after a macro's use: a semicolon belongs to it, and so does the body of what was no macro.
    fn behind(&self, close: usize) -> usize {
        let next = close + 1;
        if self.tokens.is(next, "{") {
            self.tokens.partner[next] + 1
        } else {
            next + usize::from(self.tokens.is(next, ";"))
        }
    }

    /// The trimmed ranges between the commas of a bracket.
    fn arguments(&self, open: usize, close: usize) -> Vec<(usize, usize)> {
        let mut args = Vec::new();
        let mut start = self.tokens.all[open].end;
        let mut at = open + 1;
        while at < close {
            if self.tokens.is(at, ",") {
                args.push((start, self.tokens.all[at].start));
                start = self.tokens.all[at].end;
            }
            at = self.tokens.partner[at].max(at) + 1;
        }
        let end = self.tokens.all[close].start;
        if !args.is_empty() || close > open + 1 {
            args.push((start, end));
        }
        let text = self.tokens.text;
        args.into_iter()
            .map(|(start, end)| {
                let arg = &text[start..end];
                let lead = arg.len() - arg.trim_start().len();
                (start + lead, (start + lead).max(start + arg.trim_end().len()))
            })
            .collect()
    }

    fn invoke(&mut self, used: &Use) {
        match used.name {
            "DECLARE_WORK" => self.work(used),
            "CLAIM" | "CLAIM_HOOK" | "CLAIM_PREMISE" => self.claim(used),
            name if self.macros.contains(name) => self.expand(used),
            name if name.starts_with("EXPORT_SYMBOL") || name.starts_with("MODULE_") => {}
            name => {
                let message = format!("{name}(...) is no macro known here, and a declaration needs a type");
                self.fault_at(used.start, used.start + name.len(), &message, UNKNOWN_HELP);
            }
        }
    }

    fn work(&mut self, used: &Use) {
        let names: Vec<Name> = used.args.iter().map(|arg| self.part(*arg)).collect();
        match <[Name; 2]>::try_from(names) {
            Ok([name, function]) if plain(&name) && plain(&function) => {
                self.out.items.push((used.start, Item::Work { name, function }));
            }
            _ => self.fault_at(
                used.start,
                used.end,
                "DECLARE_WORK takes the names of a work item and of a function",
                "write `DECLARE_WORK(w, fn);`, with `void fn(struct work_struct *work)`",
            ),
        }
    }

    fn claim(&mut self, used: &Use) {
        let keyword = self.part((used.start, used.start + used.name.len()));
        let args: Option<Vec<_>> = used.args.iter().map(|(start, end)| self.expression(*start, *end)).collect();
        let Some(args) = args else { return };
        let named = args.first().is_some_and(|arg| matches!(arg.kind, ExprKind::Ident(_) | ExprKind::Str(_)));
        if !named {
            let help = "write `CLAIM(S5, \"sentence\", \"consequence\", \"source\", NEEDS_NOTHING);` or `CLAIM_HOOK(S6, hook);`";
            self.fault_at(used.start, used.end, "a claim begins with its name", help);
            return;
        }
        self.out.items.push((used.start, Item::Claim { keyword, args }));
    }

    /// Parses what a header's macro expands to, in the place of its use.
    fn expand(&mut self, used: &Use) {
        let text = self.tokens.text;
        let span = self.place.span(used.start, used.end);
        if self.expansions >= MAX_EXPANSION {
            let message = format!("{} expands to macros without end", used.name);
            let fault = Diagnostic::error(span, message).help("a macro must not use itself");
            self.out.faults.push(fault);
            return;
        }
        let args: Vec<&str> = used.args.iter().map(|(start, end)| &text[*start..*end]).collect();
        let place = Place { fixed: Some(span), ..self.place };
        let Some(known) = self.macros.get(used.name) else {
            return;
        };
        let items = known.expand(used.name, &args, &place).and_then(|expansion| {
            let place = Place { base: 0, len: expansion.len(), ..place };
            parse_items(place, &expansion, self.macros, true, self.expansions + 1)
        });
        match items {
            Ok(items) => self.out.items.extend(items.into_iter().map(|item| (used.start, item))),
            Err(faults) => self.out.faults.extend(faults),
        }
    }

    fn part(&self, (start, end): (usize, usize)) -> Name {
        let text = self.tokens.text[start..end].to_owned();
        Name { text, span: self.place.span(start, end) }
    }
}

fn plain(name: &Name) -> bool {
    let mut chars = name.text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
