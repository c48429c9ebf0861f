"""公开答复: what others asked and what the union answered, for everybody to read, the newest first."""

from __future__ import annotations

from handlers.choices import Choices
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.turn import Turn
from handlers.wording import day, today
from storage.types import UnitId
from union import publishing, units
from union.publishing import Shown

PUBLIC = "w:public"
BUTTON = Button(label="公开答复", choice=PUBLIC)

PAGE = 3
_EVERYWHERE = 0


async def show(turn: Turn, unit_id: UnitId | None = None, page: int = 0) -> list[Reply]:
    """Three of them, and the way to older ones and to a district's own. Raises NotFound for a unit that there is not."""
    unit = await units.unit_card(turn.session, unit_id) if unit_id is not None else None
    found, total = await publishing.latest(turn.session, below=unit.path if unit else "", offset=page * PAGE, limit=PAGE)
    title = f"公开答复 · {unit.place}" if unit else "公开答复"
    if not found:
        others = _elsewhere(unit_id) if unit_id is not None else ()
        return [Reply(title=title, text="还没有公开的答复。您提了建议并同意公开的，答复后会放在这里。", buttons=others)]
    text = "\n\n".join(_told(shown) for shown in found)
    scope = unit_id or _EVERYWHERE
    return [Reply(title=title, text=text, buttons=(*_pages(scope, page, total), *_elsewhere(unit_id)))]


def _told(shown: Shown) -> str:
    published = shown.answer
    return f"问：{published.question}\n答：{published.answer}\n—— {shown.unit.name}，{day(today(published.published_at))}"


def _pages(scope: int, page: int, total: int) -> ButtonRows:
    found = []
    if page > 0:
        found.append(Button(label="新一些的", choice=f"{PUBLIC}:{scope}:{page - 1}"))
    if (page + 1) * PAGE < total:
        found.append(Button(label="早一些的", choice=f"{PUBLIC}:{scope}:{page + 1}"))
    return (tuple(found),) if found else ()


def _elsewhere(unit_id: UnitId | None) -> ButtonRows:
    by_district = Button(label="选区看", choice=f"{PUBLIC}:district")
    return ((by_district,),) if unit_id is None else ((by_district, Button(label="看全市", choice=PUBLIC)),)


async def districts(turn: Turn) -> list[Reply]:
    """选区看: those in which there is something to read."""
    found = await publishing.districts(turn.session)
    if not found:
        return await show(turn)
    buttons = [Button(label=f"{unit.short} {count}", choice=f"{PUBLIC}:{unit.id}:0") for unit, count in found]
    return [Reply(title="公开答复", text="看哪个区的？", buttons=(*rows(buttons, 4), (Button(label="看全市", choice=PUBLIC),)))]


async def _take(turn: Turn, parts: list[str]) -> list[Reply]:
    if parts[0] == "district":
        return await districts(turn)
    scope, page = int(parts[0] or _EVERYWHERE), int(parts[1]) if len(parts) > 1 else 0
    if not 0 <= page < 10_000:
        raise ValueError("no such page")
    return await show(turn, UnitId(scope) if scope else None, page)


CHOICES: Choices = {PUBLIC: _take}
