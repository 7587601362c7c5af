//! Events in columns: one per context where they fit, else numbered lines. Never wider than [`WIDTH`].

use super::race::WIDTH;
use super::wrap;

/// A line of the picture.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Index of the context.
    pub context: usize,
    /// Number of the step, from 1.
    pub number: usize,
    /// Nesting of calls, as far as it is shown.
    pub depth: usize,
    /// Function, statement or marker.
    pub text: String,
    /// The page afterwards, if it changed.
    pub state: String,
}

/// What heads a context's column.
pub(super) struct Head {
    /// `flusher`
    pub name: String,
    /// `kworker`
    pub kind: &'static str,
}

/// A line across the picture.
pub(super) struct Mark {
    /// It stands behind the events of this step and before those of the next one.
    pub behind: usize,
    /// What it says.
    pub text: &'static str,
}

/// Most columns for contexts.
const MOST: usize = 4;
/// Widths to try for the column of page states, after its natural one.
const STATES: [usize; 4] = [24, 20, 16, 13];
/// A text longer than this is cut, so that columns stay possible.
const LONGEST: usize = 44;
/// Columns nearer than this cannot be told apart.
const NEAREST: usize = 6;

/// Columns: which context stands where.
struct Grid {
    /// Contexts per column, in the order in which they act.
    lanes: Vec<Vec<usize>>,
    pitch: usize,
    /// Where page states begin.
    state: usize,
}

/// What stands on the right: its name, and what it was before the first step.
type State<'a> = (&'a str, &'a str);

/// Draws events below the heads of their contexts, with a mark among them.
pub(super) fn draw(events: &[Event], heads: &[Head], start: State, mark: Option<&Mark>) -> Vec<String> {
    let events: Vec<Event> = events.iter().map(shorten).collect();
    let mut grids = plans(&events, heads).into_iter().filter_map(|lanes| fit(&events, heads, start, lanes));
    match grids.next() {
        Some(grid) => columns(&events, heads, start, &grid, mark),
        None => numbered(&events, heads, start, mark),
    }
}

/// Columns where there is room enough: the first way to share them that has few, else the one with fewest.
pub(super) fn lanes(events: &[Event], heads: &[Head]) -> Vec<Vec<usize>> {
    let [first, second, third, last] = plans(events, heads);
    [first, second, third].into_iter().find(|lanes| lanes.len() <= MOST).unwrap_or(last)
}

/// Ways to share columns, from none to all that is possible.
fn plans(events: &[Event], heads: &[Head]) -> [Vec<Vec<usize>>; 4] {
    let mut order: Vec<usize> = Vec::new();
    for event in events {
        if !order.contains(&event.context) {
            order.push(event.context);
        }
    }
    // A race is between tasks: what devices and softirqs do in between goes into one column first.
    let helper = |context: usize| matches!(heads[context].kind, "device" | "softirq");
    let plans: [&dyn Fn(usize, usize) -> bool; 4] =
        [&|_, _| false, &|a, b| helper(a) && helper(b), &|a, b| helper(a) || helper(b), &|_, _| true];
    plans.map(|may| share(events, &order, may))
}

/// The mark's line, if these events are the first behind it; all of them are past for `None`.
fn marked(mark: &mut Option<&Mark>, number: Option<usize>) -> Option<String> {
    let here = mark.take_if(|mark| number.is_none_or(|number| number > mark.behind))?;
    let rule = "- ".repeat((WIDTH - 4 - here.text.chars().count()) / 2);
    Some(format!(" {} {rule}", here.text))
}

fn shorten(event: &Event) -> Event {
    let room = LONGEST - event.depth.min(8);
    let mut event = event.clone();
    if event.text.chars().count() > room {
        event.text = event.text.chars().take(room - 3).collect::<String>() + "...";
    }
    event
}

/// Contexts whose events never overlap share a column, if they may.
fn share(events: &[Event], order: &[usize], may: &dyn Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let acts = |context: usize| events.iter().enumerate().filter(move |(_, e)| e.context == context).map(|(at, _)| at);
    let mut lanes: Vec<Vec<usize>> = Vec::new();
    for &context in order {
        let first = acts(context).next().unwrap_or(0);
        let free = |lane: &Vec<usize>| {
            lane.iter().all(|other| may(*other, context) && acts(*other).next_back().unwrap_or(0) < first)
        };
        match lanes.iter().position(free) {
            Some(lane) => lanes[lane].push(context),
            None => lanes.push(vec![context]),
        }
    }
    lanes
}

/// The widest distance of columns at which every text ends before the page states begin.
fn fit(events: &[Event], heads: &[Head], start: State, lanes: Vec<Vec<usize>>) -> Option<Grid> {
    if lanes.len() > MOST {
        return None;
    }
    let states = events.iter().map(|event| event.state.as_str()).chain([start.0, start.1]);
    let natural = states.map(|state| state.chars().count()).max().unwrap_or(0);
    let widths = STATES.iter().copied().filter(|width| *width < natural).rev().collect::<Vec<_>>();
    let widths = [natural].into_iter().filter(|width| *width <= STATES[0]).chain(widths.into_iter().rev());
    for width in widths {
        let state = WIDTH - width;
        if let Some(pitch) = pitch(events, heads, &lanes, state) {
            return Some(Grid { lanes, pitch, state });
        }
    }
    None
}

fn pitch(events: &[Event], heads: &[Head], lanes: &[Vec<usize>], state: usize) -> Option<usize> {
    let lane = |context: usize| lanes.iter().position(|lane| lane.contains(&context)).unwrap_or(0);
    let extents = events.iter().map(|event| (lane(event.context), 1 + event.depth + event.text.chars().count()));
    let titles = lanes.iter().enumerate();
    let titles = titles.flat_map(|(lane, contexts)| contexts.iter().map(move |c| (lane, 1 + title(&heads[*c]).len())));
    let extents: Vec<(usize, usize)> = extents.chain(titles.clone()).collect();
    let last = lanes.len().saturating_sub(1);
    // Where texts need not run into the next column, they do not; else columns are as far apart as they can be.
    let ideal = extents.iter().filter(|(lane, _)| *lane < last).map(|(_, width)| width + 1).max().unwrap_or(0);
    let least = titles.filter(|(lane, _)| *lane < last).map(|(_, width)| width + 1).max().unwrap_or(0).max(NEAREST);
    (least..=ideal.max(least)).rev().find(|pitch| extents.iter().all(|(lane, width)| lane * pitch + width < state))
}

fn title(head: &Head) -> String {
    format!("{} [{}]", head.name, head.kind)
}

fn columns(events: &[Event], heads: &[Head], start: State, grid: &Grid, mark: Option<&Mark>) -> Vec<String> {
    let mut mark = mark;
    let mut lines = titles(heads, start.0, grid);
    lines.extend(line("", 0, start.1, grid.state));
    let mut current: Vec<usize> = grid.lanes.iter().map(|lane| lane[0]).collect();
    for event in events {
        lines.extend(marked(&mut mark, Some(event.number)));
        let lane = grid.lanes.iter().position(|lane| lane.contains(&event.context)).unwrap_or(0);
        let at = 1 + lane * grid.pitch;
        if current[lane] != event.context {
            current[lane] = event.context;
            lines.extend(line(&format!("-- {} --", heads[event.context].name), at, "", grid.state));
        }
        lines.extend(line(&event.text, at + event.depth, &event.state, grid.state));
    }
    lines.extend(marked(&mut mark, None));
    lines
}

/// The heads, one below the other where contexts share a column, and a rule.
fn titles(heads: &[Head], state: &str, grid: &Grid) -> Vec<String> {
    let height = grid.lanes.iter().map(Vec::len).max().unwrap_or(1);
    let mut lines = Vec::new();
    for row in 0..height {
        let mut text = String::new();
        for (lane, contexts) in grid.lanes.iter().enumerate() {
            if let Some(context) = contexts.get(row) {
                text = place(text, 1 + lane * grid.pitch, &title(&heads[*context]));
            }
        }
        lines.push(if row == 0 { place(text, grid.state, state) } else { text });
    }
    let mut rule = String::new();
    for (lane, contexts) in grid.lanes.iter().enumerate() {
        let width = contexts.iter().map(|context| title(&heads[*context]).len()).max().unwrap_or(0);
        rule = place(rule, 1 + lane * grid.pitch, &"-".repeat(width));
    }
    lines.push(place(rule, grid.state, &"-".repeat(state.len())));
    lines
}

/// `text` begins at column `at`.
fn place(line: String, at: usize, text: &str) -> String {
    let used = line.chars().count();
    format!("{line}{}{text}", " ".repeat(at.saturating_sub(used)))
}

/// A text and a page state; the state goes on below where it is too long.
fn line(text: &str, at: usize, state: &str, column: usize) -> Vec<String> {
    let mut states = wrap(state, WIDTH - column).into_iter();
    let mut first = if text.is_empty() { String::new() } else { place(String::new(), at, text) };
    let state = states.next().unwrap_or_default();
    if !state.is_empty() {
        first = place(first, column, &state);
    }
    if first.is_empty() {
        return Vec::new();
    }
    let rest = states.map(|state| place(String::new(), column, &state));
    [first].into_iter().chain(rest).collect()
}

/// `3 flusher: clear_page_dirty_for_io()`
fn numbered(events: &[Event], heads: &[Head], start: State, mark: Option<&Mark>) -> Vec<String> {
    let mut mark = mark;
    let state = WIDTH - STATES[2];
    let mut lines: Vec<String> = wrap(&format!("{}: {}", start.0, start.1), WIDTH - 5);
    lines.iter_mut().for_each(|line| line.insert_str(0, "     "));
    let mut before = None;
    for event in events {
        lines.extend(marked(&mut mark, Some(event.number)));
        let name = format!("{:>4} {}:", event.number, heads[event.context].name);
        let indent = name.chars().count() + 1 + event.depth;
        // A step that takes several lines has its number on the first.
        let head = if before == Some(event.number) { String::new() } else { name };
        before = Some(event.number);
        let text: String = place(head, indent, &event.text).chars().take(WIDTH).collect();
        if text.chars().count() < state {
            lines.extend(line(&text, 0, &event.state, state));
        } else {
            lines.push(text);
            lines.extend(line("", 0, &event.state, state));
        }
    }
    lines.extend(marked(&mut mark, None));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(context: usize, number: usize, text: &str, state: &str) -> Event {
        Event { context, number, depth: number % 4, text: text.into(), state: state.into() }
    }

    fn heads(names: &[&str]) -> Vec<Head> {
        names.iter().map(|name| Head { name: (*name).into(), kind: "task" }).collect()
    }

    /// Draws and insists on the width.
    fn narrow(events: &[Event], heads: &[Head]) -> Vec<String> {
        let lines = draw(events, heads, ("page", "dirty writeback pinned twice, no buffers"), None);
        let wide: Vec<&String> = lines.iter().filter(|line| line.chars().count() > WIDTH).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        lines
    }

    #[test]
    fn two_contexts_stand_in_two_columns() {
        let heads = heads(&["rdma", "flusher"]);
        let lines = narrow(&[event(0, 1, "f()", ""), event(1, 2, "g()", "clean"), event(0, 3, "h()", "")], &heads);
        assert!(lines[0].contains("rdma [task]") && lines[0].contains("flusher [task]"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("g()") && line.ends_with("clean")), "{lines:#?}");
    }

    #[test]
    fn contexts_that_take_turns_are_numbered_where_columns_do_not_fit() {
        let names: Vec<String> = (0..9).map(|n| format!("a_context_with_a_long_name_{n}")).collect();
        let heads = heads(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let text = "a_function_with_a_name_that_is_much_longer_than_kernel_names_are()";
        let events: Vec<Event> =
            (1..60).map(|n| event(n % 9, n, text, "dirty writeback pinned, not in cache")).collect();
        let lines = narrow(&events, &heads);
        assert!(lines.iter().any(|line| line.starts_with("   3 a_context_with_a_long_name_3:")), "{lines:#?}");
    }

    #[test]
    fn devices_share_a_column_before_tasks_do() {
        let mut heads = heads(&["writer", "flusher", "nic", "disk"]);
        heads[2].kind = "device";
        heads[3].kind = "device";
        let long = "a_function_of_a_task()";
        let turns = [0, 1, 0, 1, 2, 3, 0].into_iter().enumerate();
        let events: Vec<Event> =
            turns.map(|(n, context)| event(context, n + 1, if context < 2 { long } else { "w" }, "")).collect();
        let lines = narrow(&events, &heads);
        assert!(lines.iter().any(|line| line.contains("-- disk --")), "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("-- flusher --")), "{lines:#?}");
    }
}
