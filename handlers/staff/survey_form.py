"""新建报名或调查: which kind, for whom, the questions, the places, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from handlers import forms
from handlers.conversation import Button, Kind, Reply
from handlers.forms import Form, NotAccepted
from handlers.lawyer import at_hand
from handlers.moments import When
from handlers.staff import survey_lines
from handlers.staff.survey_lines import BadLines
from handlers.steps import Answered, Ask, Offer, Pick, Problem, Step, Value, Values
from handlers.survey_sets import ready_made
from handlers.turn import Turn
from handlers.wording import today
from storage.models import Role, SurveyKind, UnitKind
from storage.types import UnitId
from union import surveys, units
from union.errors import NotAllowed, NotFound
from union.survey_questions import BadQuestions, from_json
from union.surveys import LONGEST_TITLE, MOST_PLACES, BadSurvey, Wanted
from union.units import UnitCard

YEAR = timedelta(days=365)

_READY, _NONE = "ready", "none"


def _kind(values: Values) -> SurveyKind | None:
    chosen = ready_made().get(values.get("set", ""))
    return None if chosen is None else chosen.kind


def _signs_up(values: Values) -> bool:
    return _kind(values) is SurveyKind.SIGN_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichKind(Pick):
    """What it is to be; what each is for stands above the buttons."""

    def question(self, values: Values) -> str:
        return "\n".join([self.ask, "", *(f"· {each.label}：{each.about}" for each in ready_made().values())])


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStep(Step):
    """One of one's own units, or one below by its name. Kept as {"unit", "name"}."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        found = [(unit.short, str(unit.id)) for unit in await self._near(turn)]
        return [found[i : i + 3] for i in range(0, len(found), 3)]

    async def _near(self, turn: Turn) -> list[UnitCard]:
        actor = await turn.actor()
        found: dict[UnitId, UnitCard] = {}
        for own in actor.units(Role.STAFF, Role.ADMIN):
            below = UnitKind.DISTRICT if own.kind is UnitKind.CITY else UnitKind.STREET
            found |= {unit.id: unit for unit in (own, *await units.children(turn.session, own.id, below))}
        return list(found.values())

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        actor = await turn.actor()
        typed = turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else ""
        if choice:
            found = [unit for unit in await self._near(turn) if str(unit.id) == choice]
        else:
            found = [
                unit
                for unit in (await units.find_by_name(turn.session, typed) if typed else ())
                if actor.reaches(unit.path, Role.STAFF, Role.ADMIN)
            ]
        if len(found) != 1:
            return Problem("请点下面的一个，或者写您管辖的单位的全名。")
        return Value({"unit": found[0].id, "name": found[0].name})

    def shown(self, value: Any) -> str:
        return str(value["name"])


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsStep(Step):
    """Questions typed one per line, or those that stand ready. Kept as the survey keeps them."""

    def question(self, values: Values) -> str:
        ready = ready_made()[values["set"]].questions
        how = f"一行写一题，选项写在冒号后面；没有选项的就打字回答。例如：\n\n{survey_lines.EXAMPLE}"
        if not ready:
            return f"出题吧，最多 20 题。{how}"
        return f"现成的题目是：\n\n{survey_lines.write_lines(ready)}\n\n就用这些，点下面；想自己出，{how}"

    async def offer(self, turn: Turn, values: Values) -> Offer:
        found = [[("就用现成的题目", _READY)]] if ready_made()[values["set"]].questions else []
        return [*found, [("什么都不用填", _NONE)]] if _signs_up(values) else found

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice == _NONE and _signs_up(values):
            return Value([])
        if choice == _READY:
            return Value([question.to_json() for question in ready_made()[values["set"]].questions])
        if turn.incoming.kind is not Kind.TEXT or choice:
            return Problem("请打字出题，一行一题。")
        if _kind(values) not in (SurveyKind.SURVEY, SurveyKind.SIGN_UP):
            return Problem("评议、表决和工资调查的题目要和别的单位一样才能比，请用现成的；想自己出题，请取消后选“问卷调查”。")
        try:
            return Value([question.to_json() for question in survey_lines.read_lines(turn.incoming.text)])
        except BadLines as bad:
            return Problem(f"{bad}请改好以后把全部题目再发一次。")

    def shown(self, value: Any) -> str:
        return f"{len(value)} 题\n{survey_lines.write_lines(from_json(value))}" if value else "什么都不用填"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places(Step):
    """How many places. None for no limit."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[(number, number) for number in ("20", "30", "50", "100")], [("不限", "none")]]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        said = choice or (turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else "")
        if said in ("none", "不限"):
            return Value(None)
        plain = said.removesuffix("个").removesuffix("人").strip()
        if not plain.isdecimal() or len(plain) > 6 or not 1 <= int(plain) <= MOST_PLACES:
            return Problem(f"请写一个数，1 到 {MOST_PLACES:,}；不限名额就点“不限”。")
        return Value(int(plain))

    def shown(self, value: Any) -> str:
        return "不限" if value is None else f"{value} 个"


@dataclass(frozen=True, slots=True, kw_only=True)
class Until(When):
    """The end: usual ones stand on buttons, at six in the evening."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        on = today(turn.now)
        ends = [(label, on + timedelta(days=days)) for label, days in (("三天", 3), ("一周", 7), ("两周", 14), ("一个月", 30))]
        return [[(label, f"{day.isoformat()} {time(18):%H:%M}") for label, day in ends]]


async def begin(turn: Turn) -> list[Reply]:
    """新建."""
    if not (await turn.actor()).has(Role.STAFF, Role.ADMIN):
        return [Reply(text="报名和调查由工会干部来建，您的身份没有这个权限。")]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM)


_PROBLEMS = {
    "held_before_closing": ("closes_at", "报名要在活动开始以前截止，请改早一点。"),
    "closes_at": ("closes_at", "截止时间要在现在以后、一年以内。"),
    "title": ("title", f"名称 1 到 {LONGEST_TITLE} 个字。"),
}


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """建好."""
    chosen = ready_made()[values["set"]]
    held_at = values.get("held_at")
    wanted = Wanted(
        unit_id=UnitId(values["unit"]["unit"]),
        kind=chosen.kind,
        title=values["title"],
        questions=from_json(values["questions"]),
        anonymous=values.get("named") == "no",
        places=values.get("places"),
        held_at=datetime.fromisoformat(held_at) if held_at else None,
        closes_at=datetime.fromisoformat(values["closes_at"]),
    )
    try:
        survey = await surveys.define(turn.session, await turn.actor(), wanted, turn.now)
    except (NotAllowed, NotFound):
        return [Reply(text="这个单位不归您管辖，没有建。")]
    except BadQuestions:
        raise NotAccepted("questions", "题目不对，请再出一次。") from None
    except BadSurvey as bad:
        raise NotAccepted(*_PROBLEMS.get(bad.reason, ("questions", "这样建不了，请检查题目和名额。"))) from None
    text = f"“{survey.title}”建好了。现在发通知给大家：写通知时在按钮那一步点“报名或调查”，选它就行。"
    onward = (Button(label="写通知", choice="s:nwrite"), Button(label="打开看看", choice=f"s:survey:{survey.id}"))
    return [Reply(title="建好了", text=text, buttons=(onward,))]


FORM = Form(
    code="new_survey",
    title="新建报名或调查",
    summary="请核对。建好以后题目不能再改。",
    submit_label="建好",
    submit=submit,
    steps=(
        WhichKind(key="set", label="类型", ask="要建哪一种？", choices=tuple((each.label, each.code) for each in ready_made().values())),
        UnitStep(key="unit", label="单位", ask="给哪个单位（包括它下面所有单位）的职工？"),
        Ask(key="title", label="名称", ask=f"叫什么名字？{LONGEST_TITLE} 个字以内，例如“秋季健步走”。", shortest=2, longest=LONGEST_TITLE),
        QuestionsStep(key="questions", label="题目", ask=""),
        Pick(
            key="named",
            label="记名",
            ask="要不要记名？不记名的，谁也查不出是谁填的，结束后才看得到结果。",
            choices=(("不记名", "no"), ("记名", "yes")),
            when=lambda values: _kind(values) is SurveyKind.SURVEY,
        ),
        Places(key="places", label="名额", ask="一共多少个名额？报满以后的人排候补。", when=_signs_up),
        When(
            key="held_at",
            label="活动时间",
            ask="活动什么时候开始？例如“11月25日 14:30”。前一天会提醒有名额的人。不定时间的就点“跳过”。",
            optional=True,
            furthest=YEAR,
            parts=False,
            when=_signs_up,
        ),
        Until(key="closes_at", label="截止", ask="什么时候截止？可以点，也可以写，例如“11月25日 18:00”。", furthest=YEAR),
    ),
)
