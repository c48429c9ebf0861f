"""How the results of a survey read on a phone: bars made of characters, and every share with what it is a share of."""

from __future__ import annotations

from decimal import Decimal

from handlers.figure_words import bar, percent
from handlers.survey_sets import KIND
from handlers.wording import moment, money
from storage.models import Survey, SurveyKind
from union.figures import share
from union.signups import Standing
from union.small_cells import FEWEST
from union.survey_questions import COUNTED, Takes
from union.survey_results import Hidden, Results, Spread, Tally, UnitRow, Vote

HIDDEN = {
    Hidden.RUNNING: "这是不记名的，结束以后才能看结果；现在只有参加人数。",
    Hidden.FEW: f"参加的不到 {FEWEST} 人，为了不让人猜出是谁，不显示结果。",
}


def state(survey: Survey) -> str:
    """Until when, or since when not any more."""
    return f"{moment(survey.closes_at)}截止" if survey.closed_at is None else f"{moment(survey.closed_at)}已结束"


def heading(survey: Survey, unit: str) -> list[str]:
    """What it is, in the first lines of its card."""
    how = "不记名" if survey.anonymous else "记名"
    lines = [f"第 {survey.id} 号 · {KIND[survey.kind]} · {how}", f"{unit}，{state(survey)}"]
    return [*lines, f"活动时间：{moment(survey.held_at)}"] if survey.held_at else lines


def filled(found: Standing) -> str:
    """How the places of an activity are taken."""
    of = "不限名额" if found.places is None else f"共 {found.places} 个名额，还剩 {found.free} 个"
    return f"已报 {found.taken} 人，候补 {found.waiting} 人（{of}）"


def took_part(found: Results) -> str:
    """How many have taken part, of how many where that is known."""
    if found.entitled is None:
        return f"参加 {found.took_part} 人"
    rate = share(found.took_part, found.entitled)
    return f"参加 {found.took_part} 人，应参加的会员 {found.entitled} 人" + (f"（{percent(rate)}）" if rate is not None else "")


def verdict(vote: Vote) -> str:
    """Whether the plan is carried, and the sum behind it (S1 三(三)2)."""
    rate = share(vote.agreed, vote.entitled)
    sums = f"同意 {vote.agreed} 人 ÷ 应参加的全体会员 {vote.entitled} 人 = {percent(rate) if rate is not None else '算不出'}"
    if vote.is_carried:
        return f"通过：{sums}，达到三分之二。"
    if not vote.is_quorate:
        return f"没有通过：{sums}。参加的还不到全体会员的三分之二。"
    return f"没有通过：{sums}，没到三分之二。"


def tally(number: int, found: Tally) -> str:
    """One question with its bars, or its numbers."""
    question = found.question
    lines = [f"{number}. {question.text}"]
    if question.takes in COUNTED:
        return "\n".join([*lines, _spread(found.spread, money_of=question.takes is Takes.MONEY)])
    if question.takes is Takes.WORDS:
        return "\n".join([*lines, f"{found.answered} 人写了话"])
    for option, count in zip(question.options, found.counts, strict=True):
        rate = share(count, found.answered)
        lines.append(f"{bar(count, found.answered)} {option} {count}" + (f"（{percent(rate)}）" if rate is not None else ""))
    lines.append(f"共 {found.answered} 人答" + ("，可以选几个，所以加起来超过 100%" if question.takes is Takes.MANY else ""))
    return "\n".join(lines)


def _spread(spread: Spread | None, *, money_of: bool) -> str:
    if spread is None:
        return "还没有人答"
    low, middle, high = (_value(each, money_of) for each in (spread.p10, spread.median, spread.p90))
    if low == high:
        return f"差不多都是 {middle}\n共 {spread.number} 人答"
    return f"中位数 {middle}；最低的一成在 {low} 以下，最高的一成在 {high} 以上\n共 {spread.number} 人答"


def _value(value: Decimal, money_of: bool) -> str:
    return money(value) if money_of else f"{value.normalize():f}"


def goal(found: Tally) -> str:
    """满意率 with what counts as satisfied, against 90% (S1)."""
    if found.good_share is None:
        return "满意率：还没有人答"
    counted = "、".join(found.question.options[place] for place in found.question.good)
    reached = "达到 90% 的目标" if found.reaches_goal else "没到 90% 的目标"
    return f"满意率 {percent(found.good_share)}（{found.answered} 票中 {counted} {found.good} 票），{reached}"


def unit_line(row: UnitRow, kind: SurveyKind) -> str:
    """A unit's line in the breakdown."""
    if row.good is None or row.good_share is None:
        return f"{row.unit.name}　人数太少，不单列"
    word = "满意" if kind is SurveyKind.APPRAISAL else "同意"
    short = "，没到 90%" if kind is SurveyKind.APPRAISAL and not row.reaches_goal else ""
    return f"{bar(row.good, row.answered)} {row.unit.name}　{word} {percent(row.good_share)}（{row.good}/{row.answered}）{short}"


def wage_line(spread: Spread | None) -> str:
    """The wages of an industry or a district in a line."""
    if spread is None:
        return "人太少，不显示"
    return f"中位数 {money(spread.median)}（一成不到 {money(spread.p10)}，一成超过 {money(spread.p90)}；{spread.number} 人）"
