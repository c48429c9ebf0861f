"""办理经过: every line of the history has words, and none of them names the worker."""

from __future__ import annotations

import pathlib
import re

import pytest
import sqlalchemy as sa

from handlers.staff.history import LAST, told
from handlers.staff.history_words import Line, words
from storage.models import Person
from tests.handlers.talk import Talk
from tests.union.world import RULES, World
from union import history
from union.lifecycle import TRANSITIONS

ROOT = pathlib.Path(__file__).parents[2]
NO_LINES = {"case.illegal_transition", "case.in_conflict"}  # codes of errors


def written() -> set[str]:
    """Every action that the program writes into a history."""
    found = {f"case.{transition.event}" for transition in TRANSITIONS.values()}
    for folder in ("union", "handlers"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name not in ("history_words.py", "history.py"):
                found.update(re.findall(r'"(case\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    return found - NO_LINES


@pytest.mark.parametrize("action", sorted(written()))
def test_every_line_that_is_written_has_words(action: str) -> None:
    detail = {"day": "2026-11-18", "at": "2026-11-18T02:00:00+00:00", "outcome": "settled", "marks": [5]}
    line = Line(action, detail, None, {}, {}, {}, RULES, "职工")
    assert "其他变动" not in words(line)
    assert not re.search(r"[a-z_]{3,}", words(line))


def test_a_line_that_an_older_program_wrote_is_told_without_its_code() -> None:
    assert words(Line("case.forgotten", {}, None, {}, {}, {}, RULES, "职工")) == "系统：其他变动"


async def test_the_history_is_told_in_words(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    world.clock.advance(hours=1)
    await world.accept(case_id)
    world.clock.advance(hours=23)
    await world.sweep()
    await world.contact(case_id)
    await staff.choose(f"s:urge:{case_id}")
    await staff.choose(f"c:history:{case_id}")
    for line in (
        "受理",
        "派给何律师（劲松街道总工会指定律师）",
        "何律师接单",
        "超过24小时未介入，已报朝阳区总工会（区干部）",
        "何律师介入（消息送达职工）",
        "区干部催办",
    ):
        assert line in staff.screen, line


async def test_a_worker_is_never_named_whoever_they_are(world: World, staff: Talk) -> None:
    """Somebody known to the union by name, who is anonymous in this case."""
    async with world.database.begin() as session:
        await session.execute(sa.update(Person).where(Person.id == world.worker).values(name="王小明"))
    case_id = await world.new_case(anonymous=True)
    await world.contact(case_id)
    await world.write(case_id, world.worker)
    await world.withdraw(case_id)
    async with world.database.begin() as session:
        history.note(session, case_id, "case.added", world.clock.now(), actor_id=world.worker)
    await staff.choose(f"c:history:{case_id}")
    assert "职工补充了内容" in staff.screen
    assert "王小明" not in staff.screen


async def test_a_long_history_shows_its_end_and_how_much_there_is_before(world: World) -> None:
    case_id = await world.new_case(routed=False)
    async with world.database.begin() as session:
        for _ in range(LAST + 3):
            history.note(session, case_id, "case.urged", world.clock.now(), actor_id=world.staff)
    async with world.database.begin() as session:
        lines = (await told(session, case_id, RULES)).splitlines()
    assert len(lines) == LAST + 1
    assert lines[0] == f"（前面还有 {len(await world.history(case_id)) - LAST} 条）"


@pytest.mark.parametrize(("how", "said"), [("call", "和职工通了电话"), ("visit", "和职工见了面"), ("message", "消息送达职工")])
def test_how_the_first_contact_was_made_is_a_whole_sentence(how: str, said: str) -> None:
    assert words(Line("case.intervened", {"how": how}, None, {}, {}, {}, RULES, "职工")) == f"系统介入（{said}）"
