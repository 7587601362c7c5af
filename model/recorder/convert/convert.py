"""convert.py --plan FILE --out DIR RESULTS: makes a recording of every scenario of the plan, as docs/recorder.md describes it.

RESULTS holds TARGET_SCENARIO.trace, as ftrace prints it, and TARGET_SCENARIO.facts. A recording is JSON lines: a header, then an
event a line. It is called KERNEL-TARGET_SCENARIO.jsonl, as in model/tests/kernel-traces.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import facts as facts_of_trace
import ftrace
from facts import Facts
from history import Event, history


def header(facts: Facts, events: list[Event], freed: bool) -> dict[str, Any]:
    """The first line."""
    return {
        "trace": facts.scenario,
        "kernel": facts.kernel,
        "folio": facts.folio,
        "events": len(events),
        "ended_by_free": freed,
        "probes": str(facts.probes),
        "probe_misses": facts.missed,
        "lost": facts.lost,
        "probes_failed": facts.refused,
    }


def convert(trace: Path, facts: Facts) -> str:
    """The text of a recording."""
    with trace.open(encoding="utf-8", errors="replace") as lines:
        events, freed = history(ftrace.read(lines), facts)
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in [header(facts, events, freed), *events])


def planned(plan: str) -> list[str]:
    """Names of the results that the lines `TARGET SCENARIO...` of a plan leave."""
    lines = [line.split() for line in plan.splitlines()]
    return [f"{target}_{scenario}" for target, *scenarios in lines for scenario in scenarios]


def main() -> int:
    """Converts everything; 1 if a scenario left nothing whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, required=True, help="what was to be recorded")
    parser.add_argument("--out", type=Path, required=True, help="where recordings go")
    parser.add_argument("results", type=Path, help="what the virtual machine left")
    arguments = parser.parse_args()
    status = 0
    for name in planned(arguments.plan.read_text()):
        trace = arguments.results / f"{name}.trace"
        try:
            facts = facts_of_trace.read(trace.with_suffix(".facts").read_text())
            text = convert(trace, facts)
        except (OSError, KeyError, ValueError) as error:
            print(f"{name}: the program did not finish: {error!r}", file=sys.stderr)
            status = 1
            continue
        to = arguments.out / f"{facts.kernel}-{name}.jsonl"
        to.write_text(text)
        print(to)
    return status


if __name__ == "__main__":
    sys.exit(main())
