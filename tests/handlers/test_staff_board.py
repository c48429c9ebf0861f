"""The board: how much is open and where, the list with the overdue on top, filters, pages, and the way into a subordinate unit."""

from __future__ import annotations

import pytest

from handlers.staff.board import PAGE
from storage.models import Role
from tests.handlers.talk import Talk, Talks
from tests.union.world import CHAOYANG, HAIDIAN, JINSONG, WANGJING, World, new_officer
from union import people


def choices(talk: Talk) -> list[str]:
    return [button.choice for reply in talk.last for row in reply.buttons for button in row]


async def test_an_empty_board_says_so(staff: Talk) -> None:
    await staff.say("看板")
    assert "没有在办的案件" in staff.screen


async def test_the_board_lists_what_is_open_below_with_the_overdue_on_top(world: World, staff: Talk) -> None:
    overdue = await world.new_case()
    world.clock.advance(hours=24)
    fresh = await world.new_case(unit_id=WANGJING)
    await staff.say("/board")
    assert "在办 2 件：等待联系 2 件，其中超时 1 件" in staff.screen
    assert [choice for choice in choices(staff) if choice.startswith("c:card")] == [f"c:card:{overdue}", f"c:card:{fresh}"]
    assert staff.labels[0].endswith("刚超时")


async def test_what_staff_handle_themselves_stands_first_and_is_marked(world: World, talks: Talks, staff: Talk) -> None:
    await world.new_case()
    own = await world.new_case(kind="complaint")
    assert (await world.case(own)).officer_id == world.staff
    await staff.say("看板")
    assert choices(staff)[0] == f"c:card:{own}"
    assert staff.labels[0].startswith("我办")
    assert "其中 1 件由您负责" in staff.screen


@pytest.mark.parametrize(
    ("label", "kinds"),
    [("没人接", ["dispute", "complaint"]), ("投诉", ["complaint"]), ("等联系", ["dispute", "complaint"])],
)
async def test_a_filter_narrows_the_list_to_what_its_button_says(world: World, staff: Talk, label: str, kinds: list[str]) -> None:
    found = {kind: await world.new_case(kind=kind) for kind in ("dispute", "complaint")}
    await world.contact(await world.new_case(unit_id=WANGJING))
    await staff.say("看板")
    await staff.press(f"{label} {len(kinds)}")
    cards = [choice for choice in choices(staff) if choice.startswith("c:card")]
    assert sorted(cards) == sorted(f"c:card:{found[kind]}" for kind in kinds)


async def test_what_there_is_none_of_has_no_filter(world: World, staff: Talk) -> None:
    await world.new_case()
    await staff.say("看板")
    assert not any(label.startswith(("超时", "突发", "帮扶", "建议", "办理中")) for label in staff.labels[1:])


async def test_a_long_board_has_pages_on_which_every_case_stands_once(world: World, staff: Talk) -> None:
    ids = set()
    for _ in range(PAGE + 1):
        ids.add(await world.new_case(routed=False))
    await staff.say("看板")
    first = {choice for choice in choices(staff) if choice.startswith("c:card")}
    await staff.press("下一页")
    second = {choice for choice in choices(staff) if choice.startswith("c:card")}
    assert first.isdisjoint(second)
    assert first | second == {f"c:card:{case_id}" for case_id in ids}
    await staff.press("上一页")
    assert {choice for choice in choices(staff) if choice.startswith("c:card")} == first


async def test_the_table_by_unit_says_where_the_cases_stand_and_leads_into_a_unit(world: World, talks: Talks) -> None:
    late = await world.new_case()
    world.clock.advance(hours=24)
    await world.new_case(unit_id=HAIDIAN, routed=False)
    city = await talks.of(world.city_staff)
    await city.say("看板")
    await city.press("按单位看")
    assert "朝阳：超时 1 · 待接单 1" in city.screen
    assert "海淀：待派单 1" in city.screen
    assert city.screen.index("朝阳：") < city.screen.index("海淀：")
    await city.press("朝阳 1")
    assert [choice for choice in choices(city) if choice.startswith("c:card")] == [f"c:card:{late}"]
    await city.press("按单位看")
    assert "劲松：超时 1" in city.screen
    await city.press("回到整个看板")
    assert "在办 2 件" in city.screen


async def test_nobody_looks_into_a_unit_beyond_their_own(world: World, talks: Talks) -> None:
    await world.new_case()
    haidian = await talks.of(world.haidian_staff)
    for choice in (f"s:board:all:0:{CHAOYANG}", f"s:units:{CHAOYANG}", f"s:board:all:0:{JINSONG}"):
        await haidian.choose(choice)
        assert "没有在办的案件" in haidian.screen


@pytest.mark.parametrize("choice", ["s:board", "s:board:x:0:0", "s:board:all:-1:0", "s:board:all:x:0", "s:units:x", "s:board:all:0:999999"])
async def test_a_forged_button_of_the_board_is_answered(world: World, staff: Talk, choice: str) -> None:
    await world.new_case()
    await staff.choose(choice)
    assert len(staff.last) == 1


async def test_a_lawyer_has_no_board(world: World, lawyer: Talk) -> None:
    await world.new_case()
    for choice in ("s:board:all:0:0", "s:units:0"):
        await lawyer.choose(choice)
        assert "给工会干部用的" in lawyer.screen


async def test_a_case_against_the_workplace_whose_union_an_officer_chairs_is_on_no_board(world: World, talks: Talks) -> None:
    """Staff of 朝阳 who also chair 劲松街道's union: a case about it is not theirs to see, and is not counted either."""
    case_id = await world.new_case(employer="劲松街道总工会")
    async with world.database.begin() as session:
        await people.grant(session, person_id=world.staff, role=Role.CHAIR, unit_id=JINSONG, now=world.clock.now())
    staff = await talks.of(world.staff)
    await staff.say("看板")
    assert f"c:card:{case_id}" not in choices(staff)
    assert "没有在办的案件" in staff.screen


async def test_staff_see_the_inbox_with_what_they_handle(world: World, staff: Talk) -> None:
    own = await world.new_case(kind="help")
    await staff.say("收件箱")
    assert f"c:card:{own}" in choices(staff)


async def test_what_staff_with_cases_type_is_offered_for_one_of_them(world: World, staff: Talk) -> None:
    own = await world.new_case(kind="help")
    await world.accept(own)
    await staff.say("您明天上午来服务站吧")
    assert f"c:send:{own}" in choices(staff)


async def test_the_card_for_staff_has_few_buttons_and_the_rest_behind_more(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"c:card:{case_id}")
    assert staff.labels == ["改派", "催办", "看全文", "办理经过", "更多"]
    await staff.press("更多")
    for label in ("约调解", "移送劳动监察", "逐级上报", "转给别的单位", "并案、拆案、群体", "联系不上，暂停时钟", "看联系方式", "内部备注"):
        assert label in staff.labels, label


async def test_every_button_behind_more_leads_somewhere(world: World, staff: Talk) -> None:
    case_id = await world.new_case()
    await staff.choose(f"s:more:{case_id}")
    for choice in choices(staff):
        await staff.choose(choice)
        assert "用不上了" not in staff.screen, choice
        await staff.say("/cancel")


async def test_more_is_for_staff_of_the_unit_alone(world: World, talks: Talks, lawyer: Talk) -> None:
    case_id = await world.new_case()
    haidian = await talks.of(world.haidian_staff)
    for talk in (haidian, lawyer):
        await talk.choose(f"s:more:{case_id}")
        assert "没有找到这个案件" in talk.screen


async def test_two_officers_of_a_unit_share_the_board(world: World, talks: Talks) -> None:
    async with world.database.begin() as session:
        colleague = await new_officer(session, "同事", CHAOYANG, world.clock.now())
    case_id = await world.new_case()
    second = await talks.of(colleague)
    await second.say("看板")
    assert f"c:card:{case_id}" in choices(second)
