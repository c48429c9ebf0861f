"""编号和口令: what a worker needs to find their case again from any other phone. It is shown once; the union itself can't look it up."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply
from handlers.turn import Turn
from handlers.worker.my_cases import own
from storage.models import Case
from storage.types import CaseId
from union import passphrases
from union.codes import spoken

_KEEP = "请抄下来或截图存好。口令只显示这一次，工会也查不到；丢了可以用现在这个账号到“我的诉求”里重新要一个。"


def _shown(case: Case, phrase: str, why: str) -> Reply:
    return Reply(title="请记下编号和口令", text=f"{why}\n\n编号：{spoken(case.code)}\n口令：{phrase}\n\n{_KEEP}")


async def first(turn: Turn, case: Case) -> Reply:
    """With an anonymous case that has just been opened: nobody could prove otherwise that it is theirs."""
    phrase = await passphrases.give(turn.session, case)
    return _shown(case, phrase, "您是匿名的。换了手机或账号，凭这两样就能接着查、接着说：")


async def ask(turn: Turn, case_id: CaseId) -> list[Reply]:
    """编号和口令, from the card. A new one ends the old one, so that is asked first."""
    case = await own(turn, case_id, "passphrase")
    if case.passphrase_index is None:
        return await renew(turn, case_id)
    again = Button(label="重新要一个", choice=f"w:newphrase:{case.id}")
    keep = Button(label="不用了", choice=f"w:case:{case.id}")
    return [Reply(text="这个案件已经有口令了，工会查不到是什么。重新要一个，原来的就不能用了。", buttons=((again, keep),))]


async def renew(turn: Turn, case_id: CaseId) -> list[Reply]:
    """A passphrase made anew."""
    case = await own(turn, case_id, "passphrase", lock=True)
    assert turn.person_id is not None
    phrase = await passphrases.renew(turn.session, case, turn.now, by=turn.person_id)
    return [_shown(case, phrase, "换了手机或账号，点“更多”里的“用编号和口令查案件”，凭这两样就能接着查：")]


CHOICES: Choices = {"w:phrase": on_case(ask), "w:newphrase": on_case(renew)}
