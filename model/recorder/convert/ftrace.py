"""Lines of ftrace's `trace` file, as the recorder's probes and its program make them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# TASK-PID [CPU] FLAGS TIMESTAMP: EVENT: TEXT. Names may hold dashes; the clock is a counter.
_LINE = re.compile(r"^\s*(?P<comm>.+)-(?P<task>\d+)\s+\[(?P<cpu>\d+)\] (?P<flags>\S+)\s+(?P<seq>\d+): (?P<event>\w+): (?P<text>.*)$")
# (FUNCTION+OFFSET/SIZE [MODULE]) at an entry, (CALLER+OFFSET/SIZE [MODULE] <- FUNCTION) at a return.
_PLACE = re.compile(r"^\((?P<at>[^)]*)\)\s*(?P<fields>.*)$")
_CALLER = re.compile(r"^(?P<caller>[^+ ]+)\S*(?: \[\w+\])? <- ")
# What the program wrote into trace_marker.
_MARKER = "tracing_mark_write"
_RETURN = "_ret"


@dataclass(frozen=True)
class Line:
    """One event of the trace."""

    seq: int
    cpu: int
    task: int
    comm: str
    flags: str
    event: str
    """Name of the probe without `_ret`; for a marker, that of the marker."""
    returns: bool
    caller: str | None
    """Whom a return goes to; None if the kernel does not know."""
    fields: dict[str, str]
    """What the probe fetched."""
    said: str | None
    """What the program said, for a marker."""


def read(lines: Iterable[str]) -> Iterator[Line]:
    """The events, in order; comments and what other tools traced are left out."""
    for text in lines:
        match = _LINE.match(text)
        if match:
            line = _read(match)
            if line:
                yield line


def _read(match: re.Match[str]) -> Line | None:
    event, text = match["event"], match["text"]
    said, fields, caller, returns = None, {}, None, False
    if event == _MARKER:
        said = text
    else:
        place = _PLACE.match(text)
        if not place:
            return None
        returns = event.endswith(_RETURN)
        event = event.removesuffix(_RETURN)
        caller = _caller(place["at"])
        fields = dict(field.split("=", 1) for field in place["fields"].split() if "=" in field)
    return Line(int(match["seq"]), int(match["cpu"]), int(match["task"]), match["comm"], match["flags"], event, returns, caller, fields, said)


def _caller(place: str) -> str | None:
    match = _CALLER.match(place)
    if not match or match["caller"].startswith(("0x", "[unknown")):
        return None
    return match["caller"]
