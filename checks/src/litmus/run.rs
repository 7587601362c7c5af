//! Runs a litmus test under loom, statement by statement, as `rules.rs` has it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::{self, Relaxed, SeqCst};

use loom::sync::atomic::{AtomicI32, fence};
use loom::sync::{Arc, Mutex, MutexGuard};

use super::ast::{Call, Condition, Expr, Litmus, Operator, Statement};
use super::explore::{Explored, explore};
use super::rules::{Answer, Change, Effect, Strength};

/// Explores a test. The outcomes are: was the state of the `exists` clause there at the end?
pub fn run(litmus: &Litmus) -> Explored<bool> {
    let litmus = std::sync::Arc::new(litmus.clone());
    explore(move || execute(&litmus))
}

/// One execution. None if it was dropped, see [`Machine::conditional`].
fn execute(litmus: &std::sync::Arc<Litmus>) -> Option<bool> {
    let memory = Arc::new(Memory::new(litmus));
    let spawn = |index: usize| {
        let (litmus, memory) = (std::sync::Arc::clone(litmus), Arc::clone(&memory));
        loom::thread::spawn(move || {
            let mut machine = Machine { memory: &memory, registers: BTreeMap::new(), held: BTreeMap::new() };
            let finished = machine.body(&litmus.threads[index].body);
            finished.map(|()| machine.registers)
        })
    };
    let threads: Vec<_> = (0..litmus.threads.len()).map(spawn).collect();
    // Join them all before any is judged: loom reports a thread left behind as a leak.
    let registers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let registers: Option<Vec<Registers>> = registers.into_iter().collect();
    Some(holds(&litmus.exists, &registers?, &memory.last_values(&litmus.exists)))
}

type Registers = BTreeMap<String, i32>;

struct Memory {
    words: BTreeMap<String, AtomicI32>,
    locks: BTreeMap<String, Mutex<()>>,
}

impl Memory {
    fn new(litmus: &Litmus) -> Memory {
        let mut memory = Memory { words: BTreeMap::new(), locks: BTreeMap::new() };
        for parameter in litmus.threads.iter().flat_map(|thread| &thread.parameters) {
            if parameter.is_lock {
                memory.locks.entry(parameter.name.clone()).or_insert_with(|| Mutex::new(()));
            } else {
                let first = litmus.init.iter().find(|(name, _)| *name == parameter.name).map_or(0, |(_, value)| *value);
                memory.words.entry(parameter.name.clone()).or_insert_with(|| AtomicI32::new(first));
            }
        }
        memory
    }

    /// What the locations in the clause hold once all threads have ended.
    ///
    /// Each is read once: where two stores are unordered, it is this load that settles for loom which came last.
    fn last_values(&self, exists: &Condition) -> BTreeMap<String, i32> {
        let mut values = BTreeMap::new();
        exists.leaves(&mut |leaf| {
            if let Condition::Location(name, _) = leaf {
                values.entry(name.clone()).or_insert_with(|| self.words[name].load(Relaxed));
            }
        });
        values
    }
}

fn holds(condition: &Condition, registers: &[Registers], words: &BTreeMap<String, i32>) -> bool {
    match condition {
        Condition::And(a, b) => holds(a, registers, words) && holds(b, registers, words),
        Condition::Or(a, b) => holds(a, registers, words) || holds(b, registers, words),
        Condition::Not(a) => !holds(a, registers, words),
        Condition::Register(thread, register, value) => registers[*thread][register] == *value,
        Condition::Location(name, value) => words[name] == *value,
    }
}

/// One thread at work. Its methods return None when the execution is to be dropped.
struct Machine<'a> {
    memory: &'a Memory,
    registers: Registers,
    held: BTreeMap<&'a str, MutexGuard<'a, ()>>,
}

impl<'a> Machine<'a> {
    fn body(&mut self, body: &'a [Statement]) -> Option<()> {
        for statement in body {
            match statement {
                Statement::Assign(register, value) => {
                    let value = self.value(value)?;
                    self.registers.insert(register.clone(), value);
                }
                Statement::Call(call) => drop(self.call(call)?),
                Statement::If(condition, then, otherwise) => {
                    let taken = if self.value(condition)? != 0 { then } else { otherwise };
                    self.body(taken)?;
                }
            }
        }
        Some(())
    }

    fn value(&mut self, expression: &'a Expr) -> Option<i32> {
        Some(match expression {
            Expr::Number(number) => *number,
            Expr::Register(register) => self.registers[register],
            Expr::Call(call) => self.call(call)?,
            Expr::Minus(inner) => -self.value(inner)?,
            Expr::Binary(operator, left, right) => apply(*operator, self.value(left)?, self.value(right)?),
        })
    }

    /// Runs a primitive. What returns nothing yields 0, which the parser lets nobody read.
    fn call(&mut self, call: &'a Call) -> Option<i32> {
        let mut operands = [0; 2];
        for (slot, operand) in operands.iter_mut().zip(&call.operands) {
            *slot = self.value(operand)?;
        }
        let word = call.place.as_ref().and_then(|place| self.memory.words.get(place));
        match (call.rule.effect, word, &call.place) {
            (Effect::Fence(order), None, None) => fence(order),
            (Effect::Load(order), Some(word), _) => return Some(word.load(order)),
            (Effect::Store(order), Some(word), _) => word.store(operands[0], order),
            (Effect::Rmw(change, strength, answer), Some(word), _) => {
                return read_modify_write(word, change, strength, answer, operands);
            }
            (Effect::Lock, None, Some(lock)) => {
                let guard = self.memory.locks[lock].lock().unwrap();
                self.held.insert(lock, guard);
            }
            (Effect::Unlock, None, Some(lock)) => {
                self.held.remove(lock.as_str()).unwrap_or_else(|| panic!("line {}: {lock} is not held", call.line));
            }
            _ => unreachable!("line {}: the parser gives each primitive the place it wants", call.line),
        }
        Some(0)
    }
}

fn apply(operator: Operator, left: i32, right: i32) -> i32 {
    match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::And => left & right,
        Operator::Equal => i32::from(left == right),
        Operator::NotEqual => i32::from(left != right),
        Operator::Less => i32::from(left < right),
        Operator::Greater => i32::from(left > right),
    }
}

fn read_modify_write(
    word: &AtomicI32,
    change: Change,
    strength: Strength,
    answer: Answer,
    operands: [i32; 2],
) -> Option<i32> {
    let old = match change {
        Change::CompareSwap | Change::AddUnless => conditional(word, change, strength, operands)?,
        _ => ordered(strength, |order| unconditional(word, change, operands[0], order)),
    };
    let new = result(change, old, operands);
    Some(match answer {
        Answer::Nothing => 0,
        Answer::Old => old,
        Answer::New => new.unwrap_or(old),
        Answer::IsZero => i32::from(new == Some(0)),
        Answer::IsNegative => i32::from(new.is_some_and(|new| new < 0)),
        Answer::Changed => i32::from(new.is_some()),
    })
}

/// Runs `operation` between the fences that `strength` asks for.
fn ordered<T>(strength: Strength, operation: impl FnOnce(Ordering) -> T) -> T {
    match strength {
        Strength::Only(order) => operation(order),
        Strength::Full => {
            fence(SeqCst);
            let value = operation(Relaxed);
            fence(SeqCst);
            value
        }
    }
}

fn unconditional(word: &AtomicI32, change: Change, operand: i32, order: Ordering) -> i32 {
    match change {
        Change::Add => word.fetch_add(operand, order),
        Change::Increment => word.fetch_add(1, order),
        Change::Sub => word.fetch_sub(operand, order),
        Change::Decrement => word.fetch_sub(1, order),
        Change::Or => word.fetch_or(operand, order),
        Change::AndNot => word.fetch_and(!operand, order),
        Change::Swap => word.swap(operand, order),
        Change::CompareSwap | Change::AddUnless => unreachable!("these are conditional"),
    }
}

/// A read-modify-write that may fail. Returns the word it read; None drops the execution.
///
/// The kernel orders a failure not at all, and lets it read an old value; loom's `compare_exchange` reads the newest
/// always, and the fence before it would order the failure too. So a relaxed load looks first. If that fails, it was the
/// whole operation. If not, it has to be the read half of what follows: an execution in which `compare_exchange` finds
/// another value is dropped, and loom has another one in which the load read that value.
fn conditional(word: &AtomicI32, change: Change, strength: Strength, operands: [i32; 2]) -> Option<i32> {
    let old = word.load(Relaxed);
    let Some(new) = result(change, old, operands) else { return Some(old) };
    ordered(strength, |order| word.compare_exchange(old, new, order, Relaxed)).ok()
}

/// What the word becomes, or None if the operation fails.
fn result(change: Change, old: i32, [first, second]: [i32; 2]) -> Option<i32> {
    match change {
        Change::Add => Some(old + first),
        Change::Increment => Some(old + 1),
        Change::Sub => Some(old - first),
        Change::Decrement => Some(old - 1),
        Change::Or => Some(old | first),
        Change::AndNot => Some(old & !first),
        Change::Swap => Some(first),
        Change::CompareSwap => (old == first).then_some(second),
        Change::AddUnless => (old != second).then_some(old + first),
    }
}
