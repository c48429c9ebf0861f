"""What holds for every calculator: it can be driven by a form or at once, cites what exists, and refuses politely."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from knowledge.calculators import CALCULATORS, BadInput, Calculator, Input, Kind, Result, Value, expected, parse
from knowledge.facts import Facts
from knowledge.statutes import Statutes

FACTS = Facts.load()
TODAY = date(2026, 11, 21)
REGIONS = ("北京", "山东临沂", "上海", "")

EXAMPLES: dict[str, dict[str, str]] = {
    "severance": {"reason": "expired", "offered": "否", "start": "2021-03-15", "end": "2026-10-31", "wage": "8000"},
    "unlawful-dismissal": {"start": "2005-03-15", "end": "2026-10-31", "wage": "4万", "average_wage": "12000"},
    "arrears": {"part_time": "不是", "wage": "6000", "months": "三个半月", "paid": "2000", "ordered": "是", "construction": "是"},
    "overtime": {"system": "1", "wage": "8700", "workday_hours": "20", "rest_hours": "16小时", "holiday_hours": "8", "months": "1"},
    "double-wage": {"start": "2026-01-05", "signed": "没有", "left": "没有", "wage": "6000"},
    "arbitration-limit": {"claim": "other", "known_on": "2026-03-31", "stopped": "asked", "stopped_on": "2026-09-10"},
    "injury": {"grade": "九级", "wage": "8000", "insured": "有", "leaving": "是", "paid_leave_months": "4", "paid_leave_wage": "9000"},
    "injury-death": {"when": "work", "died_on": "2025-06-18", "wage": "9000", "insured": "有", "spouse": "有", "others": "两人", "alone": "1"},
    "annual-leave": {
        "year": "2026", "total_years": "11", "barred": "none", "joined": "2026-03-02", "twelve_months": "是", "left": "是",
        "left_on": "2026-10-31", "taken": "1", "own_wish": "否", "wage": "8700",
    },
    "medical-leave": {"total_years": "12", "own_years": "6", "sick_from": "2026-08-10", "sick_pay": "1800"},
    "maternity": {
        "event": "birth", "born_on": "2026-12-20", "hard": "是", "children": "1", "leave_from": "2026-12-06", "insured": "有",
        "wage": "12000", "employer_average": "9000",
    },
    "probation": {
        "term": "fixed", "contract_months": "12", "again": "否", "agreed_months": "6", "served_months": "5", "wage": "8000",
        "probation_wage": "6000",
    },
    "notice-pay": {"reason": "unfit", "told": "没有", "wage": "8000"},
    "unemployment": {"reason": "dismissed", "years": "3年半", "benefit": "2100"},
    "training-bond": {
        "special": "是", "reason": "own", "cost": "3万", "agreed": "5万", "bond_from": "2024-07-01", "bond_until": "2027-06-30",
        "left_on": "2026-06-30",
    },
}  # fmt: skip
STATUTES = Path(os.environ.get("UNION_TEST_STATUTES", Path(__file__).parents[3] / "shared" / "data" / "statutes"))
each_calculator = pytest.mark.parametrize("calculator", list(CALCULATORS.values()), ids=list(CALCULATORS))


def run(name: str, raw: Mapping[str, str], *, today: date = TODAY, facts: Facts = FACTS, region: str = "北京") -> Result:
    """A calculator driven as the command line does."""
    calculator = CALCULATORS[name]
    values = parse(calculator, raw, today=today, facts=facts, region=region)
    return calculator.run(values, today=today, facts=facts, region=region)


def refusal(name: str, raw: Mapping[str, str], *, today: date = TODAY, region: str = "北京") -> BadInput:
    """How a calculator refuses these answers."""
    with pytest.raises(BadInput) as refused:
        run(name, raw, today=today, region=region)
    return refused.value


def references(result: Result) -> set[tuple[str, int]]:
    """The articles a result rests on, as law and number."""
    return {(article.law, article.number) for article in result.articles}


def figures(result: Result, *names: str) -> tuple[object, ...]:
    """Some of a result's figures, "amount" being its amount."""
    return tuple(result.amount if name == "amount" else result.values[name] for name in names)


def test_there_is_an_example_of_every_calculator() -> None:
    assert set(EXAMPLES) == set(CALCULATORS)


@each_calculator
def test_its_name_is_english_and_its_words_are_chinese(calculator: Calculator) -> None:
    assert calculator.name.replace("-", "").isascii() and calculator.name.islower()
    assert calculator.title and calculator.about
    names = [asked.name for asked in calculator.inputs]
    assert len(set(names)) == len(names)
    for asked in calculator.inputs:
        assert asked.name.isidentifier() and asked.name.isascii()
        assert "？" in asked.label, asked.label
        assert bool(asked.options) == (asked.kind is Kind.CHOICE)
        assert expected(asked).startswith("请")
    for check in calculator.checks:
        assert set(check.names) <= set(names)


@each_calculator
def test_its_example_gives_a_result_that_shows_its_working(calculator: Calculator) -> None:
    result = run(calculator.name, EXAMPLES[calculator.name])
    assert result.headline and result.lines and result.notes
    assert result.as_of == TODAY and result.region == "北京"
    assert references(result)
    assert all(line.text for line in result.lines)


@each_calculator
def test_a_form_can_ask_one_question_after_the_other(calculator: Calculator) -> None:
    """Asking what is needed next, and reading each answer, comes to the same as all answers at once."""
    raw, values = EXAMPLES[calculator.name], dict[str, Value]()
    while (asked := calculator.next_input(values, today=TODAY, facts=FACTS, region="北京")) is not None:
        text = raw.get(asked.name, "")
        values[asked.name] = calculator.read(asked.name, text, values, today=TODAY, facts=FACTS, region="北京")
    assert set(raw) <= set(values)
    assert calculator.run(values, today=TODAY, facts=FACTS, region="北京") == run(calculator.name, raw)


@each_calculator
def test_the_example_in_a_question_is_itself_a_good_answer(calculator: Calculator) -> None:
    for asked in calculator.inputs:
        if asked.example:
            value = calculator.read(asked.name, asked.example, {}, today=TODAY, facts=FACTS, region="北京")
            assert value is not None or asked.optional


@each_calculator
def test_a_name_it_does_not_ask_for_is_refused(calculator: Calculator) -> None:
    assert refusal(calculator.name, {"colour": "red"}).name == "colour"


@each_calculator
def test_a_missing_answer_is_refused_by_name(calculator: Calculator) -> None:
    first = calculator.inputs[0]
    bad = refusal(calculator.name, {})
    assert bad.name == first.name and bad.sentence == expected(first)
    with pytest.raises(BadInput):
        calculator.run({}, today=TODAY, facts=FACTS, region="北京")


@each_calculator
def test_values_of_a_wrong_type_are_refused(calculator: Calculator) -> None:
    for asked in calculator.inputs[:1]:
        for wrong in (object(), Decimal("NaN"), Decimal(-1), "no such", date(1800, 1, 1)):
            with pytest.raises(BadInput):
                calculator.run({asked.name: wrong}, today=TODAY, facts=FACTS, region="北京")  # type: ignore[dict-item]


@each_calculator
def test_every_article_it_may_cite_exists_in_the_statutes(calculator: Calculator) -> None:
    if not STATUTES.exists():
        pytest.skip("no statutes at hand: set UNION_TEST_STATUTES")
    statutes = Statutes.load(STATUTES)
    titles = {"劳动争议司法解释（一）": "最高人民法院关于审理劳动争议案件适用法律问题的解释（一）"}
    for article in calculator.articles:
        assert statutes.text(titles.get(article.law, article.law), article.number) is not None, article.cite


def test_every_law_cited_has_the_name_that_the_digest_gives_it() -> None:
    table = (resources.files("knowledge") / "data" / "laws.txt").read_text(encoding="utf-8")
    names = {line.partition("|")[0].strip() for line in table.splitlines() if not line.startswith("#")}
    for calculator in CALCULATORS.values():
        for article in calculator.articles:
            assert article.law in names, article.cite


_WORDS = st.sampled_from(
    ["", "是", "否", "没有", "1", "2", "3", "0", "36", "8000", "3万", "2500", "99999", "0.5", "两年半", "2021-03-15", "2005-01-31",
     "2026-10-31", "2026-11-21", "2024-02-29", "2028-02-29", "昨天", "12月31日", "三个月", "半", "十", "wages", "other", "birth"]
)  # fmt: skip


def _fitting(asked: Input, today: date) -> st.SearchStrategy[str]:
    """Answers within the bounds of a question, so that the calculation itself is reached."""
    least, most = asked.least or Decimal(0), min(asked.most if asked.most is not None else Decimal(100_000), Decimal(100_000))
    last = date(today.year + 1, 12, 31) if asked.ahead else today
    fitting: dict[Kind, st.SearchStrategy[str]] = {
        Kind.MONEY: st.decimals(least, most, places=2).map(str),
        Kind.DAY: st.one_of(st.dates(date(2004, 1, 1), last), st.dates(date(today.year - 1, 1, 1), last)).map(date.isoformat),
        Kind.WHOLE: st.integers(int(least), int(min(most, Decimal(40)))).map(str) if asked.name != "year" else st.just(str(today.year)),
        Kind.NUMBER: st.decimals(least, min(most, Decimal(60)), places=1).map(str),
        Kind.YES_NO: st.sampled_from(["是", "否"]),
        Kind.CHOICE: st.sampled_from([option.key for option in asked.options] or ["x"]),
    }
    return st.one_of(fitting[asked.kind], st.just("")) if asked.optional else fitting[asked.kind]


def _filled(calculator: Calculator, data: st.DataObject, today: date, region: str) -> dict[str, Value]:
    """A form filled in by chance, an answer that does not fit the others being given again. Raises BadInput if it stays so."""
    values: dict[str, Value] = {}
    while (asked := calculator.next_input(values, today=today, facts=FACTS, region=region)) is not None:
        for tries_left in (2, 1, 0):
            text = data.draw(_fitting(asked, today), label=asked.name)
            try:
                values[asked.name] = calculator.read(asked.name, text, values, today=today, facts=FACTS, region=region)
                break
            except BadInput:
                if not tries_left:
                    raise
    return values


@each_calculator
@settings(database=None, max_examples=150, deadline=None)
@given(data=st.data(), region=st.sampled_from(REGIONS), today=st.dates(date(2022, 1, 1), date(2028, 12, 31)))
def test_any_answers_give_a_sound_result_or_are_refused(calculator: Calculator, data: st.DataObject, region: str, today: date) -> None:
    try:
        values = _filled(calculator, data, today, region)
    except BadInput as bad:
        assert bad.sentence
        reject()
    result = calculator.run(values, today=today, facts=FACTS, region=region)
    assert result.amount is None or (result.amount >= 0 and result.amount == round(result.amount, 2))
    assert set(result.articles) <= set(calculator.articles)
    assert all(figure >= 0 for name, figure in result.values.items() if isinstance(figure, Decimal | int) and name != "days_left")
    assert result.headline and all(line.text for line in result.lines)


@each_calculator
@settings(database=None, max_examples=60, deadline=None)
@given(data=st.data())
def test_no_text_whatever_makes_it_raise_anything_but_a_refusal(calculator: Calculator, data: st.DataObject) -> None:
    raw = data.draw(st.fixed_dictionaries({asked.name: st.one_of(st.text(), _WORDS) for asked in calculator.inputs}))
    try:
        run(calculator.name, raw, region=data.draw(st.one_of(st.text(), st.sampled_from(REGIONS))))
    except BadInput as bad:
        assert bad.name in raw and bad.sentence


@each_calculator
@settings(database=None, max_examples=60)
@given(text=st.text(alphabet="0123456789.,-一二三十百千万亿半年月日个元天小时两 ", max_size=30))
def test_no_mixture_of_numbers_and_units_makes_a_question_raise(calculator: Calculator, text: str) -> None:
    for asked in calculator.inputs:
        try:
            calculator.read(asked.name, text, {}, today=TODAY, facts=FACTS, region="北京")
        except BadInput as bad:
            assert bad.name == asked.name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", "3"), ("三", "3"), ("3年", "3"), ("两年半", "2.5"), ("半年", "0.5"), ("3.5 年", "3.5"), ("大约十二年", "12"), ("５", "5"),
    ],
)  # fmt: skip
def test_numbers_are_read_with_or_without_their_unit(text: str, value: str) -> None:
    years = CALCULATORS["medical-leave"]
    assert years.read("total_years", text, {}, today=TODAY, facts=FACTS, region="北京") == Decimal(value)


@pytest.mark.parametrize("text", ["3个月", "很久", "-2", "2021年", "61", "3年2个月", "亿亿", "1e5"])
def test_what_is_no_number_of_that_unit_is_refused(text: str) -> None:
    years = CALCULATORS["medical-leave"]
    with pytest.raises(BadInput) as refused:
        years.read("total_years", text, {}, today=TODAY, facts=FACTS, region="北京")
    assert "请填数字（年）" in refused.value.sentence


def test_an_amount_that_is_none_is_refused_with_an_example() -> None:
    bad = refusal("notice-pay", {"reason": "unfit", "told": "没有", "wage": "不记得了"})
    assert (bad.name, bad.sentence) == ("wage", "请填金额的数字（元），例如 8000")


def test_an_amount_out_of_bounds_is_refused_with_the_bounds() -> None:
    bad = refusal("notice-pay", {"reason": "unfit", "told": "没有", "wage": "5000万"})
    assert "应在 1 到 10,000,000 之间" in bad.sentence


@pytest.mark.parametrize("text", ["是", "是的", "有", "对", "嗯", "y", "YES", "1"])
def test_yes_is_understood(text: str) -> None:
    assert CALCULATORS["notice-pay"].read("told", text, {}, today=TODAY, facts=FACTS, region="北京") is True


@pytest.mark.parametrize("text", ["否", "不是", "没有", "没", "无", "n", "0"])
def test_no_is_understood(text: str) -> None:
    assert CALCULATORS["notice-pay"].read("told", text, {}, today=TODAY, facts=FACTS, region="北京") is False


@pytest.mark.parametrize("text", ["unfit", "2", "公司说我不胜任，培训或调岗后仍不胜任", "不胜任"])
def test_a_choice_is_made_by_key_number_words_or_a_piece_of_them(text: str) -> None:
    assert CALCULATORS["notice-pay"].read("reason", text, {}, today=TODAY, facts=FACTS, region="北京") == "unfit"


def test_a_choice_that_is_none_is_answered_with_the_list() -> None:
    assert refusal("notice-pay", {"reason": "8"}).sentence.startswith("请选一个：1 病假期满")
    assert refusal("notice-pay", {"reason": "公司"}).name == "reason"  # fits two of them


def _leaving(text: str) -> Value:
    return CALCULATORS["severance"].read("end", text, {}, today=TODAY, facts=FACTS, region="北京")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)), ("2027年3月31日", date(2027, 3, 31)), ("20261231", date(2026, 12, 31)),
        ("昨天", date(2026, 11, 20)), ("上个月15号", date(2026, 10, 15)), ("今年3月31日", date(2026, 3, 31)),
    ],
)  # fmt: skip
def test_a_day_that_may_lie_ahead_is_read_with_its_year(text: str, day: date) -> None:
    assert _leaving(text) == day


@pytest.mark.parametrize("text", ["12月31日", "10月31日", "明年3月", "31号", "2101-01-01", "2026-02-30"])
def test_a_day_that_may_lie_ahead_is_asked_again_when_its_year_is_open(text: str) -> None:
    with pytest.raises(BadInput, match="请填年月日"):
        _leaving(text)


def test_a_day_that_cannot_lie_ahead_is_refused_when_it_does() -> None:
    bad = refusal("double-wage", {"start": "2026-12-01"})
    assert bad.name == "start" and "不能晚于今天" in bad.sentence


def test_what_the_answers_make_needless_is_not_asked_and_not_used() -> None:
    raw = {"reason": "own", "start": "2021-03-15", "wage": "8000"}
    assert set(parse(CALCULATORS["severance"], raw, today=TODAY, facts=FACTS, region="北京")) == {"reason"}
    stale: dict[str, Value] = {"reason": "own", "wage": Decimal(-5)}
    assert CALCULATORS["severance"].run(stale, today=TODAY, facts=FACTS, region="北京").amount == 0


def test_a_document_not_among_the_statutes_is_marked_as_unchecked() -> None:
    cites = [cite for line in run("medical-leave", EXAMPLES["medical-leave"]).lines for cite in line.cites]
    assert "《企业职工患病或非因工负伤医疗期规定》（劳部发〔1994〕479号）第三条，未核对原文" in cites
    assert "《关于贯彻〈企业职工患病或非因工负伤医疗期规定〉的通知》（劳部发〔1995〕236号），未核对原文" in cites
