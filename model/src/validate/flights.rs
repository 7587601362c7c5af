//! Bios in flight: when a device may read or write the page. A device that stacks on another submits a bio of its own, so
//! bios nest; the innermost is the one whose device moves the data.
//!
//! Owns the order of submission and completion, which the model does not follow bio by bio.

use std::collections::BTreeSet;

use super::recording::{Event, Phase};

/// `REQ_OP_WRITE`: writes are odd.
const WRITE: u64 = 1;
/// `REQ_PREFLUSH`: a flush moves no data.
const PREFLUSH: u64 = 1 << 18;

/// Which way data moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the device to memory.
    Read,
    /// From memory to the device: the page is written.
    Write,
    /// From memory to the device, and to another file: a direct I/O write.
    Fetch,
}

/// One bio, and those that were submitted for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flight {
    direction: Direction,
    /// Where on the device; those that stack keep it.
    sector: Option<u64>,
    /// The first submission, ...
    begin: usize,
    /// ... the last: data moves behind it, ...
    from: usize,
    /// ... and before the first completion.
    to: usize,
    /// The last completion.
    end: usize,
}

/// All flights of a recording.
#[derive(Clone, Debug, Default)]
pub struct Flights(Vec<Flight>);

/// What does not fit: the event, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpaired {
    /// The event.
    pub event: usize,
    /// What is wrong.
    pub message: String,
}

/// A bio that was submitted and has not ended.
struct Open {
    key: (String, String),
    event: usize,
    direction: Option<Direction>,
}

impl Flights {
    /// Pairs submissions with completions. `elsewhere`: sectors to which direct I/O writes.
    ///
    /// # Errors
    /// A bio that ends and was not submitted, or that was submitted and does not end although the recording goes on.
    pub fn of(events: &[Event], ended_by_free: bool, elsewhere: &BTreeSet<u64>) -> Result<Self, Unpaired> {
        let (mut open, mut flights): (Vec<Open>, Vec<Flight>) = (Vec::new(), Vec::new());
        for (index, event) in events.iter().enumerate() {
            match event.function.as_str() {
                "submit_bio_noacct" => open.push(Open::of(event, index)),
                "bio_endio" => ends(event, index, &mut open, &mut flights)?,
                "bio_integrity_prep" if !open.iter().any(|bio| bio.key == key(event)) => {
                    return Err(Unpaired { event: index, message: "a bio is prepared that was not submitted".into() });
                }
                _ => {}
            }
        }
        if let (Some(bio), false) = (open.first(), ended_by_free) {
            return Err(Unpaired { event: bio.event, message: "a bio is submitted and does not end".into() });
        }
        let fetches = |flight: &&mut Flight| {
            flight.direction == Direction::Write && flight.sector.is_some_and(|sector| elsewhere.contains(&sector))
        };
        flights.iter_mut().filter(fetches).for_each(|flight| flight.direction = Direction::Fetch);
        Ok(Flights(flights))
    }

    /// Whether data ever moves that way.
    pub fn any(&self, direction: Direction) -> bool {
        self.0.iter().any(|flight| flight.direction == direction)
    }

    /// Whether a device may move data that way before the event of this index, and after the one before it; from or to this
    /// sector, if one is given.
    fn moves(&self, direction: Direction, sector: Option<u64>, event: usize) -> bool {
        self.at(direction, sector).any(|flight| flight.from < event && event <= flight.to)
    }

    /// Whether nothing is in flight that way there: what was is complete.
    fn quiet(&self, direction: Direction, sector: Option<u64>, event: usize) -> bool {
        !self.at(direction, sector).any(|flight| flight.begin < event && event <= flight.end)
    }

    /// Whether a context may take its next step before the event of this index, as far as bios go: devices move data while
    /// their bio is in flight, and its completion is handled behind that. A request that reads one sector waits for that. `idle`
    /// is whether the handler begins.
    pub fn let_move(&self, function: &str, sector: Option<u64>, (idle, event): (bool, usize)) -> bool {
        match function {
            "disk_write" => self.moves(Direction::Write, None, event),
            "disk_read" => self.moves(Direction::Read, sector, event),
            "disk_fetch" => self.moves(Direction::Fetch, sector, event),
            "write_softirq" if idle => self.quiet(Direction::Write, None, event),
            "dio_softirq" if idle => self.quiet(Direction::Read, sector, event),
            "dio_write_softirq" if idle => self.quiet(Direction::Fetch, sector, event),
            _ => true,
        }
    }

    fn at(&self, direction: Direction, sector: Option<u64>) -> impl Iterator<Item = &Flight> {
        let here = move |flight: &Flight| sector.is_none_or(|sector| flight.sector == Some(sector));
        self.0.iter().filter(move |flight| flight.direction == direction && here(flight))
    }
}

impl Open {
    fn of(event: &Event, index: usize) -> Self {
        let operation = operation(event);
        let direction = match operation & WRITE {
            0 => Direction::Read,
            _ => Direction::Write,
        };
        Open { key: key(event), event: index, direction: (operation & PREFLUSH == 0).then_some(direction) }
    }
}

fn key(event: &Event) -> (String, String) {
    (event.args.bdev.clone().unwrap_or_default(), event.args.sect.clone().unwrap_or_default())
}

fn operation(event: &Event) -> u64 {
    let text = event.args.opf.as_deref().unwrap_or_default();
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_default()
}

/// The bio of an event ends. The first completion behind a submission ends the innermost bio.
fn ends(event: &Event, index: usize, open: &mut Vec<Open>, flights: &mut Vec<Flight>) -> Result<(), Unpaired> {
    let Some(at) = open.iter().rposition(|bio| bio.key == key(event)) else {
        return Err(Unpaired { event: index, message: "a bio ends that was not submitted".into() });
    };
    let bio = open.remove(at);
    let Some(direction) = bio.direction else { return Ok(()) };
    let sector = bio.key.1.parse().ok();
    let inside =
        |flight: &&mut Flight| flight.direction == direction && flight.sector == sector && flight.from > bio.event;
    match flights.iter_mut().find(inside) {
        // the bio that this one was submitted for
        Some(flight) => (flight.begin, flight.end) = (bio.event, index),
        None => flights.push(Flight { direction, sector, begin: bio.event, from: bio.event, to: index, end: index }),
    }
    Ok(())
}

/// Whether a function says where a bio is; the model has no call for it.
pub fn is_bio(event: &Event) -> bool {
    event.phase == Phase::Entry
        && matches!(event.function.as_str(), "submit_bio_noacct" | "bio_endio" | "bio_integrity_prep")
}
