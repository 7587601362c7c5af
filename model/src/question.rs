//! From claims to questions of liveness: which call a claim is about, or which pair of its functions.

use crate::lang::program::Code;
use crate::search::liveness::Wanted;
use crate::system::{System, site_of};

/// Claims that a call returns, and the functions, those that call others first.
const CALLS: [(&str, &[&str]); 2] = [("L1", &["fsync"]), ("L5", &["punch_hole", "truncate"])];

/// The functions that a claim says return.
pub fn calls_of(claim: &str) -> &'static [&'static str] {
    CALLS.iter().find(|(id, _)| *id == claim).map_or(&[], |(_, functions)| *functions)
}

/// Which of these functions a context calls, if it calls one.
pub fn call_in(functions: &[&'static str], code: &Code) -> Option<&'static str> {
    functions.iter().find(|function| calls(code, function)).copied()
}

/// The claims that a hang inside these calls violates.
pub fn claims_inside(calls: &[String]) -> Vec<&'static str> {
    let inside = CALLS.iter().filter(|(_, functions)| calls.iter().any(|call| functions.contains(&call.as_str())));
    inside.map(|(id, _)| *id).collect()
}

/// Whether a function is called somewhere in this code.
fn calls(code: &Code, function: &str) -> bool {
    code.frames.iter().any(|frame| frame.function == function)
}

/// What a claim asks of liveness; nothing if it is not about what happens in the end.
pub fn questions(system: &System, claim: u16) -> Vec<Wanted> {
    let id = system.program().claims[usize::from(claim)].decl.id.as_str();
    let mut questions = Vec::new();
    let contexts = system.program().contexts.iter().enumerate();
    questions.extend(contexts.filter_map(|(context, c)| {
        call_in(calls_of(id), &c.code).map(|function| returns(claim, context, &c.code, function))
    }));
    let pairs = system.program().leads_to.iter().enumerate().filter(|(_, pair)| pair.from.claim == claim);
    for (pair, judges) in pairs {
        let all = system.asked_about(&judges.from);
        questions.extend(all.into_iter().map(|objects| Wanted::LeadsTo { claim, pair, objects }));
    }
    questions
}

/// A context that is inside a function comes out of it.
fn returns(claim: u16, context: usize, code: &Code, function: &str) -> Wanted {
    let inside = code.steps.iter().map(|step| site_of(code, step.at).calls.iter().any(|(name, _)| name == function));
    Wanted::Leaves { claim, context: context as u16, inside: inside.collect() }
}
