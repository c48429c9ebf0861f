"""Starts the program as often as it is told to, without the seconds that importing its libraries takes: each start is a fork of this process,
which has imported everything and run nothing. Requests and answers are lines of JSON: {"start": …} → {"pid": …}, {"wait": pid} → {"code": …}.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def import_everything() -> None:
    """What `python -m bot run` imports on its way."""
    import uvloop  # noqa: F401

    import bot.channels.desk_telegram
    import bot.channels.members_telegram
    import bot.cli
    import bot.run  # noqa: F401
    from knowledge import Knowledge

    Knowledge.load()  # its libraries read their dictionaries here


def run(request: dict[str, Any]) -> None:
    """Becomes `python -m bot run` with this environment; never returns."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, target in ((0, null), (1, null), (2, log)):
        os.dup2(target, number)
    from bot.cli import app

    try:
        app(["run"], prog_name="python -m bot")
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Does what it is asked until nobody asks any more."""
    import_everything()
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer({"code": os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])})
            continue
        pid = os.fork()
        if pid == 0:
            run(request["start"])
        answer({"pid": pid})


def answer(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
