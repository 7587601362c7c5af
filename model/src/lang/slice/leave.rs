//! Ops after which a path may be over, or which a wanted claim watches: they stay, whatever reads their result.

use super::super::ast::BinaryOp;
use super::super::resolve::Overflow;
use super::nonzero::Nonzero;
use super::range::{Ranges, inside};
use super::*;

/// Why an op stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    /// It has an effect of its own.
    Whole,
    /// Its access may crash; its value is needed only if somebody reads it.
    Access,
    /// Only if somebody needs it.
    No,
}

/// What is known of the values in a code.
pub(super) struct Known<'a> {
    pub program: &'a Program,
    pub code: &'a Code,
    pub ranges: Ranges<'a>,
    pub nonzero: Nonzero,
}

/// What watches the values that are stored.
pub(super) struct Watched {
    /// Whether the claim on references below zero is wanted.
    pub refcount: bool,
    /// Whether the claim on counts below zero is wanted.
    pub count: bool,
}

impl Watched {
    pub(super) fn new(program: &Program, wanted: &Wanted) -> Self {
        let claim = |id: &str| program.claim(id).is_some_and(|claim| wanted.claims.contains(&claim));
        Watched { refcount: claim("S13"), count: claim("S7") }
    }
}

/// Whether an op stays. `Branch` is not decided here.
pub(super) fn stays(context: &Known, wanted: &Wanted, watched: &Watched, at: usize) -> Stays {
    let Known { program, ranges, nonzero, code } = context;
    let null = |place: &Place| !nonzero.at(at, place.object);
    let crash = |place: &Place| null(place) || may_crash(program, ranges, place);
    let access = |place: &Place| if crash(place) { Stays::Access } else { Stays::No };
    let whole = |stays: bool| if stays { Stays::Whole } else { Stays::No };
    match &code.ops[at] {
        Op::Load { place, .. } => access(place),
        Op::Store { place, src } => match may_leave(program, watched, place, ranges.of(*src)) {
            true => Stays::Whole,
            false => access(place),
        },
        Op::Check { claim, .. } | Op::Witness { claim, .. } => whole(wanted.claims.contains(claim)),
        Op::ObjectAt { index, len, .. } => whole(!inside(ranges.of(*index), Range { low: 0, high: *len as i16 - 1 })),
        Op::Binary { op, b, .. } => whole(may_fail(*op, ranges.of(*b))),
        // What holds the code together matters where it leads, and is never left out outside of a region.
        Op::Branch { .. } | Op::Jump(_) => Stays::No,
        Op::Copy { .. } | Op::Unary { .. } | Op::Undef { .. } | Op::Nop => Stays::No,
        _ => Stays::Whole,
    }
}

/// A division by zero or a bad shift is a crash.
fn may_fail(op: BinaryOp, b: Range) -> bool {
    match op {
        BinaryOp::Div | BinaryOp::Rem => b.contains(0),
        BinaryOp::Shl | BinaryOp::Shr => !inside(b, Range { low: 0, high: 31 }),
        _ => false,
    }
}

/// A pool entry that is free, an index outside of the array.
fn may_crash(program: &Program, ranges: &Ranges, place: &Place) -> bool {
    let pool = &program.pools[usize::from(place.pool)];
    let bounds = |index: Index| !inside(ranges.of(index.value), Range { low: 0, high: index.len as i16 - 1 });
    pool.allocated || place.index.is_some_and(bounds)
}

/// A value above its width cuts the path; one below zero violates a claim.
fn may_leave(program: &Program, watched: &Watched, place: &Place, value: Range) -> bool {
    let cells = &program.pools[usize::from(place.pool)].cells;
    offsets(place).map(|offset| &cells[offset]).any(|cell| {
        let cut = cell.overflow == Overflow::Cut && value.high > cell.range.high;
        let claim = if cell.refcount { watched.refcount } else { watched.count };
        let negative = claim && cell.overflow != Overflow::Wrap && cell.pool.is_none() && value.low < 0;
        cut || negative && (-1..=0).contains(&cell.range.low)
    })
}
