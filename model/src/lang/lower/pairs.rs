//! Claims about what happens in the end: `when_L6` and `leads_to_L6` belong together.

use super::super::ast::Function;
use super::super::diag::{Diagnostic, Diagnostics};
use super::super::resolve::Unit;

/// What a pair's halves are called.
const FROM: &str = "when_";
const UNTIL: &str = "leads_to_";

/// The pairs of a claim: `when_L6` with `leads_to_L6`, `when_L6_again` with `leads_to_L6_again`.
///
/// # Errors
/// A half without the other, or halves about different objects.
pub(super) fn pairs(unit: &Unit, id: &str) -> Result<Vec<(Function, Function)>, Diagnostics> {
    let mut pairs = Vec::new();
    let mut errors = Vec::new();
    for function in unit.functions.values() {
        let name = &function.name.text;
        let halves = [(FROM, UNTIL), (UNTIL, FROM)];
        let half = halves.into_iter().find_map(|(own, other)| Some((own, other, name.strip_prefix(own)?)));
        let Some((own, other, rest)) = half.filter(|(_, _, rest)| judges(rest, id)) else { continue };
        match unit.functions.get(&format!("{other}{rest}")) {
            None => errors.push(lonely(function, other, rest)),
            Some(_) if own == UNTIL => {}
            Some(until) => match same_objects(unit, function, until) {
                true => pairs.push((function.clone(), until.clone())),
                false => errors.push(unlike(until, name)),
            },
        }
    }
    if errors.is_empty() { Ok(pairs) } else { Err(errors) }
}

/// `L6` and `L6_again` judge L6.
fn judges(rest: &str, id: &str) -> bool {
    rest.strip_prefix(id).is_some_and(|more| more.is_empty() || more.starts_with('_'))
}

fn same_objects(unit: &Unit, from: &Function, until: &Function) -> bool {
    let types = |function: &Function| {
        let types = function.params.iter().map(|param| unit.type_of(&param.ty, param.name.span).ok());
        types.collect::<Vec<_>>()
    };
    types(from) == types(until)
}

fn lonely(function: &Function, other: &str, rest: &str) -> Diagnostic {
    let name = &function.name.text;
    let missing = format!("{other}{rest}");
    Diagnostic::error(function.name.span, format!("`{name}` is half a claim: there is no `{missing}`"))
        .help(format!("when_{rest}() says from which states on, leads_to_{rest}() what they lead to; write both"))
}

fn unlike(until: &Function, from: &str) -> Diagnostic {
    let name = &until.name.text;
    Diagnostic::error(until.name.span, format!("`{name}` is about other objects than `{from}`"))
        .help("give both the same parameters, in the same order: they are asked about the same objects")
}
