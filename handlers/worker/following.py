"""用编号和口令查案件: who brings both is the worker of that case, at whatever door. Whatever is wrong, the answer is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers import forms
from handlers.choices import Choices, on_case, plain
from handlers.conversation import Button, Kind, Reply
from handlers.forms import Form
from handlers.steps import Answered, Ask, Problem, Value, Values
from handlers.turn import Turn
from handlers.worker import case_card
from handlers.worker.my_cases import BY_PASSPHRASE, FOLLOW, own
from handlers.worker.welcome import HOTLINE, privacy_notice
from storage.types import CaseId
from union import passphrases
from union.codes import read_code, spoken

MOST_TRIES = 10
"""Wrong tries of one conversation within an hour; besides, each case has its own lock (union/passphrases)."""

WITHIN = timedelta(hours=1)

WRONG = (
    "没有查到。编号 8 位数字，口令四个词，顺序不能变，请核对后再试。\n"
    f"连着试错几次会锁一段时间。口令丢了：用原来的手机或账号点“我的诉求”重新要一个；都没有了，打{HOTLINE}。"
)
_TOO_OFTEN = f"试错的次数太多了，请过一小时再来。着急就打{HOTLINE}。"

_CODE_FIRST = re.compile(r"\D*((?:\d\s*){8})(?!\d)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Ask):
    """The code of a case; the passphrase may follow in the same message."""

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        found = _CODE_FIRST.fullmatch(text.strip())
        code = read_code(found[1]) if found else None
        if found is None or code is None:
            return Problem("编号是 8 位数字，例如 4829 1376。请核对一下再发。")
        said = found[2].strip()
        return Value(code, {"said": said} if any(c.isalnum() for c in said) else {})

    def shown(self, value: object) -> str:
        return spoken(str(value))


def _too_often(turn: Turn) -> bool:
    """Whether this conversation has guessed enough for now."""
    since = turn.now - WITHIN
    turn.state.tried = [tried for tried in turn.state.tried if datetime.fromisoformat(tried) > since]
    return len(turn.state.tried) >= MOST_TRIES


async def begin(turn: Turn, said: str = "") -> list[Reply]:
    """Asks for the code, then for the passphrase. said: what stood behind /follow."""
    if turn.person_id is None:
        turn.state.then = "follow"
        return [privacy_notice(continuing=True)]
    if _too_often(turn):
        return [Reply(text=_TOO_OFTEN)]
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return [Reply(text="您有一张表还没填完，先提交或取消（/cancel），再来查案件。", buttons=forms.resume_button(turn))]
    turn.state.room = None
    replies = await forms.begin(turn, FORM)
    if not said:
        return replies
    turn.incoming = replace(turn.incoming, kind=Kind.TEXT, text=said)
    return await forms.take(turn, {FORM.code: FORM})


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """Holds code and passphrase against the case."""
    if turn.person_id is None:
        return [privacy_notice(continuing=True)]
    if _too_often(turn):
        return [Reply(text=_TOO_OFTEN)]
    case = await passphrases.follow(turn.session, turn.person_id, turn.now, code=values["code"], said=values["said"])
    if case is None:
        turn.state.tried.append(turn.now.isoformat())
        return [Reply(text=WRONG, buttons=((replace(BY_PASSPHRASE, label="再试一次"),),))]
    turn.state.tried = []
    found = "查到了。以后这个案件的消息也会发到这里，您可以在这里接着说。"
    return [Reply(text=found), await case_card.card(turn, case)]


async def ask_unfollow(turn: Turn, case_id: CaseId) -> list[Reply]:
    """不再关注: are you sure? Without the passphrase there is no way back."""
    case = await own(turn, case_id)
    buttons = (Button(label="不再关注", choice=f"w:unfollowed:{case.id}"), Button(label="先留着", choice=f"w:case:{case.id}"))
    text = f"不再关注后，案件 {spoken(case.code)} 的消息不再发到这里；要再看，得重新输入编号和口令。案件照常办理。"
    return [Reply(text=text, buttons=(buttons,))]


async def unfollow(turn: Turn, case_id: CaseId) -> list[Reply]:
    """The case is out of sight at this door; nothing of it changes."""
    case = await own(turn, case_id, lock=True)
    assert turn.person_id is not None
    if not await passphrases.unfollow(turn.session, turn.person_id, case, turn.now):
        return [await case_card.card(turn, case)]
    if turn.state.room == case.id:
        turn.state.room = None
    return [Reply(text=f"好的，案件 {spoken(case.code)} 的消息不再发到这里了。")]


FORM = Form(
    code="follow",
    title="查案件",
    summary="就是这个编号和口令吗？",
    submit_label="查",
    submit=submit,
    straight=True,
    steps=(
        Code(key="code", label="编号", ask="请发案件编号（8 位数字）。口令也可以一起发。"),
        Ask(key="said", label="口令", ask="请发口令：四个词，按原来的顺序，中间空不空格都行。", longest=60),
    ),
)

CHOICES: Choices = {FOLLOW: plain(begin), "w:unfollow": on_case(ask_unfollow), "w:unfollowed": on_case(unfollow)}
