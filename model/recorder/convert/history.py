"""From lines of the trace to the history of the page: which returns belong to it, what the program said, where it ends."""

from collections.abc import Iterable
from typing import Any

from facts import Facts
from ftrace import Line
from page import state

Event = dict[str, Any]

# The program's own probe, and the last event of a page.
_USER = "user"
_FREED = "__folio_put"
_BIOS = {"submit_bio_noacct", "bio_endio", "bio_integrity_prep"}
# REQ_OP_WRITE: writes are odd
_WRITE = 1
# What every probe fetches besides its arguments.
_NOT_ARGUMENTS = {"key", "result", "flags", "mapping", "private", "mapcount", "refcount", "pte", "data"}
# The third character of what ftrace prints about interrupts.
_INTERRUPTS = {"s": "softirq", "h": "hardirq", "H": "hardirq", "z": "hardirq", "Z": "hardirq"}


def history(lines: Iterable[Line], facts: Facts) -> tuple[list[Event], bool]:
    """The events of the page, and whether they end because it was freed."""
    return _until_freed([_event(line, said, facts) for line, said in _about_the_page(lines, facts)])


def _about_the_page(lines: Iterable[Line], facts: Facts) -> Iterable[tuple[Line, str | None]]:
    """Leaves out returns that belong to no entry, and puts what the program said to the event that noted the state."""
    said: dict[int, str] = {}
    calls: dict[tuple[int, str, str], int] = {}
    for line in lines:
        if _is_flush(line):
            continue
        call = (line.task, context(line, facts), line.event)
        if line.said is not None:
            said[line.task] = line.said
        elif line.event == _USER:
            yield line, said.pop(line.task)
        elif not line.returns:
            calls[call] = calls.get(call, 0) + 1
            yield line, None
        elif calls.get(call):
            # 6.1 notes every return: the first one behind an entry is that of the same call
            calls[call] -= 1
            yield line, None


def _is_flush(line: Line) -> bool:
    """A flush has no pages, but may point to those of an earlier bio. File systems have no file's data at sector 0."""
    if line.event not in _BIOS:
        return False
    return int(line.fields["opf"], 0) & _WRITE == _WRITE and line.fields["sect"] == "0"


def context(line: Line, facts: Facts) -> str:
    """What the CPU was doing."""
    interrupt = _INTERRUPTS.get(line.flags[2])
    if interrupt:
        return interrupt
    if line.comm.startswith("kworker/"):
        return "kworker"
    return "kthread" if line.task == 0 or line.task in facts.kernel_threads else "task"


def _event(line: Line, said: str | None, facts: Facts) -> Event:
    user = said is not None
    event: Event = {
        "seq": line.seq,
        "cpu": line.cpu,
        "task": line.task,
        "comm": line.comm,
        "ctx": context(line, facts),
        "irqflags": line.flags,
        "fn": line.event,
        "phase": "user" if user else "return" if line.returns else "entry",
    }
    arguments = {name: value for name, value in line.fields.items() if name not in _NOT_ARGUMENTS}
    if arguments:
        event["args"] = arguments
    if line.returns:
        event["retval"] = line.fields.get("result")
        event["caller"] = line.caller or "?"
    if user:
        event["op"] = said
    return event | {"state": state(facts.kernel, line.fields, facts.mapping, facts.frame)}


def _until_freed(events: list[Event]) -> tuple[list[Event], bool]:
    """The memory of a freed page is somebody else's at once: only the call that frees it still shows the page."""
    for index, event in enumerate(events):
        if event["state"]["refs"] == 0 or event["state"]["mapping"] == "other":
            return events[: index + (event["fn"] == _FREED)], True
    return events, False
