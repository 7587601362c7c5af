//! Costs that were counted by hand, in the schemes' text.

use pinright_checks::cost::{Cost, PRICED};
use pinright_checks::kernel::{Atomic, Kernel};
use pinright_checks::platform::Std;

const QUERY: Cost = Cost { loads: 1, lines: 1, ..NOTHING };
const NOTHING: Cost = Cost { rmws: 0, full: 0, loads: 0, stores: 0, sections: 0, barriers: 0, lines: 0 };

fn costs(name: &str, expected: &[(&str, Cost)]) {
    let scheme = PRICED.iter().find(|scheme| scheme.name == name).expect("a priced scheme");
    assert_eq!((scheme.count)(), expected, "{name}");
}

/// try_get and the rest of the bias, then a barrier; the bias and the last reference. All of it is one word.
#[test]
fn a_bias_is_four_atomics_on_one_line() {
    let pin = Cost { rmws: 2, full: 1, barriers: 1, lines: 1, ..NOTHING };
    let unpin = Cost { rmws: 2, full: 1, lines: 1, ..NOTHING };
    costs("T10", &[("pin", pin), ("unpin", unpin), ("query", QUERY)]);
}

/// The flag is read under the lock, and what follows is two stores or one increment. Only the last unpin takes the lock:
/// it decrements, reads the count again, and clears the flag. The lock is the zone's, hence the second line.
#[test]
fn a_count_under_a_lock_costs_most_at_the_first_pin_and_at_the_last_unpin() {
    let first = Cost { loads: 1, stores: 2, sections: 1, lines: 2, ..NOTHING };
    let further = Cost { rmws: 1, loads: 1, sections: 1, lines: 2, ..NOTHING };
    let unpin = Cost { rmws: 1, full: 1, lines: 1, ..NOTHING };
    let last = Cost { rmws: 1, full: 1, loads: 1, stores: 1, sections: 1, lines: 2, ..NOTHING };
    costs(
        "T3",
        &[
            ("first pin", first),
            ("further pin", further),
            ("unpin, others stay", unpin),
            ("last unpin", last),
            ("query", QUERY),
        ],
    );
}

/// page_mapping() is a load of the page, and so is the flag's test; the count is in the mapping.
#[test]
fn a_count_in_the_mapping_costs_its_line() {
    let pin = Cost { rmws: 1, loads: 1, stores: 1, lines: 2, ..NOTHING };
    let unpin = Cost { rmws: 1, full: 1, loads: 2, lines: 2, ..NOTHING };
    let last = Cost { stores: 1, ..unpin };
    costs("T6a", &[("pin", pin), ("unpin, others stay", unpin), ("last unpin", last), ("query", QUERY)]);
}

/// The pte is read twice, around the reference and the pincount, which are in two struct pages.
#[test]
fn a_large_folio_is_pinned_on_three_lines() {
    let pin = Cost { rmws: 2, full: 1, loads: 2, barriers: 1, lines: 3, ..NOTHING };
    let unpin = Cost { rmws: 2, full: 1, lines: 2, ..NOTHING };
    costs("gup_fast, large", &[("pin", pin), ("unpin", unpin), ("query", QUERY)]);
}

/// A measured execution does what a recorded one does, and leaves no trace.
#[test]
fn a_silent_kernel_counts_and_records_nothing() {
    let kernel = Kernel::silent();
    let word = Atomic::<Std>::new(&kernel, "word", 1);
    assert!(word.add_unless("add", 2, 0));
    assert!(!word.add_unless("add to what is forbidden", 2, 3));
    assert!(word.sub_and_test("drop all", 3));
    kernel.smp_mb::<Std>("barrier");
    assert_eq!(word.read("read"), 0);
    assert_eq!(kernel.log(), []);
}
