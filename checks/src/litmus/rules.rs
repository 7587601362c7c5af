//! The one table that says how loom runs each kernel primitive.
//!
//! Sources: the kernel's `Documentation/atomic_t.txt` (ORDERING: an operation without a result is unordered, one with a
//! result is fully ordered when it succeeds and unordered when it fails) and `tools/memory-model/linux-kernel.def`.
//! The table is mechanical: no rule looks at its neighbours. Where that makes loom stronger or weaker than the kernel's
//! model, the test that shows it is on the list of known differences in `expected.toml`.

use std::sync::atomic::Ordering;

/// How loom runs one primitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The kernel's name, without a suffix for its order.
    pub name: &'static str,
    /// How its arguments stand.
    pub arguments: Arguments,
    /// What it does.
    pub effect: Effect,
}

/// How the arguments of a primitive stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// `()`
    None,
    /// `(place)`
    Place,
    /// `(value, place)`, as of `atomic_add`.
    ValuePlace,
    /// `(place, value)`, as of `atomic_set`.
    PlaceValue,
    /// `(place, value, value)`, as of `atomic_cmpxchg`.
    PlaceValueValue,
    /// `(*place)`, as of `READ_ONCE`.
    Deref,
    /// `(*place, value)`, as of `WRITE_ONCE`.
    DerefValue,
}

/// What a primitive does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Orders what surrounds it.
    Fence(Ordering),
    /// Reads a word.
    Load(Ordering),
    /// Writes a word.
    Store(Ordering),
    /// Reads and writes a word at once.
    Rmw(Change, Strength, Answer),
    /// Takes a spinlock.
    Lock,
    /// Releases it.
    Unlock,
}

/// What a read-modify-write makes of the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Adds the operand.
    Add,
    /// Adds one.
    Increment,
    /// Subtracts the operand.
    Sub,
    /// Subtracts one.
    Decrement,
    /// Sets the bits of the operand.
    Or,
    /// Clears the bits of the operand.
    AndNot,
    /// Puts the operand in its place.
    Swap,
    /// Puts the second operand in the place of the first.
    CompareSwap,
    /// Adds the first operand unless the word is the second.
    AddUnless,
}

/// How a read-modify-write orders its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Not at all, or by its acquire or release part.
    Only(Ordering),
    /// As `smp_mb()` before and after it, if it succeeds.
    Full,
}

/// What a read-modify-write returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: a void operation.
    Nothing,
    /// The word before.
    Old,
    /// The word after.
    New,
    /// Whether the word after is zero.
    IsZero,
    /// Whether the word after is negative.
    IsNegative,
    /// Whether it changed the word.
    Changed,
}

/// Suffixes that set the order of a primitive with a result. None of them means fully ordered.
const SUFFIXES: &[(&str, Ordering)] =
    &[("_relaxed", Ordering::Relaxed), ("_acquire", Ordering::Acquire), ("_release", Ordering::Release)];

/// Every primitive that is understood.
#[rustfmt::skip]
pub const RULES: &[Rule] = {
    use {Answer::*, Arguments::{Deref, DerefValue, Place, PlaceValue, PlaceValueValue, ValuePlace}};
    use {Change::*, Effect::*, Ordering::*, Strength::*};
    &[
        rule("READ_ONCE", Deref, Load(Relaxed)),
        rule("WRITE_ONCE", DerefValue, Store(Relaxed)),
        rule("atomic_read", Place, Load(Relaxed)),
        rule("atomic_read_acquire", Place, Load(Acquire)),
        rule("smp_load_acquire", Place, Load(Acquire)),
        rule("atomic_set", PlaceValue, Store(Relaxed)),
        rule("atomic_set_release", PlaceValue, Store(Release)),
        rule("smp_store_release", PlaceValue, Store(Release)),

        rule("smp_mb", Arguments::None, Fence(SeqCst)),
        rule("smp_rmb", Arguments::None, Fence(Acquire)),
        rule("smp_wmb", Arguments::None, Fence(Release)),
        rule("smp_mb__before_atomic", Arguments::None, Fence(SeqCst)),
        rule("smp_mb__after_atomic", Arguments::None, Fence(SeqCst)),
        rule("smp_mb__after_spinlock", Arguments::None, Fence(SeqCst)),
        rule("smp_mb__after_unlock_lock", Arguments::None, Fence(SeqCst)),

        rule("spin_lock", Place, Lock),
        rule("spin_unlock", Place, Unlock),

        rule("atomic_add", ValuePlace, Rmw(Add, Only(Relaxed), Nothing)),
        rule("atomic_sub", ValuePlace, Rmw(Sub, Only(Relaxed), Nothing)),
        rule("atomic_inc", Place, Rmw(Increment, Only(Relaxed), Nothing)),
        rule("atomic_dec", Place, Rmw(Decrement, Only(Relaxed), Nothing)),
        rule("atomic_or", ValuePlace, Rmw(Or, Only(Relaxed), Nothing)),
        rule("atomic_andnot", ValuePlace, Rmw(AndNot, Only(Relaxed), Nothing)),

        rule("atomic_fetch_add", ValuePlace, Rmw(Add, Full, Old)),
        rule("atomic_fetch_sub", ValuePlace, Rmw(Sub, Full, Old)),
        rule("atomic_fetch_or", ValuePlace, Rmw(Or, Full, Old)),
        rule("atomic_fetch_andnot", ValuePlace, Rmw(AndNot, Full, Old)),
        rule("atomic_add_return", ValuePlace, Rmw(Add, Full, New)),
        rule("atomic_sub_return", ValuePlace, Rmw(Sub, Full, New)),
        rule("atomic_inc_return", Place, Rmw(Increment, Full, New)),
        rule("atomic_sub_and_test", ValuePlace, Rmw(Sub, Full, IsZero)),
        rule("atomic_dec_and_test", Place, Rmw(Decrement, Full, IsZero)),
        rule("atomic_add_negative", ValuePlace, Rmw(Add, Full, IsNegative)),
        rule("atomic_xchg", PlaceValue, Rmw(Swap, Full, Old)),
        rule("xchg", PlaceValue, Rmw(Swap, Full, Old)),
        rule("atomic_cmpxchg", PlaceValueValue, Rmw(CompareSwap, Full, Old)),
        rule("cmpxchg", PlaceValueValue, Rmw(CompareSwap, Full, Old)),
        rule("atomic_add_unless", PlaceValueValue, Rmw(AddUnless, Full, Changed)),
    ]
};

const fn rule(name: &'static str, arguments: Arguments, effect: Effect) -> Rule {
    Rule { name, arguments, effect }
}

/// The rule for a primitive of the kernel, or None if it is not understood.
pub fn find(name: &str) -> Option<Rule> {
    let exact = |name: &str| RULES.iter().find(|rule| rule.name == name).copied();
    exact(name)
        .or_else(|| SUFFIXES.iter().find_map(|(suffix, order)| weaken(exact(name.strip_suffix(suffix)?)?, *order)))
}

/// The same primitive with a suffix. Only fully ordered ones have suffixed forms.
fn weaken(rule: Rule, order: Ordering) -> Option<Rule> {
    match rule.effect {
        Effect::Rmw(change, Strength::Full, answer) => {
            Some(Rule { effect: Effect::Rmw(change, Strength::Only(order), answer), ..rule })
        }
        _ => None,
    }
}

/// The table for readers: what each group of primitives becomes, and how that compares with the kernel's model.
pub const EXPLAINED: &[(&str, &str, &str)] = &[
    ("READ_ONCE, WRITE_ONCE, atomic_read, atomic_set", "relaxed load, store", "stronger: no load buffering"),
    (
        "smp_load_acquire, smp_store_release, atomic_read_acquire, atomic_set_release",
        "acquire load, release store",
        "same",
    ),
    (
        "smp_mb, smp_mb__{before,after}_atomic, smp_mb__after_spinlock, smp_mb__after_unlock_lock",
        "fence(SeqCst)",
        "same",
    ),
    ("smp_rmb", "fence(Acquire)", "stronger: orders later stores, and what a void operation read"),
    ("smp_wmb", "fence(Release)", "stronger: orders earlier loads"),
    ("spin_lock, spin_unlock", "loom's Mutex", "weaker: orders nothing for third parties"),
    (
        "operations without a result (atomic_add, atomic_or, ...)",
        "relaxed read-modify-write",
        "stronger: no load buffering",
    ),
    ("operations with a result", "fence(SeqCst), relaxed read-modify-write, fence(SeqCst)", "same"),
    ("..._relaxed, ..._acquire, ..._release", "that order", "same, but for load buffering"),
    (
        "cmpxchg, atomic_add_unless",
        "a relaxed load; if that would fail, nothing more; else as above. An execution whose compare_exchange then finds \
         another value is dropped",
        "same: unordered on failure, and a failure may read an old value",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_weakens_an_operation_with_a_result_only() {
        let effect = |name| find(name).map(|rule| rule.effect);
        assert_eq!(
            effect("atomic_cmpxchg_acquire"),
            Some(Effect::Rmw(Change::CompareSwap, Strength::Only(Ordering::Acquire), Answer::Old))
        );
        assert_eq!(effect("atomic_read_acquire"), Some(Effect::Load(Ordering::Acquire)));
        assert_eq!(effect("atomic_add_relaxed"), None);
        assert_eq!(effect("smp_mb_relaxed"), None);
        assert_eq!(effect("synchronize_rcu"), None);
    }

    #[test]
    fn no_primitive_has_two_rules() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
