"""How fast messages are read, beside jieba alone cutting the same messages in the same run; what loading takes; what rubbish costs.

Used by `knowledge.evaluate` only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from .library import Knowledge

ROUNDS = 3
TODAY = date(2026, 11, 21)  # any day will do: it is where 上个月 is counted from
RUBBISH_LENGTH = 100_000
RUBBISH: dict[str, str] = {
    "one character": "工",
    "one word": "拖欠工资",
    "clauses": "我被辞退了，",
    "spaces and line breaks": " \n",
    "Latin letters": "a",
    "nested brackets": "（[{((",
    "digits": "1234567890",
    "numerals": "一",
    "amounts": "三万五千元",
    "emoji": "😀👍",
    "full-width letters": "ＡＢＣ",
    "Arabic": "العمل ",
    "lone surrogates": "\ud800",
}

_FRESH = """
import json, time
began = time.perf_counter()
from knowledge import Knowledge
imported = time.perf_counter()
knowledge = Knowledge.load()
loaded = time.perf_counter()
knowledge.read("老板拖欠我三个月工资不给，怎么办")
first = time.perf_counter()
try:  # not getrusage: on Linux its peak counts what the parent held when it forked
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
except OSError:
    peak = 0.0
print(json.dumps({"seconds to import": imported - began, "seconds to load": loaded - imported,
    "ms for the first message": (first - loaded) * 1000, "peak memory in MB": peak}))
"""

Times = dict[str, float]
Figures = dict[str, float]


def measure(knowledge: Knowledge, words: Iterable[str], texts: Sequence[str]) -> dict[str, Any]:
    """The tables `speed` (of `texts`), `rubbish` (each 100,000 characters), and the figures of a fresh process."""
    jieba_cut, jieba_loading = _jieba(words)
    readings = {text: knowledge.read(text) for text in texts}
    work: dict[str, Callable[[str], object]] = {
        "jieba alone, cutting": jieba_cut,
        "reading": knowledge.read,
        "reading, and which words decided": lambda text: knowledge.read(text).why,
        "citing (reads as well)": knowledge.cite,
        "answering (what was read)": lambda text: knowledge.answer(text, readings[text]),
        "particulars": lambda text: knowledge.pick_up(text, TODAY),
        "all of it": partial(_everything, knowledge),
    }
    length = median(map(len, texts)) if texts else 0
    return {
        "speed of": f"{len(texts)} messages, half of them over {length:.0f} characters",
        "speed": {name: _times(do, texts, ROUNDS) for name, do in work.items()} if texts else {},
        "rubbish of": f"{RUBBISH_LENGTH:,} characters of rubbish, all of it",
        "rubbish": {name: _times(partial(_everything, knowledge), [rubbish(unit)], ROUNDS)["most"] for name, unit in RUBBISH.items()},
        "fresh process": {**_fresh_process(), **jieba_loading},
    }


def rubbish(unit: str, length: int = RUBBISH_LENGTH) -> str:
    """Something said over and over, up to a length."""
    return (unit * (length // len(unit) + 1))[:length]


def _everything(knowledge: Knowledge, text: str) -> None:
    reading = knowledge.read(text)
    reading.explain()
    knowledge.answer(text, reading)
    knowledge.cite(text)
    knowledge.pick_up(text, TODAY)


def _times(work: Callable[[str], object], texts: Sequence[str], rounds: int) -> Times:
    """Milliseconds a text: each text's best of several rounds, so that what else the machine does counts for little."""
    best = [float("inf")] * len(texts)
    for _ in range(rounds):
        for place, text in enumerate(texts):
            began = time.perf_counter()
            work(text)
            best[place] = min(best[place], (time.perf_counter() - began) * 1000)
    best.sort()
    return {"median": median(best), "p99": best[min(len(best) - 1, int(len(best) * 0.99))], "most": best[-1]}


def _jieba(words: Iterable[str]) -> tuple[Callable[[str], list[str]], Figures]:
    """jieba as anybody would use it, with `words` as its user dictionary; and how long it takes to load, the second time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # outdated escapes, and pkg_resources
        import jieba
    jieba.setLogLevel(60)
    lines = [f"{word}\n" for word in sorted(words)]
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):  # the first time it writes its cache
            began = time.perf_counter()
            tokenizer = jieba.Tokenizer()
            tokenizer.tmp_dir, tokenizer.cache_file = folder, "jieba.cache"
            tokenizer.initialize()
            tokenizer.load_userdict(lines)
            seconds.append(time.perf_counter() - began)
    return tokenizer.lcut, {"seconds jieba alone takes to load": seconds[1]}


def _fresh_process() -> Figures:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True, cwd=root)
    figures: Figures = json.loads(done.stdout)
    return figures
