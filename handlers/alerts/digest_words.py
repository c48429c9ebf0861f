"""How a digest reads: the titles of what was gathered and how each begins, and a button to open it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.alerts.notice_words import fill
from handlers.conversation import Button, Reply
from handlers.wording import shorten
from storage.types import NoticeId
from union import emphasis
from union.digest import Gathered

TITLE = "工会通知汇总"

PAGE = 8
"""Notices on one screen."""

OPENING, LABEL = 40, 24
"""Characters that are shown of how a notice begins, and of its title on a button."""


def compose(digest_id: NoticeId, gathered: Sequence[Gathered], first: int = 0) -> Reply:
    """The digest, or its page from the `first` of them on."""
    shown = list(enumerate(gathered, 1))[first : first + PAGE]
    lines = [f"{number}. {each.title}\n{_opening(each)}" for number, each in shown]
    begin = f"有 {len(gathered)} 条通知，没有一条条打扰您，放在这里一起看。点下面的按钮看全文。"
    buttons = [(Button(label=shorten(f"{number}. {each.title}", LABEL), choice=f"n:open:{each.notice_id}"),) for number, each in shown]
    if first + PAGE < len(gathered):
        buttons.append((Button(label="后面还有", choice=f"n:list:{digest_id}:{first + PAGE}"),))
    last = (Button(label="通知设置", choice="n:settings"), Button(label="全部不收", choice="n:off"))
    return fill(Reply(title=TITLE, text="\n\n".join([begin, *lines]), buttons=(*buttons, last)), "", "")


def _opening(gathered: Gathered) -> str:
    line = next((line for line in gathered.opening.splitlines() if line.strip()), "")
    # A mark that is left has lost its other one, where the text was cut.
    return shorten(emphasis.read(line).text.replace(emphasis.MARK, ""), OPENING)
