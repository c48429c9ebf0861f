"""How the wish to be called reads to the one responsible. The number stands on its own screen, which asks who is looking (access "call")."""

from __future__ import annotations

from handlers.alerts.about import About, Table
from handlers.conversation import Button, Reply
from handlers.wording import moment
from storage.models import CallBack
from union.alerts import Fact
from union.codes import spoken


async def _asked(about: About) -> Reply | None:
    call = await about.session.get(CallBack, int(about.params["call_back"]))
    if call is None or call.done_at is not None or not about.theirs:
        return None
    buttons = (Button(label="看号码", choice=f"c:calls:{about.case.id}"), Button(label="看案件", choice=f"c:card:{about.case.id}"))
    return Reply(
        title=f"请您打电话 · 案件 {spoken(about.case.code)}",
        text=f"对方希望您在 {moment(call.wanted_at)} 左右打过去。号码只为这一次通话给您，打完登记一下就删掉。",
        buttons=(buttons,),
    )


WORDS: Table = {Fact.CALL_BACK_ASKED: _asked}
