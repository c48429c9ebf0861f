"""报名和调查: what there is, how it is filled, what came of it; ended early, and taken away as a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Concatenate

import structlog

from handlers import forms
from handlers.choices import Choices, Take, plain
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand
from handlers.sheets import XLSX
from handlers.staff import survey_form, survey_sheet, survey_words
from handlers.staff.survey_form import Places
from handlers.steps import Values
from handlers.survey_sets import KIND
from handlers.turn import Turn
from handlers.wording import shorten
from storage.models import Role, Survey, SurveyKind
from storage.types import SurveyId
from union import papers, signups, survey_closing, survey_results, surveys, units
from union.errors import NotFound
from union.survey_questions import Means, Takes

log = structlog.get_logger()

WORD, COMMAND = "报名和调查", "/surveys"

A_PAGE = 8
QUESTIONS_A_PAGE = 3
LINES_A_PAGE = 20
LONGEST_PAGE = 3000  # characters of what people wrote

_NOT_FOR_YOU = "“报名和调查”是工会干部用的。"
_NOT_YOURS = "没有找到这个报名或调查，或者它不归您管辖。请从“报名和调查”里选。"


# ---- the list and the card


async def begin(turn: Turn) -> list[Reply]:
    """报名和调查 and /surveys."""
    return await _list(turn, ["0"])


async def _list(turn: Turn, parts: list[str]) -> list[Reply]:
    actor, page = await turn.actor(), max(0, int(parts[0]))
    if not actor.has(Role.STAFF, Role.ADMIN):
        return [Reply(text=_NOT_FOR_YOU)]
    turn.state.room = None
    found = await surveys.of_units(turn.session, actor, offset=page * A_PAGE, limit=A_PAGE + 1)
    buttons = [Button(label=_label(survey), choice=f"s:survey:{survey.id}") for survey in found[:A_PAGE]]
    new = Button(label="新建", choice="s:survey_new")
    text = "点一个打开：" if found else "还没有建过。报名、问卷、会员评议、年度计划表决、工资调查，都从“新建”开始，再随通知发出去。"
    return [Reply(title=WORD, text=text, buttons=(*rows(buttons, 1), *_turning("s:surveys", page, len(found) > A_PAGE), (new,)))]


def _label(survey: Survey) -> str:
    return f"{shorten(survey.title, 18)} · {KIND[survey.kind]}" + ("（已结束）" if survey.closed_at else "")


def _turning(choice: str, page: int, more: bool) -> ButtonRows:
    turns = [("上一页", page - 1)] if page else []
    turns += [("下一页", page + 1)] if more else []
    return (tuple(Button(label=label, choice=f"{choice}:{to}") for label, to in turns),) if turns else ()


async def card(turn: Turn, survey: Survey) -> list[Reply]:
    """How it stands, and what can be done with it."""
    unit = await units.unit_card(turn.session, survey.unit_id)
    found = await survey_results.results(turn.session, survey)
    lines = survey_words.heading(survey, unit.name)
    if survey.kind is SurveyKind.SIGN_UP:
        lines.append(survey_words.filled(await signups.standing(turn.session, survey)))
    else:
        lines.append(survey_words.took_part(found))
    if found.hidden is not None:
        lines.append(survey_words.HIDDEN[found.hidden])
    if found.vote is not None:
        lines.append(survey_words.verdict(found.vote))
    buttons = _buttons(survey, found, reads_words=surveys.may_read_words(await turn.actor(), survey))
    if surveys.is_open(survey, turn.now):
        buttons.append(Button(label="现在就截止", choice=f"s:survey_close:{survey.id}"))
    elif survey.closed_at is None:
        lines.append("已经截止，正在汇总，过一两分钟再看；汇总好了会告诉建它的人。")
    back = Button(label="回到列表", choice="s:surveys:0")
    return [Reply(title=survey.title, text="\n".join(lines), buttons=(*rows(buttons, 2), (back,)))]


def _buttons(survey: Survey, found: survey_results.Results, *, reads_words: bool) -> list[Button]:
    buttons = [Button(label="看结果", choice=f"s:survey_results:{survey.id}:0")] if found.tallies else []
    if any(tally.question.good for tally in found.tallies):
        buttons.append(Button(label="按单位", choice=f"s:survey_units:{survey.id}:0"))
    if survey.kind is SurveyKind.WAGES and found.tallies:
        buttons.append(Button(label="按行业和区", choice=f"s:survey_wages:{survey.id}:0"))
    written = any(tally.question.takes is Takes.WORDS and tally.answered for tally in found.tallies)
    if written and reads_words and survey.kind is not SurveyKind.SIGN_UP:  # of a sign-up they stand in the list
        buttons.append(Button(label="看写的话", choice=f"s:survey_words:{survey.id}:0"))
    if found.hidden is None:
        buttons.append(Button(label="导出表格", choice=f"s:survey_sheet:{survey.id}"))
    if survey.kind is SurveyKind.SIGN_UP:
        buttons.append(Button(label="改名额", choice=f"s:survey_places:{survey.id}"))
    return buttons


def _back(survey: Survey) -> tuple[Button, ...]:
    return (Button(label="返回", choice=f"s:survey:{survey.id}"),)


# ---- results


async def _results(turn: Turn, survey: Survey, page_: str) -> list[Reply]:
    """看结果: a few questions at a time, each with its bars."""
    page = max(0, int(page_))
    found = await survey_results.results(turn.session, survey)
    if found.hidden is not None or not found.tallies:
        return await card(turn, survey)
    first = page * QUESTIONS_A_PAGE
    shown = list(enumerate(found.tallies, 1))[first : first + QUESTIONS_A_PAGE]
    blocks = [survey_words.took_part(found)]
    for number, tally in shown:
        extra = f"\n{survey_words.goal(tally)}" if survey.kind is SurveyKind.APPRAISAL and tally.question.good else ""
        blocks.append(survey_words.tally(number, tally) + extra)
    if found.vote is not None:
        blocks.append(survey_words.verdict(found.vote))
    turning = _turning(f"s:survey_results:{survey.id}", page, len(found.tallies) > first + QUESTIONS_A_PAGE)
    return [Reply(title=f"结果 · {survey.title}", text="\n\n".join(blocks), buttons=(*turning, _back(survey)))]


async def _units(turn: Turn, survey: Survey, page_: str) -> list[Reply]:
    """按单位: the first question with a goal, the lowest share first."""
    found = await survey_results.results(turn.session, survey)
    tally = next((each for each in found.tallies if each.question.good), None)
    if tally is None:
        return await card(turn, survey)
    lines = [survey_words.unit_line(row, survey.kind) for row in await survey_results.by_unit(turn.session, survey, tally)]
    note = f"题目：{tally.question.text}\n人数少的单位不单列，免得让人猜出是谁；票算在上一级里。"
    return [_paged(survey, lines, int(page_), title=f"按单位 · {survey.title}", note=note, choice="s:survey_units")]


async def _wages(turn: Turn, survey: Survey, page_: str) -> list[Reply]:
    """按行业和区."""
    found = await survey_results.results(turn.session, survey)
    if survey.kind is not SurveyKind.WAGES or found.hidden is not None:
        return await card(turn, survey)
    told = await survey_results.wages(turn.session, survey)
    industry = next((tally.question for tally in found.tallies if tally.question.means is Means.INDUSTRY), None)
    names = await units.cards(turn.session, [row.district for row in told if row.district])
    places = {unit_id: unit.place for unit_id, unit in names.items()}
    lines = [f"{survey_sheet.wage_name(row, industry, places)}\n  {survey_words.wage_line(row.spread)}" for row in told]
    return [_paged(survey, lines, int(page_), title=f"月工资 · {survey.title}", note="四舍五入到 10 元。", choice="s:survey_wages")]


def _paged(survey: Survey, lines: list[str], page: int, *, title: str, note: str, choice: str) -> Reply:
    first = max(0, page) * LINES_A_PAGE
    turning = _turning(f"{choice}:{survey.id}", max(0, page), len(lines) > first + LINES_A_PAGE)
    text = "\n".join([note, "", *lines[first : first + LINES_A_PAGE]])
    return Reply(title=title, text=text, buttons=(*turning, _back(survey)))


async def _words(turn: Turn, survey: Survey, page_: str) -> list[Reply]:
    """看写的话: each text for itself; nothing says who wrote it, or what else they answered."""
    found, actor = await survey_results.results(turn.session, survey), await turn.actor()
    if survey.kind is SurveyKind.SIGN_UP or not surveys.may_read_words(actor, survey):
        return await card(turn, survey)
    asked = [tally.question for tally in found.tallies if tally.question.takes is Takes.WORDS]
    texts = [text for question in asked for text in await survey_results.written(turn.session, actor, found, question)]
    if not texts:
        return await card(turn, survey)
    pages = _pages(texts)
    page = max(0, min(int(page_), len(pages) - 1))
    turning = _turning(f"s:survey_words:{survey.id}", page, page + 1 < len(pages))
    note = "写的话和别的答案分开放，按字排列，看不出是谁写的。请不要去猜。"
    return [Reply(title=f"写的话 · {survey.title}", text="\n\n".join([note, *pages[page]]), buttons=(*turning, _back(survey)))]


def _pages(texts: list[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for text in texts:
        if pages[-1] and sum(len(each) + 4 for each in pages[-1]) + len(text) > LONGEST_PAGE:
            pages.append([])
        pages[-1].append(f"· {text}")
    return pages


async def _sheet(turn: Turn, survey: Survey) -> list[Reply]:
    """导出表格."""
    actor = await turn.actor()
    found = await survey_results.results(turn.session, survey)
    if found.hidden is not None:
        return await card(turn, survey)
    data = await survey_sheet.workbook(turn.session, actor, found)
    name = f"{KIND[survey.kind]}-{survey.id}.xlsx"
    file_id = await papers.make(turn.session, name=name, mime=XLSX, data=data, now=turn.now)
    each = surveys.may_see_each(actor, survey)
    log.info("survey.exported", person=actor.id, survey=survey.id, each_answer=each)
    about = "里面有每个人填的内容，请妥善保管，不要外传。" if each else "里面没有谁填了什么。"
    return [Reply(text=f"各题的结果和图都在里面。{about}", file=file_id)]


# ---- changed


async def _close(turn: Turn, survey: Survey, sure: str = "") -> list[Reply]:
    """现在就截止: are you sure? And the press that says so."""
    if not surveys.is_open(survey, turn.now):
        return await card(turn, survey)
    if sure != "yes":
        buttons = (
            Button(label="确定截止", choice=f"s:survey_close:{survey.id}:yes"),
            Button(label="不截止", choice=f"s:survey:{survey.id}"),
        )
        return [Reply(title=survey.title, text="截止后不能再开。确定现在就截止吗？", buttons=(buttons,))]
    await survey_closing.close(turn.session, await turn.actor(), survey.id, turn.now)
    return await card(turn, survey)


async def _begin_places(turn: Turn, survey: Survey) -> list[Reply]:
    """改名额."""
    if survey.kind is not SurveyKind.SIGN_UP:
        return await card(turn, survey)
    if turn.state.draft is not None and (turn.state.draft.form, turn.state.draft.about) != (PLACES.code, survey.id):
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, PLACES, about=survey.id, of=survey.title)


async def _set_places(turn: Turn, values: Values) -> list[Reply]:
    survey_id = SurveyId(values["about"])
    try:
        moved = await signups.set_places(turn.session, await turn.actor(), survey_id, values["places"], turn.now)
        survey = await surveys.access(turn.session, await turn.actor(), survey_id)
    except NotFound:
        return [Reply(text=_NOT_YOURS)]
    told = f"候补的 {moved} 人有了名额，已经告诉他们。" if moved else "已经报上的人不受影响。"
    return [Reply(text=f"名额改好了。{told}"), *await card(turn, survey)]


PLACES = Form(
    code="survey_places",
    title="改名额",
    summary="",
    submit_label="改好",
    submit=_set_places,
    straight=True,
    steps=(Places(key="places", label="名额", ask="一共多少个名额？改少了，已经报上的人不受影响。"),),
)

FORMS: tuple[Form, ...] = (survey_form.FORM, PLACES)


# ---- buttons


def _on_survey(action: Callable[Concatenate[Turn, Survey, ...], Awaitable[list[Reply]]], least: int = 0, most: int | None = None) -> Take:
    """For a button whose first part is a survey's number; so many parts more are handed on as they are."""

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        number, *rest = parts
        if not least <= len(rest) <= (least if most is None else most):
            raise ValueError("not a button of ours")
        try:
            survey = await surveys.access(turn.session, await turn.actor(), SurveyId(int(number)))
        except NotFound:
            return [Reply(text=_NOT_YOURS)]
        return await action(turn, survey, *rest)

    return take


CHOICES: Choices = {
    "s:surveys": _list,
    "s:survey_new": plain(survey_form.begin),
    "s:survey": _on_survey(card),
    "s:survey_results": _on_survey(_results, 1),
    "s:survey_units": _on_survey(_units, 1),
    "s:survey_wages": _on_survey(_wages, 1),
    "s:survey_words": _on_survey(_words, 1),
    "s:survey_sheet": _on_survey(_sheet),
    "s:survey_places": _on_survey(_begin_places),
    "s:survey_close": _on_survey(_close, 0, 1),
}
