//! What the backends themselves can and cannot see: litmus shapes, each with C11's answer and what loom and shuttle show.
//!
//! Every other result of this crate rests on these. An upgrade of loom or shuttle that changes what they show fails in
//! `loom_backend` or `shuttle_backend`, by the name of the shape. A shape is data, so one interpreter (`run`) runs it on
//! every platform, with the platform's bare operations: no `kernel` stands between. `interleave` computes what sequential
//! consistency allows, without either crate: shuttle must show just that, and loom nothing less.
//!
//! "C11" is the model that Rust has: C11's, as C++20 repaired it (P0668: fences restore sequential consistency; P0982: a
//! thread's own later store does not continue a release sequence).

use std::sync::atomic::Ordering;

mod buffering;
mod interleave;
mod limits;
mod orders;
mod passing;
mod reasons;
mod run;
mod table;

pub use interleave::interleavings;
pub use run::Found;
pub use table::litmus_table;

/// A word that all threads of a shape share, 0 at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one that is usually stored to first.
    X,
    /// The other one, the flag if there is one.
    Y,
}

/// What a thread does. A step that reads gives an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Stores to a word.
    Store(Place, i32, Ordering),
    /// Stores 1, 2 and so on up to this value.
    Count(Place, i32, Ordering),
    /// Loads it; the answer is its value.
    Load(Place, Ordering),
    /// Adds to it; the answer is the value before.
    Add(Place, i32, Ordering),
    /// Stores the second value if it finds the first; the answer is what it found. The order is for success only.
    Cas(Place, i32, i32, Ordering),
    /// A fence.
    Fence(Ordering),
    /// Writes to memory that is no atomic.
    Write(i32),
    /// Reads it; the answer is its value.
    Read,
    /// Takes the mutex.
    Lock,
    /// Drops it.
    Unlock,
    /// Lets another thread run.
    Yield,
    /// Ends the thread if its last answer was another one.
    Need(i32),
    /// Loads until the word has this value, and yields in between.
    Await(Place, i32, Ordering),
    /// Loads until the word has this value, and never yields.
    Spin(Place, i32, Ordering),
}

/// What is asked of a family of shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Is there an execution with these answers: those of each thread in turn, then the words that are read in the end?
    Answers(&'static [i32]),
    /// Is the program refused? The message must have one of these in it.
    Error(&'static [&'static str]),
}

/// C11's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum C11 {
    /// There may be such an execution.
    Allowed,
    /// There is none; or, if an error is asked for, nothing is wrong with the program.
    Forbidden,
    /// A data race: the program has no meaning.
    Undefined,
}

/// Whether something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// In some execution.
    Yes,
    /// In none, and all were explored.
    No,
}

/// What a backend is expected to show. It follows from C11's answer: there is no way to differ without a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// What C11 allows is seen, what it forbids is not.
    AsC11,
    /// The other way round, for this reason.
    Unlike(&'static str),
}

/// Shapes that differ in their orders only.
#[derive(Debug)]
pub struct Family {
    /// Its name, one of the usual ones if there is one.
    pub name: &'static str,
    /// The question.
    pub question: &'static str,
    /// The same, for the machine.
    pub asked: Asked,
    /// The words whose last values are asked for, too.
    pub ends: &'static [Place],
    /// Its members.
    pub rows: &'static [Row],
}

/// A member of a family.
#[derive(Debug)]
pub struct Row {
    /// What is special about it.
    pub how: &'static str,
    /// The steps of each thread. The main thread takes the first one's.
    pub threads: &'static [&'static [Step]],
    /// C11's answer.
    pub c11: C11,
    /// What loom shows, without bounds.
    pub loom: Shows,
    /// What shuttle shows in all interleavings.
    pub shuttle: Shows,
}

/// A member, on few lines.
const fn row(how: &'static str, threads: &'static [&'static [Step]], c11: C11, loom: Shows, shuttle: Shows) -> Row {
    Row { how, threads, c11, loom, shuttle }
}

/// A litmus shape: a row with its family.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What is asked.
    pub family: &'static Family,
    /// Of whom.
    pub row: &'static Row,
}

/// Every shape.
pub fn shapes() -> impl Iterator<Item = Shape> {
    let families = [buffering::FAMILIES, passing::FAMILIES, orders::FAMILIES, limits::FAMILIES];
    families.into_iter().flatten().flat_map(|family| family.rows.iter().map(move |row| Shape { family, row }))
}

/// The shape of this name.
///
/// # Panics
/// There is none.
pub fn shape(name: &str) -> Shape {
    shapes().find(|shape| shape.name() == name).unwrap_or_else(|| panic!("there is no shape `{name}`"))
}

impl Shape {
    /// Its name: `SB, relaxed`.
    pub fn name(&self) -> String {
        format!("{}, {}", self.family.name, self.row.how)
    }

    /// What loom is expected to show.
    pub fn expected_of_loom(&self) -> Seen {
        self.row.c11.seen(self.row.loom)
    }

    /// What shuttle is expected to show.
    pub fn expected_of_shuttle(&self) -> Seen {
        self.row.c11.seen(self.row.shuttle)
    }

    /// What an exploration says to the question.
    ///
    /// # Errors
    /// Nothing: an error that nobody asked for cut it short, or there was no execution at all.
    pub fn answer(&self, found: &Found) -> Result<Seen, String> {
        match (self.family.asked, &found.error) {
            (Asked::Error(messages), Some(error)) if messages.iter().any(|part| error.contains(part)) => Ok(Seen::Yes),
            (Asked::Answers(answers), None) if found.answers.contains(answers) => Ok(Seen::Yes),
            (_, None) if found.executions > 0 => Ok(Seen::No),
            _ => Err(format!("{}: nothing was explored to its end: {found:?}", self.name())),
        }
    }
}

impl C11 {
    fn seen(self, shows: Shows) -> Seen {
        match (self, shows) {
            (C11::Forbidden, Shows::AsC11) | (C11::Allowed | C11::Undefined, Shows::Unlike(_)) => Seen::No,
            (C11::Forbidden, Shows::Unlike(_)) | (C11::Allowed | C11::Undefined, Shows::AsC11) => Seen::Yes,
        }
    }
}
