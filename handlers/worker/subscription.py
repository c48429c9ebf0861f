"""通知设置: which notices somebody gets, as a screen that changes under the finger; and the buttons under a notice and under a digest."""

from __future__ import annotations

from dataclasses import replace

from handlers.alerts import digest_words
from handlers.alerts.notice_words import CATEGORY, compose, fill
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.interests import interests
from handlers.turn import Turn
from handlers.worker.welcome import privacy_notice
from storage.models import Category, NoticeStatus, Person
from storage.types import NoticeId, PersonId
from union import digest, subscriptions
from union.errors import NotFound
from union.subscriptions import SWITCHES, Wishes
from union.units import unit_card

WORD, COMMAND = "通知设置", "/notices"
BUTTON = Button(label=WORD, choice="n:settings")
THEN = "notices"

_THANKS = "好的。有事随时打字问我。"
_NOT_ALONE = "紧急通知（自然灾害、重大事故、安全警示）关系到您的安全，不能单独关。真的不想收，可以全部不收。"
_GONE = "这条通知已经看不到了。有事直接打字问我就行。"


# ---- the screen


async def show(turn: Turn) -> list[Reply]:
    """通知设置 and /notices. What somebody wants to hear is kept, so it needs their consent first."""
    if turn.person_id is None:
        turn.state.then = THEN
        return [privacy_notice(continuing=True)]
    return [await _screen(turn, turn.person_id)]


async def _screen(turn: Turn, me: PersonId) -> Reply:
    wishes = await subscriptions.wishes(turn.session, me)
    buttons = [_toggle(wishes, category) for category in SWITCHES]
    topics = Button(label=f"关注的内容（{len(wishes.topics & interests().keys())}）", choice="n:topics")
    everything = Button(label="全部恢复" if wishes.all_off else "全部不收", choice=f"n:all:{int(wishes.all_off)}")
    return Reply(
        title=WORD, text=_explained(wishes, await subscriptions.a_day(turn.session)), buttons=(*rows(buttons, 2), (topics, everything))
    )


def _toggle(wishes: Wishes, category: Category) -> Button:
    on = wishes.wanted[category] and not wishes.all_off
    return Button(label=f"{CATEGORY[category]}：{'开' if on else '关'}", choice=f"n:set:{category}:{int(not on)}")


def _explained(wishes: Wishes, a_day: int) -> str:
    first = (
        "现在什么通知都不发给您。点一类，就只收这一类（和紧急通知）；点“全部恢复”，和以前一样收。"
        if wishes.all_off
        else "点一下就改：开着的发给您，关了的不发。"
    )
    return (
        f"{first}\n\n"
        f"晚上 9 点到早上 8 点不打扰您；一天最多 {a_day} 条，多出来的并成一条，中午 11:30 发。\n"
        "紧急通知随时发，只能跟别的一起全部关掉。\n"
        "您自己案件的消息不算通知，照常会收到。"
    )


def _in_place(turn: Turn, reply: Reply) -> list[Reply]:
    """The message that held the button becomes this one."""
    return [replace(reply, edit=turn.incoming.message_ref)]


async def _set(turn: Turn, parts: list[str]) -> list[Reply]:
    category, on = Category(parts[0]), _flag(parts[1:])
    if turn.person_id is None:
        return await show(turn)
    await subscriptions.switch(turn.session, turn.person_id, category, turn.now, on=on)
    return _in_place(turn, await _screen(turn, turn.person_id))


async def _all(turn: Turn, parts: list[str]) -> list[Reply]:
    if turn.person_id is None:
        return await show(turn)
    await subscriptions.everything(turn.session, turn.person_id, turn.now, on=_flag(parts))
    return _in_place(turn, await _screen(turn, turn.person_id))


def _flag(parts: list[str]) -> bool:
    if parts not in (["0"], ["1"]):
        raise ValueError("not a button of ours")
    return parts == ["1"]


async def _back(turn: Turn) -> list[Reply]:
    return _in_place(turn, (await show(turn))[0])


# ---- topics


async def _topics(turn: Turn) -> list[Reply]:
    if turn.person_id is None:
        return await show(turn)
    chosen = (await subscriptions.wishes(turn.session, turn.person_id)).topics
    buttons = [
        Button(label=("✓ " if code in chosen else "") + label, choice=f"n:like:{code}:{int(code not in chosen)}")
        for code, label in interests().items()
    ]
    text = "您关心什么？有这方面的活动和服务，先告诉您。点一下加上，再点一下去掉。"
    return _in_place(turn, Reply(title="关注的内容", text=text, buttons=(*rows(buttons, 2), (Button(label="好了", choice="n:back"),))))


async def _like(turn: Turn, parts: list[str]) -> list[Reply]:
    topic, liked = parts[0], _flag(parts[1:])
    if topic not in interests():
        raise ValueError("no such topic")
    if turn.person_id is not None:
        await subscriptions.like(turn.session, turn.person_id, topic, liked=liked)
    return await _topics(turn)


# ---- under a notice


def _meant(parts: list[str]) -> tuple[Category | None, NoticeId | None]:
    """What stands behind 不再接收 and 恢复接收: the category, None for everything; and the notice, None under older ones and under a digest.

    Raises ValueError.
    """
    return Category(parts[0]) if parts[0] else None, NoticeId(int(parts[1])) if parts[1:] else None


def _behind(name: str, category: Category | None, notice_id: NoticeId | None) -> str:
    return ":".join(str(part) for part in (name, category or "", notice_id or "")).rstrip(":")


async def _note_left(turn: Turn, me: PersonId, notice_id: NoticeId | None, *, left: bool) -> None:
    if notice_id is not None:
        await subscriptions.note_left(turn.session, me, notice_id, left=left)


async def _off(turn: Turn, parts: list[str]) -> list[Reply]:
    """不再接收: of this category, or of everything where none stands behind it."""
    category, notice_id = _meant(parts)
    if turn.person_id is None:
        return [Reply(text=_THANKS)]
    everything = Button(label="全部不收", choice=_behind("n:off", None, notice_id))
    if category is None:
        await subscriptions.everything(turn.session, turn.person_id, turn.now, on=False)
    elif not await subscriptions.switch(turn.session, turn.person_id, category, turn.now, on=False):
        return [Reply(text=_NOT_ALONE, buttons=((everything, BUTTON),))]
    await _note_left(turn, turn.person_id, notice_id, left=True)
    back = (Button(label="恢复接收", choice=_behind("n:on", category, notice_id)),)
    if category is None:
        return [Reply(text="好的，以后什么工会通知都不发给您，紧急的也不发。您自己案件的消息照常会收到。", buttons=(back,))]
    text = f"好的，“{CATEGORY[category]}”不再发给您。别的通知和您自己案件的消息照常会收到。"
    return [Reply(text=text, buttons=(back, (everything, BUTTON)))]


async def _on(turn: Turn, parts: list[str]) -> list[Reply]:
    """恢复接收: the press before it is taken back."""
    category, notice_id = _meant(parts)
    if turn.person_id is None:
        return [Reply(text=_THANKS)]
    if category is None:
        await subscriptions.everything(turn.session, turn.person_id, turn.now, on=True)
    else:
        await subscriptions.switch(turn.session, turn.person_id, category, turn.now, on=True)
    await _note_left(turn, turn.person_id, notice_id, left=False)
    text = "好的，恢复接收工会通知，和以前一样。" if category is None else f"好的，“{CATEGORY[category]}”恢复接收。"
    return _in_place(turn, Reply(text=text, buttons=((BUTTON,),)))


async def _read(turn: Turn) -> list[Reply]:
    return [Reply(text=_THANKS)]


# ---- under a digest


async def _open(turn: Turn, parts: list[str]) -> list[Reply]:
    """One of the notices of a digest, whole."""
    if turn.person_id is None:
        return [Reply(text=_GONE)]
    try:
        notice = await digest.opened(turn.session, NoticeId(int(parts[0])), turn.person_id, turn.now)
    except NotFound:
        return [Reply(text=_GONE)]
    if notice.status is NoticeStatus.STOPPED:
        return [Reply(text="这条通知已经停发了。")]
    sender = await unit_card(turn.session, notice.unit_id)
    person = await turn.session.get_one(Person, turn.person_id)
    own = "" if person.unit_id is None else (await unit_card(turn.session, person.unit_id)).name
    return [fill(compose(notice, sender.name), person.name or "", own)]


async def _list(turn: Turn, parts: list[str]) -> list[Reply]:
    """The next page of a digest."""
    digest_id, first = NoticeId(int(parts[0])), int(parts[1] if parts[1:] else "")
    if turn.person_id is None:
        return [Reply(text=_GONE)]
    told = await digest.told_to(await turn.session.connection(), digest_id, [turn.person_id])
    gathered = told.get(turn.person_id, [])
    if not 0 <= first < len(gathered):
        return [Reply(text=_GONE)]
    return [digest_words.compose(digest_id, gathered, first)]


CHOICES: Choices = {
    "n:settings": plain(show),
    "n:back": plain(_back),
    "n:set": _set,
    "n:all": _all,
    "n:topics": plain(_topics),
    "n:like": _like,
    "n:off": _off,
    "n:on": _on,
    "n:read": plain(_read),
    "n:open": _open,
    "n:list": _list,
}
