"""`python -m bot calc …`: the calculators without a chat, for people and for other programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import Clock
from bot.errors import SettingsError
from union.calendar import day_of

if TYPE_CHECKING:
    from rich.table import Table

    from knowledge.calculators import Calculator, Input, Result
    from knowledge.facts import Fact, Facts

_WIDTH = 120  # columns of a table where it is not a terminal that says
_LONGEST_INPUT = 100_000


class Refused(Exception):
    """What can't be worked out: which input is wrong, and what is expected there."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")
        self.name = name
        self.expected = expected


def calc(
    name: Annotated[str, typer.Argument(help="The calculator; leave it out for a list.")] = "",
    answers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]... [-]",
            help="Its inputs, written as people write them: wage=8千. A lone - reads a JSON object of them from standard input. "
            "Without any, they are described.",
        ),
    ] = None,
    region: Annotated[str, typer.Option(help="The place whose rules and standards hold: 北京, 山东临沂, 全国.")] = "北京",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day that counts as today, like 2026-11-21.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; a refusal as well, on standard output.")] = False,
) -> None:
    """Work out what the law gives: severance, overtime, time limits … Exit code 2 if an answer is missing or wrong.

    Facts (minimum wages and such) are those of the files, not those that staff keep in the database.
    """
    try:
        _calc(name, answers or [], region, on, as_json=as_json)
    except Refused as refused:
        if as_json:
            _print_json({"error": {"input": refused.name, "expected": refused.expected}})
        typer.echo(" ".join(str(refused).split()).encode("utf-8", "backslashreplace"), err=True)
        raise typer.Exit(2) from None


def _calc(name: str, answers: Sequence[str], region: str, on: str, *, as_json: bool) -> None:
    from knowledge.calculators import CALCULATORS, BadInput, parse

    if not name:
        _list(as_json=as_json)
        return
    calculator = CALCULATORS.get(name)
    if calculator is None:
        raise Refused(name, f"expected one of {', '.join(CALCULATORS)}")
    if not answers:
        _describe(calculator, as_json=as_json)
        return
    raw, today, place = _raw(answers), _today(on), _region(region)
    facts = _facts()
    try:
        result = calculator.run(parse(calculator, raw, today=today, facts=facts, region=place), today=today, facts=facts, region=place)
    except BadInput as bad:
        raise Refused(bad.name, bad.sentence) from None
    if as_json:
        _print_json(_as_json(calculator, result))
    else:
        _show(result)


# ---- what is given


def _raw(answers: Sequence[str]) -> dict[str, str]:
    """The answers as typed, by input. One given as KEY=VALUE counts more than the same in the JSON object, the later more than the earlier."""
    typed: dict[str, str] = {}
    read: dict[str, str] = {}
    for answer in answers:
        if answer == "-":
            read = _standard_input()
            continue
        key, given, value = answer.partition("=")
        if not given or not key.strip():
            raise Refused(answer, "expected KEY=VALUE, like wage=8000, or - to read a JSON object from standard input")
        typed[key.strip()] = value
    return {**read, **typed}


def _standard_input() -> dict[str, str]:
    expected = 'expected a JSON object of inputs, like {"wage": 8000, "start": "2021-03-15"}'
    try:
        # Numbers stay as they were written: an amount never becomes a binary fraction.
        data = json.loads(sys.stdin.buffer.read(_LONGEST_INPUT).decode(), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Refused("-", expected) from None
    if not isinstance(data, dict):
        raise Refused("-", expected)
    return {key: _as_typed(key, value) for key, value in data.items()}


def _as_typed(key: str, value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value
    raise Refused(key, "expected a string, a number, true, false or null")


def _today(on: str) -> date:
    if not on:
        return day_of(Clock().now())
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise Refused("--on", "expected a date like 2026-11-21") from None


def _region(region: str) -> str:
    from knowledge.facts import read_region

    place = read_region(region)
    if place is None:
        raise Refused("--region", "expected 全国, a province or a city in one, like 北京 or 山东临沂")
    return place


def _facts() -> Facts:
    """Those of the files, the installation's own among them. What staff keep in the database takes a running program."""
    from bot.settings import read_settings
    from knowledge.facts import Facts

    try:
        return Facts.load(read_settings().knowledge_dir)
    except SettingsError as error:
        name, _, expected = str(error).partition(": ")
        raise Refused(name, expected) from None
    except (ValueError, KeyError) as error:
        raise Refused("UNION_KNOWLEDGE_DIR", f"expected facts that can be read ({error})") from None


# ---- what is printed


def _list(*, as_json: bool) -> None:
    from knowledge.calculators import CALCULATORS

    if as_json:
        _print_json([{"name": each.name, "title": each.title, "about": each.about} for each in CALCULATORS.values()])
        return
    table = _table("名称", "计算", "说明")
    for each in CALCULATORS.values():
        table.add_row(each.name, each.title, each.about)
    _print(table)


def _describe(calculator: Calculator, *, as_json: bool) -> None:
    if as_json:
        inputs = [_input_as_json(asked) for asked in calculator.inputs]
        _print_json({"name": calculator.name, "title": calculator.title, "about": calculator.about, "inputs": inputs})
        return
    from knowledge.calculators import expected

    typer.echo(f"{calculator.title}：{calculator.about}".encode())
    table = _table("输入", "问题", "填法")
    for asked in calculator.inputs:
        options = "\n".join(f"{option.key} = {option.label}" for option in asked.options)
        how = options or expected(asked)
        table.add_row(asked.name, asked.label + (f"\n{asked.help}" if asked.help else ""), how + ("\n可以不填" if asked.optional else ""))
    _print(table)
    typer.echo("按前面的答案用不上的，不用填。".encode())
    typer.echo(f"python -m bot calc {calculator.name} {_example(calculator)}".encode())


def _example(calculator: Calculator) -> str:
    """The first few inputs, filled in."""
    given = {"yes_no": "是"}
    shown = [
        f"{asked.name}={asked.options[0].key if asked.options else asked.example or given.get(asked.kind, '1')}"
        for asked in calculator.inputs[:3]
    ]
    return " ".join([*shown, "…"]) if len(calculator.inputs) > 3 else " ".join(shown)


def _input_as_json(asked: Input) -> dict[str, Any]:
    from knowledge.calculators import expected

    return {
        "name": asked.name,
        "kind": asked.kind,
        "optional": asked.optional,
        "label": asked.label,
        "expected": expected(asked),
        "options": {option.key: option.label for option in asked.options},
    }


def _as_json(calculator: Calculator, result: Result) -> dict[str, Any]:
    return {
        "name": calculator.name,
        "headline": result.headline,
        "amount": _plain(result.amount),
        "values": {name: _plain(value) for name, value in result.values.items()},
        "lines": [
            {
                "text": line.text,
                "amount": _plain(line.amount),
                "articles": [[article.law, article.number] for article in dict.fromkeys(line.articles)],
                "documents": [document.cite for document in line.documents],
            }
            for line in result.lines
        ],
        "notes": list(result.notes),
        "facts": [_fact_as_json(fact) for fact in result.facts_used],
    }


def _fact_as_json(fact: Fact) -> dict[str, Any]:
    value = [_plain(each) for each in fact.value] if isinstance(fact.value, tuple) else _plain(fact.value)
    return {
        "name": fact.name,
        "region": fact.region,
        "value": value,
        "valid_from": _plain(fact.valid_from),
        "source": fact.source,
    }


def _plain(value: Decimal | date | int | str | None) -> str | int | None:
    """As JSON holds it: amounts and days as strings."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _show(result: Result) -> None:
    from knowledge.facts import fact_names
    from knowledge.quantities import amount_text

    typer.echo(result.headline.encode())
    table = _table("", "怎么算的", "金额", "依据")
    for number, line in enumerate(result.lines, 1):
        table.add_row(str(number), line.text, "" if line.amount is None else amount_text(line.amount), "\n".join(dict.fromkeys(line.cites)))
    _print(table)
    for fact in result.facts_used:
        typer.echo(f"标准：{fact_names()[fact.name].label}，{fact.sentence}（{fact.source}）".encode())
    for note in result.notes:
        typer.echo(f"· {note}".encode())


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")  # Chinese has no spaces to break at
    return table


def _print(table: Table) -> None:
    # UTF-8 whatever the machine's locale.
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False, markup=False).print(table)
        return
    text = io.StringIO()
    Console(file=text, width=_WIDTH, highlight=False, markup=False, no_color=True).print(table)
    typer.echo(text.getvalue().encode(), nl=False)


def _print_json(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))
