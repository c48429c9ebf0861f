"""Notes: written down for colleagues, with a line in the history that says nothing of what they say."""

from __future__ import annotations

from storage.models import NoteKind
from tests.union.world import World
from union import notes


async def test_a_note_is_kept_and_the_history_tells_only_that_there_is_one(world: World) -> None:
    case_id = await world.new_case()
    note = await world.change(case_id, lambda s, c: notes.add(s, c, "对方脾气急", world.clock.now(), by=world.lawyer))
    line = (await world.events(case_id))[-1]
    assert (line.action, line.actor_id, line.detail) == ("case.noted", world.lawyer, {"note": note.id, "kind": "note"})
    async with world.database.begin() as session:
        found = await notes.of_case(session, case_id)
    assert [(each.text, each.kind, each.author_id) for each in found] == [("对方脾气急", NoteKind.NOTE, world.lawyer)]


async def test_the_last_notes_come_oldest_first_and_only_those_of_the_case(world: World) -> None:
    case_id, other = await world.new_case(), await world.new_case()
    for number in range(4):
        text = f"第{number}条"
        await world.change(case_id, lambda s, c, text=text: notes.add(s, c, text, world.clock.now(), by=world.lawyer))  # type: ignore[misc]
    await world.change(other, lambda s, c: notes.add(s, c, "别的案件", world.clock.now(), by=world.lawyer))
    async with world.database.begin() as session:
        assert [note.text for note in await notes.of_case(session, case_id, limit=2)] == ["第2条", "第3条"]
