//! Claims, judged on whole states.

use super::machine::Stop;
use super::memory::{Memory, refused};
use super::state::{State, Ty, Value};
use super::{Interpreter, memory, sorted};
use crate::lang::ast::Function;
use crate::lang::diag::Diagnostic;
use crate::lang::resolve::Unit;

/// Claims violated and claims exercised.
type Verdicts = (Vec<usize>, Vec<usize>);

/// A claim and a function that judges it.
type Judge<'a> = (usize, &'a Function);

/// The functions that judge whole states.
#[derive(Debug)]
pub(super) struct Judges<'a> {
    always: Vec<Judge<'a>>,
    quiescent: Vec<Judge<'a>>,
    sometimes: Vec<Judge<'a>>,
    /// Each `when_` function with its `leads_to_` function.
    leads_to: Vec<(Judge<'a>, &'a Function)>,
}

impl<'a> Judges<'a> {
    /// Those that the unit defines.
    pub fn new(unit: &'a Unit) -> Self {
        let named = |prefix: &str| {
            let mut judges = Vec::new();
            for (claim, decl) in unit.claims.iter().enumerate() {
                let name = format!("{prefix}_{}", decl.id);
                let functions = unit.functions.iter().filter(|(other, _)| is_named(other, &name));
                judges.extend(functions.map(|(_, function)| (claim, function)));
            }
            judges
        };
        let other = |from: &Function| format!("leads_to_{}", from.name.text.trim_start_matches("when_"));
        let pairs = named("when").into_iter();
        let leads_to = pairs.filter_map(|from| Some((from, unit.functions.get(&other(from.1))?))).collect();
        Judges { always: named("always"), quiescent: named("quiescent"), sometimes: named("sometimes"), leads_to }
    }
}

impl<'a> Interpreter<'a> {
    /// Judges a state: adds what it violates to its sticky claims.
    pub(super) fn judge(&self, state: &mut State<'a>) -> Result<Verdicts, Diagnostic> {
        let mut violated = self.answered(state, &self.judges.always, false)?;
        if self.is_quiescent(state)? {
            violated.extend(self.answered(state, &self.judges.quiescent, false)?);
        }
        let witnessed = self.answered(state, &self.judges.sometimes, true)?;
        state.violated = sorted([state.violated.as_slice(), &violated].concat());
        Ok((violated, witnessed))
    }

    /// What each pair of a `when_` and a `leads_to_` function says of a state, for each combination of objects: the claim,
    /// whether something is asked for, and whether it is there. This semantics does not look for runs that never come
    /// to it.
    ///
    /// # Errors
    /// A claim function that does more than look.
    pub fn asks(&self, state: &State<'a>) -> Result<Vec<(String, bool, bool)>, Diagnostic> {
        let mut answers = Vec::new();
        for &((claim, from), until) in &self.judges.leads_to {
            for objects in self.arguments(&state.memory, from)? {
                let asks = self.ask(&state.memory, from, objects.clone())?;
                let is = self.ask(&state.memory, until, objects)?;
                answers.push((self.unit.claims[claim].id.clone(), asks, is));
            }
        }
        Ok(answers)
    }

    /// Claims of which one of these functions gives this answer for some objects.
    fn answered(&self, state: &State<'a>, judges: &[Judge<'a>], answer: bool) -> Result<Vec<usize>, Diagnostic> {
        let mut found = Vec::new();
        for &(claim, function) in judges {
            for objects in self.arguments(&state.memory, function)? {
                if self.ask(&state.memory, function, objects)? == answer {
                    found.push(claim);
                }
            }
        }
        Ok(found)
    }

    /// Whether every context is over, parked or idle, and `quiescent()` agrees.
    pub(super) fn is_quiescent(&self, state: &State<'a>) -> Result<bool, Diagnostic> {
        if !state.contexts.iter().all(|context| context.todo.is_empty() || context.idle) {
            return Ok(false);
        }
        match self.unit.functions.get("quiescent") {
            Some(function) => self.ask(&state.memory, function, Vec::new()),
            None => Ok(true),
        }
    }

    /// Every combination of live objects that a claim can be asked about.
    fn arguments(&self, memory: &Memory, function: &Function) -> Result<Vec<Vec<Value>>, Diagnostic> {
        let mut all = vec![Vec::new()];
        for param in &function.params {
            let ty = memory::ty_of(&self.unit.type_of(&param.ty, param.name.span)?);
            let Ty::Object(pool) = ty else {
                return Err(refused(param.name.span, "a claim is asked about something that is no object"));
            };
            let numbers = (1..=memory.len(pool) as i32).filter(|&number| memory.live(pool, number));
            let objects: Vec<Value> = numbers.map(|number| Value::Object { pool, number }).collect();
            let with = |known: &Vec<Value>| {
                let known = known.clone();
                objects.iter().map(move |object| [known.as_slice(), std::slice::from_ref(object)].concat())
            };
            all = all.iter().flat_map(with).collect();
        }
        Ok(all)
    }

    /// The answer of a claim function.
    fn ask(&self, memory: &Memory, function: &'a Function, args: Vec<Value>) -> Result<bool, Diagnostic> {
        let mut machine = self.judging_machine(memory.clone());
        let answer = machine.enter_named(&function.name, args).and_then(|()| machine.compute());
        match answer.and_then(|()| machine.take_truth()) {
            Ok(_) if machine.memory != *memory => Err(refused(function.name.span, "a claim that changes the state")),
            Ok(answer) => Ok(answer),
            Err(Stop::Refused(diagnostic)) => Err(diagnostic),
            // A claim that follows NULL confirms nothing: it does not hold.
            Err(Stop::Crash(_)) => Ok(false),
            Err(stop) => Err(refused(function.name.span, format!("a claim that waits or chooses: {stop:?}"))),
        }
    }
}

/// `always_S5` and `always_S5_on_evict` both judge S5.
fn is_named(function: &str, name: &str) -> bool {
    function.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}
