"""我的设置: how much and what a lawyer takes, when they are away, whom they may not act against, what they keep ready."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.languages import label, languages
from handlers.lawyer import at_hand
from handlers.steps import Values
from handlers.turn import Turn
from handlers.whole_number import WholeNumber
from handlers.wording import day
from knowledge import Topic
from storage.models import Role
from union import canned, conflicts, leave, workload
from union.errors import NotFound
from union.leave import first_day, last_day

WORD, COMMAND = "我的设置", "/settings"

LAWYERS_ONLY = "“我的设置”是给律师用的。"


async def show(turn: Turn) -> list[Reply]:
    """我的设置 and /settings. Who handles cases without being a lawyer keeps their sentences here."""
    me = at_hand.me(turn)
    sentences = Button(label=f"常用语（{len(await canned.of(turn.session, me))}）", choice="m:sentences")
    actor = await turn.actor()
    if not actor.has(Role.LAWYER):
        if not actor.has(Role.STAFF, Role.ADMIN):
            return [Reply(text=LAWYERS_ONLY)]
        return [Reply(title=WORD, text="写给来人时用得上的话，可以存在这里。", buttons=((sentences,),))]
    lawyer = await workload.lawyer(turn.session, me)
    away = await leave.standing(turn.session, me, turn.now)
    clients = await conflicts.declared(turn.session, me)
    lines = [
        f"名下案件：{await workload.load_of(turn.session, me)} 件，最多接 {lawyer.capacity} 件",
        f"擅长：{_topics(lawyer.topics)}",
        f"语言：普通话{''.join(f'、{label(code)}' for code in lawyer.languages)}",
        "休假：" + ("、".join(f"{day(first_day(each))} 到 {day(last_day(each))}" for each in away[:2]) if away else "没有登记"),
        f"利益冲突：{len(clients)} 家单位",
    ]
    buttons = [
        Button(label="休假", choice="m:leave"),
        Button(label="最多接几件", choice="m:capacity"),
        Button(label="擅长的事由", choice="m:topics"),
        Button(label="会的语言", choice="m:languages"),
        Button(label="利益冲突", choice="m:conflicts:0"),
        sentences,
        Button(label="我的数据", choice="c:figures"),
    ]
    return [Reply(title=WORD, text="\n".join(lines), buttons=rows(buttons, 2))]


def _topics(codes: list[str]) -> str:
    return "、".join(Topic(code).label for code in codes if code in set(Topic)) or "都可以"


# ---- how many


async def begin_capacity(turn: Turn) -> list[Reply]:
    """最多接几件."""
    if turn.state.draft is not None and turn.state.draft.form != CAPACITY.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, CAPACITY)


async def _set_capacity(turn: Turn, values: Values) -> list[Reply]:
    try:
        await workload.set_capacity(turn.session, at_hand.me(turn), int(values["number"]))
    except NotFound:
        return [Reply(text=LAWYERS_ONLY)]
    await turn.session.flush()
    return [Reply(text=f"改好了：最多接 {values['number']} 件。已经在办的不会收回。"), *await show(turn)]


# ---- what


async def topics(turn: Turn) -> list[Reply]:
    """擅长的事由: a tap adds one or takes it away."""
    lawyer = await workload.lawyer(turn.session, at_hand.me(turn))
    buttons = [
        Button(label=("✓ " if topic.value in lawyer.topics else "") + topic.label, choice=f"m:topic:{topic.value}")
        for topic in Topic
        if topic is not Topic.NOT_LABOUR
    ]
    last = (Button(label="都可以", choice="m:topic:"), Button(label="好了", choice="m:settings"))
    text = f"现在：{_topics(lawyer.topics)}。\n点一下加上，再点一下去掉。案件先派给擅长的人。"
    return [Reply(title="擅长的事由", text=text, buttons=(*rows(buttons, 2), last), slot="topics")]


async def _topic(turn: Turn, parts: list[str]) -> list[Reply]:
    if parts[0] and parts[0] not in set(Topic):
        raise ValueError("no such topic")
    await workload.toggle_topic(turn.session, at_hand.me(turn), parts[0])
    await turn.session.flush()
    return await topics(turn)


async def spoken(turn: Turn) -> list[Reply]:
    """会的语言: a tap adds one or takes it away."""
    lawyer = await workload.lawyer(turn.session, at_hand.me(turn))
    buttons = [
        Button(label=("✓ " if code in lawyer.languages else "") + language.label, choice=f"m:language:{code}")
        for code, language in languages().items()
    ]
    text = "普通话以外，您还会哪些？点一下加上，再点一下去掉。需要这种语言的职工会先派给您。"
    return [Reply(title="会的语言", text=text, buttons=(*rows(buttons, 2), (Button(label="好了", choice="m:settings"),)), slot="languages")]


async def _language(turn: Turn, parts: list[str]) -> list[Reply]:
    if parts[0] not in languages():
        raise ValueError("no such language")
    await workload.toggle_language(turn.session, at_hand.me(turn), parts[0])
    await turn.session.flush()
    return await spoken(turn)


CAPACITY = Form(
    code="capacity",
    title="最多接几件",
    summary="请核对。",
    submit_label="改好",
    submit=_set_capacity,
    steps=(
        WholeNumber(
            key="number",
            label="最多",
            ask="同时最多办几件？满了就不再派新的。",
            usual=(5, 10, 20, 30, 50),
            counter="件",
            least=workload.LEAST,
            most=workload.MOST,
            problem=f"请写一个数，{workload.LEAST} 到 {workload.MOST}。暂时不接新案件，请登记休假。",
        ),
    ),
    straight=True,
)

CHOICES: Choices = {
    "m:settings": plain(show),
    "m:capacity": plain(begin_capacity),
    "m:topics": plain(topics),
    "m:topic": _topic,
    "m:languages": plain(spoken),
    "m:language": _language,
}
