"""`python -m bot calc`: lists, describes, works out; what it prints for programs, and how it refuses."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.calculators import CALCULATORS
from tests.acceptance.program import Ended, command
from tests.knowledge.test_calculators_all import EXAMPLES

SEVERANCE = ("severance", "reason=agreed", "start=2019-03-01", "end=2026-11-21", "wage=8000")
ON = ("--on", "2026-11-21")
OBJECT = json.dumps({"reason": "agreed", "start": "2019-03-01", "end": "2026-11-21", "wage": 8000.5, "average_wage": None}).encode()

WANTED: dict[str, tuple[tuple[str, ...], bytes]] = {
    "list": ((), b""),
    "list json": (("--json",), b""),
    "described": (("severance",), b""),
    "described json": (("overtime", "--json"), b""),
    "table": ((*SEVERANCE, *ON), b""),
    "json": ((*SEVERANCE, "--json", *ON), b""),
    "without a day": ((*SEVERANCE, "--json"), b""),
    "from an object": (("severance", "-", "--json", *ON), OBJECT),
    "an answer over the object": (("severance", "-", "wage=9000", "--json", *ON), OBJECT),
    "yes and no": (("notice-pay", "-", "--json"), b'{"reason": "unfit", "told": false, "wage": "8\xe5\x8d\x83"}'),
    "elsewhere": (("medical-leave", "total_years=12", "own_years=6", "minimum_wage=2000", "--region", "上海市", "--json", *ON), b""),
    "later": (("arbitration-limit", "claim=other", "known_on=2026-03-31", "stopped=none", "--on", "2027-03-30", "--json"), b""),
    "unknown": (("lottery",), b""),
    "unknown json": (("lottery", "--json"), b""),
    "missing": (("notice-pay", "reason=unfit", "told=否"), b""),
    "wrong": (("severance", "reason=agreed", "start=someday", "--json"), b""),
    "wrong plainly": (("severance", "reason=agreed", "start=2019-03-01", "end=2018-01-01"), b""),
    "ahead": ((*SEVERANCE[:2], "start=2019-03-01", "--on", "2019-02-28"), b""),
    "not asked": ((*SEVERANCE, "colour=red"), b""),
    "no value": (("severance", "8000"), b""),
    "no object": (("severance", "-", "--json"), b"[1, 2]"),
    "no json": (("severance", "-"), "工资".encode("gbk")),
    "too deep": (("severance", "-"), b"[" * 90_000),
    "a list inside": (("severance", "-", "--json"), b'{"reason": ["agreed"]}'),
    "not a number": (("notice-pay", "-", "--json"), b'{"reason": "unfit", "told": false, "wage": NaN}'),
    "odd characters": (("severance", "-", "--json"), b'{"\\ud83d\\u0000\\n": "x"}'),
    "no day": ((*SEVERANCE, "--on", "tomorrow"), b""),
    "no place": ((*SEVERANCE, "--region", "火星", "--json"), b""),
}


@pytest.fixture(scope="module")
async def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """What each says, four at a time: each is mostly imports, and on a busy machine all at once take longer than anybody waits."""
    folder, hands = tmp_path_factory.mktemp("calc"), asyncio.Semaphore(4)

    async def one(arguments: tuple[str, ...], stdin: bytes) -> Ended:
        async with hands:
            return await command(folder, "calc", *arguments, stdin=stdin)

    ended = await asyncio.gather(*(one(*each) for each in WANTED.values()))
    return dict(zip(WANTED, ended, strict=True))


def result(ended: Ended) -> dict[str, Any]:
    assert (ended.code, ended.err) == (0, "")
    data: dict[str, Any] = json.loads(ended.out)
    return data


def test_without_a_name_it_lists_them(said: dict[str, Ended]) -> None:
    assert said["list"].code == 0
    for name, calculator in CALCULATORS.items():
        assert name in said["list"].out
        assert calculator.title in said["list"].out
    listed = json.loads(said["list json"].out)
    assert [(each["name"], each["title"]) for each in listed] == [(name, each.title) for name, each in CALCULATORS.items()]


def test_with_a_name_alone_it_describes_the_inputs(said: dict[str, Ended]) -> None:
    assert said["described"].code == 0
    for word in ("reason", "agreed", "公司提出，双方谈好走的", "start", "2021-03-15", "可以不填", "请回答 是 或 否"):
        assert word in said["described"].out
    described = result(said["described json"])
    assert [each["name"] for each in described["inputs"]] == [asked.name for asked in CALCULATORS["overtime"].inputs]
    system, wage = described["inputs"][:2]
    assert list(system["options"]) == ["standard", "combined", "flexible"]
    assert (wage["kind"], wage["optional"], wage["options"]) == ("money", False, {})


def test_it_works_out_and_shows_the_working(said: dict[str, Ended]) -> None:
    assert said["table"].code == 0
    for word in (
        "经济补偿约 64,000 元",
        "8 个月 × 8,000 元",
        "《劳动合同法》第四十七条",
        "北京2025年7月1日起每月11,937元",
        "不代替律师意见",
    ):
        assert word in said["table"].out


def test_the_json_holds_everything_with_amounts_as_strings(said: dict[str, Ended]) -> None:
    data = result(said["json"])
    assert list(data) == ["name", "headline", "amount", "values", "lines", "notes", "facts"]
    assert (data["name"], data["amount"]) == ("severance", "64000.00")
    assert data["headline"] == "经济补偿约 64,000 元（8 个月工资）"
    assert data["values"]["months"] == "8"
    assert data["lines"][-1] == {"text": "8 个月 × 8,000 元", "amount": "64000.00", "articles": [["劳动合同法", 47]], "documents": []}
    assert data["lines"][0]["articles"] == [["劳动合同法", 46], ["劳动合同法", 36]]
    assert all(isinstance(note, str) for note in data["notes"])
    (fact,) = data["facts"]
    assert list(fact) == ["name", "region", "value", "valid_from", "source"]
    assert (fact["region"], fact["value"], fact["valid_from"]) == ("北京", "11937", "2025-07-01")


def test_without_a_day_it_is_today(said: dict[str, Ended]) -> None:
    assert result(said["without a day"])["amount"] == "64000.00"


def test_answers_come_as_an_object_and_what_is_typed_counts_more(said: dict[str, Ended]) -> None:
    assert result(said["from an object"])["amount"] == "64004.00"  # 8 × 8000.50, never a binary fraction
    assert result(said["an answer over the object"])["amount"] == "72000.00"
    assert result(said["yes and no"])["amount"] == "8000.00"


def test_place_and_day_can_be_given(said: dict[str, Ended]) -> None:
    assert "1,600 元" in result(said["elsewhere"])["headline"]
    assert result(said["later"])["values"]["days_left"] == 1


REFUSED = {
    "unknown": ("lottery", "severance, unlawful-dismissal"),
    "unknown json": ("lottery", "severance, unlawful-dismissal"),
    "missing": ("wage", "请填金额的数字（元），例如 8000"),
    "wrong": ("start", "请填年月日，例如 2021-03-15，不能晚于今天"),
    "wrong plainly": ("end", "离开的日子不能早于上班的日子"),
    "ahead": ("start", "不能晚于今天"),
    "not asked": ("colour", "没有这一项"),
    "no value": ("8000", "KEY=VALUE"),
    "no object": ("-", "JSON object"),
    "no json": ("-", "JSON object"),
    "too deep": ("-", "JSON object"),
    "a list inside": ("reason", "expected a string, a number, true, false or null"),
    "not a number": ("wage", "请填金额的数字"),
    "odd characters": ("", "没有这一项"),
    "no day": ("--on", "expected a date like 2026-11-21"),
    "no place": ("--region", "北京 or 山东临沂"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_refusal_is_one_line_with_the_input_and_what_is_expected(said: dict[str, Ended], case: str) -> None:
    name, expected = REFUSED[case]
    ended = said[case]
    assert ended.code == 2
    (line,) = ended.complaints
    assert line.startswith(f"{name}: " if name else "")
    assert expected in line
    if "--json" not in WANTED[case][0]:
        assert ended.out == ""
        return
    error = json.loads(ended.out)["error"]
    assert list(error) == ["input", "expected"]
    assert error["input"].startswith(name)
    assert expected in error["expected"]


async def test_every_calculator_answers_its_example(tmp_path: Path) -> None:
    runs = [
        command(tmp_path, "calc", name, *(f"{key}={value}" for key, value in raw.items()), "--json", *ON) for name, raw in EXAMPLES.items()
    ]
    for name, ended in zip(EXAMPLES, await asyncio.gather(*runs), strict=True):
        data = result(ended)
        assert data["name"] == name
        assert data["lines"]
        assert any(line["articles"] for line in data["lines"])
