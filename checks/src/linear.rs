//! Calls of a counting scheme against what a counter is: linearizability and sequential consistency, by stateright's testers.
//!
//! The specification is the plainest there is: a page has so many pins, and is pinned if there is one. It knows nothing of
//! flags, windows or freezes, and so says more than any scheme's own check: a query may not even err on the safe side.
//! Under shuttle a call lasts from its first access to its last: the real execution in which it begins and ends just there
//! is one that shuttle ran. Under loom the log has no real time, and only sequential consistency can be asked.

use std::collections::BTreeMap;

use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialConsistencyTester, SequentialSpec};

use crate::record::{Access, Call, Effect};

/// The beginning or the end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// This thread begins this call.
    Begins(usize, Call),
    /// This thread's call is over, with this answer.
    Ends(usize, bool),
}

/// The calls of an execution, each as short as its accesses let it be.
pub fn calls(log: &[Access]) -> Vec<Limit> {
    let mut waiting: BTreeMap<usize, Call> = BTreeMap::new();
    let mut limits = Vec::new();
    for access in log {
        let thread = access.thread;
        match access.effect {
            Effect::Invoke(call) => drop(waiting.insert(thread, call)),
            Effect::Return(answer) => {
                limits.extend(waiting.remove(&thread).map(|call| Limit::Begins(thread, call)));
                limits.push(Limit::Ends(thread, answer));
            }
            _ if access.is_step() => limits.extend(waiting.remove(&thread).map(|call| Limit::Begins(thread, call))),
            _ => {}
        }
    }
    limits
}

/// A counter of pins.
#[derive(Clone, Debug, Default)]
struct Counter {
    pins: BTreeMap<usize, u32>,
    passed: bool,
}

impl SequentialSpec for Counter {
    type Op = Call;
    type Ret = bool;

    fn invoke(&mut self, call: &Call) -> bool {
        match *call {
            Call::Pin(page) => *self.pins.entry(page).or_default() += 1,
            Call::Unpin(page) => {
                let pins = self.pins.entry(page).or_default();
                *pins = pins.saturating_sub(1);
            }
            Call::Query(page) => return self.pins.get(&page).is_some_and(|pins| *pins > 0),
            Call::Pass => self.passed = true,
            Call::Take => return self.passed,
        }
        matches!(call, Call::Pin(_))
    }
}

/// Whether each call can have taken effect at one point between its limits.
pub fn linearizable(calls: &[Limit]) -> bool {
    consistent(LinearizabilityTester::new(Counter::default()), calls)
}

/// Whether the calls can have taken effect in some order that is each thread's own.
pub fn sequentially_consistent(calls: &[Limit]) -> bool {
    consistent(SequentialConsistencyTester::new(Counter::default()), calls)
}

fn consistent(mut tester: impl ConsistencyTester<usize, Counter>, calls: &[Limit]) -> bool {
    let all = calls.iter().all(|limit| match *limit {
        Limit::Begins(thread, call) => tester.on_invoke(thread, call).is_ok(),
        Limit::Ends(thread, answer) => tester.on_return(thread, answer).is_ok(),
    });
    all && tester.is_consistent()
}

#[cfg(test)]
mod tests {
    use super::Limit::{Begins, Ends};
    use super::*;

    const PIN: Call = Call::Pin(0);
    const QUERY: Call = Call::Query(0);

    #[test]
    fn a_query_behind_a_pin_must_see_it() {
        let missed = [Begins(0, PIN), Ends(0, true), Begins(1, QUERY), Ends(1, false)];
        assert!(!linearizable(&missed));
        // nothing orders two threads but real time
        assert!(sequentially_consistent(&missed));
        let own = [Begins(0, PIN), Ends(0, true), Begins(0, QUERY), Ends(0, false)];
        assert!(!sequentially_consistent(&own));
    }

    #[test]
    fn a_query_beside_a_pin_may_say_either() {
        for answer in [false, true] {
            assert!(linearizable(&[Begins(0, PIN), Begins(1, QUERY), Ends(1, answer), Ends(0, true)]));
        }
    }

    #[test]
    fn a_pin_cannot_fail_where_nothing_is_frozen() {
        assert!(!sequentially_consistent(&[Begins(0, PIN), Ends(0, false)]));
    }
}
