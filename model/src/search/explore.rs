//! A search from its first state to what it says.

use super::bfs::{Clock, RunEnd, Search};
use super::expand::Expander;
use super::liveness::{Findings, Wanted, decide};
use super::path::Walk;
use super::*;
use crate::system::symmetry::{Property, Symmetry};
use crate::threads::side_by_side;

/// Explores the system. `progress` is called now and then; it returns false to interrupt.
///
/// Deterministic, whatever the number of threads: a search that drains its frontier reports what depends on the system
/// alone. One that is cut reports the states it had, and they depend on when it was cut.
pub fn explore(system: &System, limits: &Limits, progress: &mut dyn FnMut(Progress) -> bool) -> Exploration {
    let mut keep = |_: &dyn Snapshot, _| {};
    let mut clock = Clock::new(Duration::ZERO, progress, &mut keep);
    from_one(system, begun(system, symmetry(system, limits)), limits, &mut clock, &mut |_| Vec::new()).0
}

/// As [`explore`], from a checkpoint if there is one. `keep` is offered a snapshot now and then; whoever offers says
/// whether it is the last one.
///
/// # Errors
/// A checkpoint that does not belong to the system.
pub fn explore_kept<'p>(
    system: &System,
    limits: &Limits,
    from: Option<Checkpoint>,
    progress: &'p mut dyn FnMut(Progress) -> bool,
    keep: &'p mut Keep<'p>,
) -> Result<Exploration, RestoreError> {
    explore_asking(system, limits, from, (progress, keep), &mut |_| Vec::new()).map(|(found, _)| found)
}

/// As [`explore_kept`]; then `ask` is told what was found, and says which properties of liveness are still open. They are
/// decided on the same graph.
///
/// # Errors
/// A checkpoint that does not belong to the system.
pub fn explore_asking<'p>(
    system: &System,
    limits: &Limits,
    from: Option<Checkpoint>,
    (progress, keep): (&'p mut dyn FnMut(Progress) -> bool, &'p mut Keep<'p>),
    ask: &mut Ask,
) -> Result<(Exploration, Findings), RestoreError> {
    let symmetry = symmetry(system, limits);
    let Some(checkpoint) = from else {
        let mut clock = Clock::new(Duration::ZERO, progress, keep);
        return Ok(from_one(system, begun(system, symmetry), limits, &mut clock, ask));
    };
    let words = checkpoint.words();
    let mut clock = Clock::new(checkpoint.elapsed(), progress, keep);
    Ok(match words {
        1 => from_one(system, Some(Box::new(Search::restored(system, symmetry, checkpoint)?)), limits, &mut clock, ask),
        2 => from_two(system, Some(Box::new(Search::restored(system, symmetry, checkpoint)?)), limits, &mut clock, ask),
        8 => {
            from_eight(system, Some(Box::new(Search::restored(system, symmetry, checkpoint)?)), limits, &mut clock, ask)
        }
        _ => return Err(RestoreError::Other),
    })
}

/// The renamings under which a search takes states for one.
fn symmetry(system: &System, limits: &Limits) -> Symmetry {
    match limits.symmetry {
        true => Symmetry::of(system),
        false => Symmetry::none(),
    }
}

fn begun<const W: usize>(system: &System, symmetry: Symmetry) -> Unfinished<'_, W> {
    Search::new(system, symmetry).map(Box::new)
}

/// Says which properties are open after a search.
pub type Ask<'a> = dyn FnMut(&Exploration) -> Vec<Wanted> + 'a;

type Found = (Exploration, Findings);

/// Keys of one word hold the states of every built-in population.
fn from_one(system: &System, search: Unfinished<1>, limits: &Limits, clock: &mut Clock, ask: &mut Ask) -> Found {
    let wider = run::<1>(search, limits, clock, ask);
    wider.unwrap_or_else(|search| from_two(system, widen(system, limits, search), limits, clock, ask))
}

fn from_two(system: &System, search: Unfinished<2>, limits: &Limits, clock: &mut Clock, ask: &mut Ask) -> Found {
    let wider = run::<2>(search, limits, clock, ask);
    wider.unwrap_or_else(|search| from_eight(system, widen(system, limits, search), limits, clock, ask))
}

fn from_eight(system: &System, search: Unfinished<8>, limits: &Limits, clock: &mut Clock, ask: &mut Ask) -> Found {
    run::<8>(search, limits, clock, ask).unwrap_or_else(|_| (nothing(system), Findings::default()))
}

type Unfinished<'a, const W: usize> = Option<Box<Search<'a, W>>>;

fn run<'a, const W: usize>(
    search: Unfinished<'a, W>,
    limits: &Limits,
    clock: &mut Clock,
    ask: &mut Ask,
) -> Result<Found, Unfinished<'a, W>> {
    let Some(mut search) = search else { return Err(None) };
    let bound = match search.run(limits, clock) {
        RunEnd::Ended(bound) => bound,
        RunEnd::TooWide => return Err(Some(search)),
    };
    let (found, expander) = conclude(&mut search, limits, bound.clone(), clock);
    let open = ask(&found);
    // Which of several lassos is found depends on the numbers of states, and those on threads. And a graph of canonical
    // states has no lassos to show.
    let apart = limits.threads > 1 || search.space.symmetry.allows(Property::FairLiveness).is_err();
    let findings = match apart {
        true => {
            let system = search.space.system;
            drop(search);
            clock.examine(system, limits, open)
        }
        false => decide(*search, expander, bound, open),
    };
    Ok((found, findings))
}

fn widen<'a, const W: usize, const V: usize>(
    system: &'a System,
    limits: &Limits,
    search: Unfinished<'a, W>,
) -> Unfinished<'a, V> {
    search.map_or_else(|| Search::new(system, symmetry(system, limits)), |search| search.wider()).map(Box::new)
}

/// A system whose states do not fit into five hundred bits: nothing was searched, and nothing is said.
fn nothing(system: &System) -> Exploration {
    let coverage = Coverage::Cut { bound: Bound::Memory(0), frontier: 0 };
    Exploration {
        coverage,
        states: 0,
        transitions: 0,
        depth: 0,
        levels: Vec::new(),
        violations: BTreeMap::new(),
        hangs: Vec::new(),
        lock_cycles: Vec::new(),
        witnessed: ClaimSet::default(),
        cuts: BTreeSet::new(),
        symmetry: 1,
        covered: system.scratch().covered,
        bytes: 0,
        elapsed: Duration::ZERO,
    }
}

/// What ran, in the images of contexts too. (Where another op runs there, the search ran it.)
fn with_images(covered: Vec<Vec<Ran>>, symmetry: &Symmetry) -> Vec<Vec<Ran>> {
    let mut all = covered.clone();
    for element in symmetry.elements().iter().skip(1) {
        for (context, ops) in covered.iter().enumerate() {
            let images = all[element.context(context)].iter_mut().zip(ops).enumerate();
            for (_, (image, ran)) in images.filter(|(op, _)| element.runs_alike(context, *op)) {
                *image = image.union(*ran);
            }
        }
    }
    all
}

fn conclude<const W: usize>(
    search: &mut Search<W>,
    limits: &Limits,
    bound: Option<Bound>,
    clock: &Clock,
) -> (Exploration, Expander) {
    let states = search.states.len as u64;
    let depth = search.depth_found();
    let coverage = match bound {
        Some(bound) => Coverage::Cut { bound, frontier: search.frontier() as u64 },
        None => Coverage::Complete(Complete { states, depth }),
    };
    let covered = with_images(search.covered(), &search.space.symmetry);
    let (levels, bytes) = (search.levels.sizes(), search.bytes());
    search.noted = search.notes();
    search.noted.close(search.space.system, &search.space.symmetry);
    let workers: Vec<_> = search.workers.drain(..).collect();
    let mut walks: Vec<_> = workers.into_iter().map(|worker| Walk::new(search, worker.expander)).collect();
    let violations = violations(&mut walks);
    let mut walk = walks.swap_remove(0);
    drop(walks);
    let closed = matches!(coverage, Coverage::Complete(_)) && search.noted.cuts.is_empty();
    let hangs = if closed && limits.hangs { hang::find(&mut walk) } else { Vec::new() };
    let lock_cycles = locks::cycles(&mut walk);
    let expander = walk.expander;
    let found = Exploration {
        coverage,
        states,
        transitions: search.transitions,
        depth,
        levels,
        violations,
        hangs,
        lock_cycles,
        witnessed: search.noted.witnessed,
        cuts: search.noted.cuts.clone(),
        symmetry: search.space.symmetry.order(),
        covered,
        bytes,
        elapsed: clock.elapsed(),
    };
    (found, expander)
}

/// A shortest run to each claim that was violated: the claims are dealt out to as many threads as there are walks.
fn violations<const W: usize>(walks: &mut [Walk<W>]) -> BTreeMap<u16, Path> {
    let threads = walks.len();
    let runs = side_by_side(walks.iter_mut().enumerate(), threads, |(number, walk)| {
        let noted = walk.search.noted.violations.iter().skip(number).step_by(threads);
        noted.map(|(claim, steps)| (*claim, walk.violation(*claim, *steps))).collect::<Vec<_>>()
    });
    runs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::corpus::Corpus;

    fn system() -> System {
        let corpus = Corpus::load().expect("the corpus");
        let proposal = corpus.proposal("t3-w5").expect("a proposal");
        let composition = &proposal.compositions(&corpus).expect("its readings")[0];
        let population = corpus.population("pin-truncate").expect("a population");
        let compiled = compile(&corpus, composition, &population).expect("it compiles");
        System::new(compiled.program, false).expect("it starts")
    }

    /// What a search with keys of `W` words says.
    fn with_words<const W: usize>(system: &System) -> String {
        let (mut progress, mut keep) = (|_| true, |_: &dyn Snapshot, _| {});
        let mut clock = Clock::new(Duration::ZERO, &mut progress, &mut keep);
        let found = run::<W>(begun(system, Symmetry::none()), &Limits::default(), &mut clock, &mut |_| Vec::new());
        let found = found.unwrap_or_else(|_| panic!("{W} words hold everything")).0;
        said(found)
    }

    /// What a search says, without its time and size. Too long to be shown where two differ.
    fn said(found: Exploration) -> String {
        format!("{:?}", Exploration { elapsed: Duration::ZERO, bytes: 0, ..found })
    }

    #[test]
    fn the_width_of_keys_changes_nothing() {
        let system = system();
        let one = with_words::<1>(&system);
        assert!(with_words::<2>(&system) == one, "two words");
        assert!(with_words::<8>(&system) == one, "eight words");
    }

    #[test]
    fn a_search_whose_keys_become_too_wide_goes_on_with_wider_ones() {
        let system = system();
        let (mut progress, mut keep) = (|_| true, |_: &dyn Snapshot, _| {});
        let mut clock = Clock::new(Duration::ZERO, &mut progress, &mut keep);
        let mut interrupted = Search::<1>::new(&system, Symmetry::none()).expect("it fits");
        let bound = Limits { memory: 0, ..Limits::default() };
        assert!(matches!(interrupted.run(&bound, &mut clock), RunEnd::Ended(Some(Bound::Memory(0)))));
        let wider = run::<2>(interrupted.wider().map(Box::new), &Limits::default(), &mut clock, &mut |_| Vec::new());
        let wider = wider.unwrap_or_else(|_| panic!("two words hold everything")).0;
        assert!(said(wider) == with_words::<1>(&system));
    }
}
