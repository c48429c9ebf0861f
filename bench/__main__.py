"""python -m bench [NAME …] [--seconds N] [--json]"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

import uvloop
from rich.console import Console

from bench.machine import machine
from bench.report import Result, print_facts, print_result
from bot.logs import configure_logs

SECONDS: Mapping[str, float] = {
    "inbound": 10,
    "latency": 30,
    "deadlines": 10,
    "cases": 30,
    "audit": 10,
    "memory": 10,
    "pace": 10,
    "audience": 60,
    "outcomes": 10,
    "notices": 20,
    "kills": 20,
}
"""Every bench, with how long it measures when nothing else is said."""

WIDTH = 140


def main() -> int:
    """Runs the benches that are named, or all. Returns 1 when a limit isn't met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures, each figure beside its plain alternative.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SECONDS), default=[])
    parser.add_argument("--seconds", type=float, help="how long to measure, about")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    given = parser.parse_args()
    if unknown := set(given.names) - set(SECONDS):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(SECONDS)}")
    configure_logs("warning")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    facts = uvloop.run(machine())
    if not given.json:
        print_facts(console, facts)
    results = []
    for name in given.names or SECONDS:
        print(f"{name} …", file=sys.stderr, flush=True)
        results.append(_run(name, given.seconds or SECONDS[name]))
        if not given.json:
            print_result(console, results[-1])
    if given.json:
        print(json.dumps({"machine": dict(facts), "results": [result.as_json() for result in results]}, ensure_ascii=False, indent=1))
    return 0 if all(result.met for result in results) else 1


def _run(name: str, seconds: float) -> Result:
    # Imported when it is needed: one bench must not carry the memory and the libraries of the others.
    measure: Callable[[float], Awaitable[Result]] = import_module(f"bench.{name}").measure

    async def run() -> Any:
        return await measure(seconds)

    result: Result = uvloop.run(run())
    return result


if __name__ == "__main__":
    sys.exit(main())
