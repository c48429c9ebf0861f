"""并案、拆案、群体 at the desk."""

from __future__ import annotations

import pytest

from knowledge import Topic
from storage.models import CaseStatus
from storage.types import CaseId
from tests.handlers.talk import Talk, Talks
from tests.union.world import HAIDIAN, World, new_person
from union import cases
from union.alerts import MEMBER


async def two(world: World) -> tuple[CaseId, CaseId]:
    older = await world.new_case()
    world.clock.advance(hours=1)
    return older, await world.new_case()


async def of_workers(world: World, count: int) -> list[CaseId]:
    found = []
    for _ in range(count):
        async with world.database.begin() as session:
            worker = await new_person(session, "", world.clock.now(), MEMBER)
        found.append(await world.new_case(worker_id=worker))
    return found


# ---- merging


async def test_what_staff_have_split_is_not_shown_as_told_twice(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"c:split:{case_id}")
    await staff.say("老板还扣了押金五百块")
    await staff.press("劳动争议", "工资", "受理成新案件")
    await staff.choose(f"c:card:{case_id}")
    assert "可能重复（1），看看" not in staff.labels


async def test_a_note_says_that_it_is_what_the_worker_told_in_the_other_case(world: World, staff: Talk, lawyer: Talk) -> None:
    older, newer = await two(world)
    await staff.choose(f"s:merged:{older}:{newer}")
    await lawyer.choose(f"c:notes:{older}")
    assert "备注：（并入的案件" in lawyer.screen


async def test_a_lawyer_sees_on_the_card_that_cases_are_led_together(world: World, staff: Talk, lawyer: Talk) -> None:
    first, second = await of_workers(world, 2)
    await staff.choose(f"s:join:{first}:{second}")
    await lawyer.choose(f"c:card:{second}")
    assert "群体案件：同一单位的 2 件一起办" in lawyer.screen


async def test_the_card_shows_that_something_may_have_been_told_twice(world: World, staff: Talk) -> None:
    older, newer = await two(world)
    await staff.choose(f"c:card:{newer}")
    await staff.press("可能重复（1）")
    await staff.press("并案")
    assert "留下" in staff.screen
    assert (await world.case(newer)).status is CaseStatus.ASSIGNED  # nothing has been done yet
    await staff.press("是一件事，并案")
    assert (await world.case(newer)).merged_into_id == older
    await staff.choose(f"s:links:{older}")
    assert "已并进来" in staff.screen


async def test_worker_and_lawyer_read_what_has_become_of_it(world: World, staff: Talk, lawyer: Talk, talks: Talks) -> None:
    older, newer = await two(world)
    worker = await talks.of(world.worker)
    await lawyer.hears()
    await staff.choose(f"s:merged:{older}:{newer}")
    code = (await world.case(older)).code
    await worker.hears()
    assert "两个案件并成一个" in worker.screen
    assert f"{code[:4]} {code[4:]}" in worker.screen
    await lawyer.hears()
    assert "不用再单独办理" in lawyer.screen
    assert "内部备注" in lawyer.screen


async def test_the_words_of_the_newer_stand_among_the_notes_of_the_older(world: World, staff: Talk, lawyer: Talk) -> None:
    older, newer = await two(world)
    await staff.choose(f"s:merged:{older}:{newer}")
    await lawyer.choose(f"c:notes:{older}")
    assert "老板拖欠我两个月工资" in lawyer.screen


async def test_cases_of_two_workers_are_not_offered_and_not_merged(world: World, staff: Talk) -> None:
    one, other = await of_workers(world, 2)
    await staff.choose(f"c:card:{one}")
    assert not any("重复" in label for label in staff.labels)
    await staff.choose(f"s:merged:{one}:{other}")
    assert "不是同一个人的" in staff.screen


@pytest.mark.parametrize("choice", ["s:merge:{0}:{0}", "s:merged:{0}:x", "s:merge:{0}:999999", "s:merged:{0}"])
async def test_a_forged_button_merges_nothing(world: World, staff: Talk, choice: str) -> None:
    older, _ = await two(world)
    await staff.choose(choice.format(older))
    assert "没有找到这个案件" in staff.screen


async def test_nobody_merges_with_a_case_beyond_their_reach(world: World, talks: Talks) -> None:
    older = await world.new_case(unit_id=HAIDIAN)
    world.clock.advance(hours=1)
    newer = await world.new_case()
    for person in (world.staff, world.haidian_staff):
        talk = await talks.of(person)
        await talk.choose(f"s:merged:{older}:{newer}")
        assert "没有找到这个案件" in talk.screen
    assert (await world.case(newer)).merged_into_id is None


# ---- splitting


async def test_a_part_becomes_a_case_and_the_worker_is_told(world: World, staff: Talk, talks: Talks) -> None:
    case_id = await world.new_case()
    worker = await talks.of(world.worker)
    await staff.choose(f"s:links:{case_id}")
    await staff.press("拆出一件")
    await staff.say("孩子上学没有钱，想申请助学")
    await staff.press("困难帮扶", Topic.HARDSHIP.label, "受理成新案件")
    assert "新案件" in staff.screen
    await worker.hears()
    assert "多了一个案件" in worker.screen
    async with world.database.begin() as session:
        found = await cases.cases_of_worker(session, world.worker)
    assert sorted(case.kind for case in found) == ["dispute", "help"]


async def test_a_lawyer_may_split_too(world: World, lawyer: Talk) -> None:
    case_id = await world.new_case()
    await lawyer.choose(f"c:split:{case_id}")
    assert "另一件事是什么" in lawyer.screen


# ---- a group


async def test_staff_make_a_group_and_its_lawyer_writes_to_all_of_them(world: World, staff: Talk, lawyer: Talk, talks: Talks) -> None:
    lead, other, third = await of_workers(world, 3)
    await staff.choose(f"s:links:{lead}")
    assert "同一单位还有别的职工的 2 件在办" in staff.screen
    await staff.press("组成群体案件一起办", "这 2 件全部加入")
    assert "2 件已加入群体" in staff.screen
    await staff.press("看群体")
    assert "牵头" in staff.screen
    await lawyer.choose(f"c:groupword:{lead}")
    await lawyer.say("周五上午统一去仲裁委，请带身份证")
    await lawyer.press("发出")
    assert "3 位职工" in lawyer.screen
    for case_id in (lead, other, third):
        said = await world.room(case_id)
        assert [message.text for message in said] == ["周五上午统一去仲裁委，请带身份证"]


async def test_one_more_joins_and_one_leaves(world: World, staff: Talk) -> None:
    lead, other, third = await of_workers(world, 3)
    await staff.choose(f"s:join:{lead}:{other}")
    assert (await world.case(other)).collective_id == lead
    await staff.choose(f"s:group:{other}")
    await staff.press("加入")
    assert (await world.case(third)).collective_id == lead
    await staff.choose(f"s:links:{third}")
    await staff.press("退出群体，单独办")
    assert (await world.case(third)).collective_id is None


async def test_a_group_word_goes_only_to_those_whom_one_handles(world: World, staff: Talk, lawyer: Talk) -> None:
    lead, other = await of_workers(world, 2)
    await staff.choose(f"s:join:{lead}:{other}")
    await world.give(other, world.pool_lawyer)
    await lawyer.choose(f"c:groupword:{lead}")
    assert "没有和别的案件一起办" in lawyer.screen


async def test_groups_are_made_by_staff_alone(world: World, lawyer: Talk) -> None:
    lead, other = await of_workers(world, 2)
    for choice in (f"s:links:{lead}", f"s:group:{lead}", f"s:join:{lead}:{other}", f"s:joinall:{lead}", f"s:leave:{lead}"):
        await lawyer.choose(choice)
        assert "没有找到这个案件" in lawyer.screen
