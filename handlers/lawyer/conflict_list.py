"""利益冲突: the employers that are or were clients of a lawyer or of the firm. No case against them comes, and those that are there can go."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, Reply, rows
from handlers.forms import Form
from handlers.lawyer import at_hand, cards
from handlers.steps import Ask, Values
from handlers.turn import Turn
from handlers.wording import shorten
from storage.models import Case
from union import conflicts, workload
from union.errors import NotFound
from union.lifecycle import AT_WORK

A_PAGE = 10


async def show(turn: Turn, page: int = 0) -> list[Reply]:
    """What is declared, and the way to take it back."""
    standing = await conflicts.declared(turn.session, at_hand.me(turn))
    last = max(0, (len(standing) - 1) // A_PAGE)
    page = max(0, min(page, last))
    shown = list(enumerate(standing, 1))[page * A_PAGE : (page + 1) * A_PAGE]
    lines = [f"{number}. {shorten(conflict.employer, 40)}" for number, conflict in shown]
    about = "您登记的这些单位，您和同律所的律师都不会接到针对它们的案件。"
    text = "\n".join([about, "", *lines]) if lines else "还没有登记。您或律所现在、以前代理过的单位，登记以后就不会派给您和同律所的律师。"
    gone = [Button(label=f"撤回 {number}", choice=f"m:unconflict:{conflict.id}") for number, conflict in shown]
    turns = [
        Button(label=label, choice=f"m:conflicts:{to}") for label, to in (("上一页", page - 1), ("下一页", page + 1)) if 0 <= to <= last
    ]
    ways = (*turns, Button(label="登记", choice="m:conflict"), Button(label="回到设置", choice="m:settings"))
    return [Reply(title=f"利益冲突（{len(standing)} 家）", text=text, buttons=(*rows(gone, 4), ways))]


async def begin(turn: Turn) -> list[Reply]:
    """登记."""
    if turn.state.draft is not None and turn.state.draft.form != FORM.code:
        return at_hand.unfinished(turn)
    turn.state.room = None
    return await forms.begin(turn, FORM)


async def _declare(turn: Turn, values: Values) -> list[Reply]:
    """One employer a line. A case that is there already against one of them is shown at once."""
    added, known, unread = 0, 0, []
    met: dict[int, Case] = {}
    for line in dict.fromkeys(part.strip() for part in values["employers"].splitlines() if part.strip()):
        try:
            fresh = await conflicts.declare(turn.session, at_hand.me(turn), line, turn.now)
        except conflicts.TooMany:
            unread.append(line)
            continue
        except ValueError:
            unread.append(line)
            continue
        except NotFound:
            return [Reply(text="利益冲突登记是律师用的。")]
        added, known = added + fresh, known + (not fresh)
        met |= {case.id: case for case in await workload.against(turn.session, at_hand.me(turn), line)}
    said = [f"登记了 {added} 家。"] if added else []
    said += [f"{known} 家原来就有。"] if known else []
    said += (
        [f"没有登记上：{'、'.join(shorten(line, 20) for line in unread[:5])}（名称太短，或者超过 {conflicts.MOST} 家）。"] if unread else []
    )
    return [Reply(text="".join(said)), *[_met(case) for case in met.values()], *await show(turn)]


def _met(case: Case) -> Reply:
    """A case against an employer that was just declared."""
    way = "c:overed" if case.status in AT_WORK else "c:declined"
    buttons = (Button(label="转给别的律师", choice=f"{way}:{case.id}:conflict"), at_hand.back(case, "看案件"))
    text = f"您手上这件就是针对 {shorten(case.employer, 30)} 的，由您办不合适，请转给别的律师。"
    return Reply(title=at_hand.titled(f"有冲突：{cards.who(case)}", case), text=text, buttons=(buttons,))


async def take_back(turn: Turn, parts: list[str]) -> list[Reply]:
    """撤回. Pressed twice it is gone all the same."""
    gone = await conflicts.take_back(turn.session, at_hand.me(turn), int(parts[0]), turn.now)
    return [Reply(text="已撤回。" if gone else "这一条已经撤回了。"), *await show(turn)]


async def _page(turn: Turn, parts: list[str]) -> list[Reply]:
    return await show(turn, int(parts[0] or 0))


FORM = Form(
    code="conflicts",
    title="登记利益冲突",
    summary="请核对。登记后对您和同律所的律师都有效。",
    submit_label="登记",
    submit=_declare,
    steps=(Ask(key="employers", label="单位", ask="写单位全称，一行一家，可以一次写很多家。", shortest=2, longest=4000),),
)

CHOICES: Choices = {"m:conflicts": _page, "m:conflict": plain(begin), "m:unconflict": take_back}
