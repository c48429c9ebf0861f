"""发给谁: an audience put together with buttons, with its count after every change, and a list out of a spreadsheet."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from handlers.conversation import CHOICE_LIMIT
from handlers.sheets import LONG_LIST, BadSheet
from handlers.staff import audience_list
from handlers.staff.audience_menus import MENUS
from handlers.staff.audience_steps import audience_of
from handlers.staff.audience_words import audience_words
from storage.models import (
    FileStatus,
    Interest,
    NoticeList,
    NoticeListEntry,
    Role,
    RoleGrant,
    StoredFile,
    Survey,
    SurveyKind,
    Unit,
    UnitKind,
)
from storage.types import ListId, PersonId, SurveyId, UnitId
from tests.handlers.talk import Talk, Talks
from tests.union.audience_world import EDUCATION, HOTEL, SCHOOL, add, add_units
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, ZHONGGUANCUN, World, new_officer
from union.audience import CHINESE, Audience


@pytest.fixture
async def people(world: World) -> dict[str, PersonId]:
    """In 劲松 a member with a card and one without, in 望京 one who has not joined; in 劲松 somebody who can't be reached; one in 海淀."""
    now = world.clock.now()
    return {
        "holder": await add(world, JINSONG, "王小明", member_since=now, card_index="1001"),
        "member": await add(world, JINSONG, "李雷", member_since=now, phone_index="13900001234"),
        "worker": await add(world, WANGJING, "韩梅梅"),
        "closed": await add(world, JINSONG, "关门", door=False),
        "haidian": await add(world, ZHONGGUANCUN, "海淀人", phone_index="13900005678"),
    }


async def begin(talk: Talk) -> None:
    """To the step in the form of a notice."""
    await talk.say("发通知")
    await talk.press("写通知", "服务信息")


async def add_condition(talk: Talk, *labels: str) -> None:
    await talk.press("加一个条件", *labels)


async def audience(talk: Talk) -> Audience:
    """What the draft holds now."""
    draft = (await talk.state()).draft
    assert draft is not None
    return Audience.from_json(draft.values["audience.now"])


# ---- building


async def test_one_begins_with_everybody_in_ones_own_unit_and_sees_how_many_that_is(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    assert "现在选的是：朝阳区及以下的所有人\n能收到 3 人（test-member 3）；另有 1 人收不到：1 人没打开过或拉黑了机器人" in staff.screen
    assert staff.labels[:4] == ["换单位", "加一个条件", "看人数", "就这些"]


async def test_the_count_follows_every_change(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await add_condition(staff, "会员", "会员")
    assert "朝阳区及以下的会员\n能收到 2 人" in staff.screen
    await add_condition(staff, "京卡", "持京卡")
    assert "朝阳区及以下的会员，持京卡\n能收到 1 人" in staff.screen
    await staff.press("去掉“会员”")
    assert "朝阳区及以下的所有人，持京卡\n能收到 1 人" in staff.screen
    await staff.press("去掉“持京卡”")
    assert "能收到 3 人" in staff.screen


async def test_the_audience_is_kept_as_it_was_built(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await add_condition(staff, "会员", "会员")
    await staff.press("换单位", "劲松", "就这些")
    assert "标题是什么" in staff.screen
    draft = (await staff.state()).draft
    assert draft is not None
    kept = draft.values["audience"]
    assert audience_of(kept) == Audience(units=(JINSONG,), member=True)
    assert (kept["count"], kept["missing"], kept["words"]) == (2, 0, "劲松街道及以下的会员")


async def test_coming_back_to_the_step_finds_what_was_chosen(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.press("换单位", "劲松", "就这些", "上一步")
    assert "现在选的是：劲松街道及以下的所有人" in staff.screen


async def test_one_climbs_down_and_up_the_units_that_are_ones_own(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        await add_units(session)
    await begin(staff)
    await staff.press("换单位")
    assert staff.labels[:3] == ["劲松", "望京", "返回"]
    await staff.press("劲松", "换单位")
    assert staff.labels[:3] == ["朝阳", "劲松饭店", "返回"]
    await staff.press("劲松饭店")
    assert "劲松饭店的所有人\n能收到 0 人" in staff.screen
    await staff.press("换单位")
    assert staff.labels[:3] == ["朝阳", "劲松", "返回"]


async def test_several_units_are_chosen_one_after_the_other(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.press("换单位", "劲松")
    await add_condition(staff, "再加一个单位", "朝阳")
    assert "劲松街道、朝阳区及以下的所有人\n能收到 3 人" in staff.screen


@pytest.mark.parametrize("typed", ["劲松", "劲松街道", "劲松街道总工会"])
async def test_a_unit_may_be_typed(staff: Talk, people: dict[str, PersonId], typed: str) -> None:
    await begin(staff)
    await staff.say(typed)
    assert "现在选的是：劲松街道及以下的所有人" in staff.screen


@pytest.mark.parametrize("typed", ["海淀", "北京", "中关村街道总工会", "火星", "😀", "%"])
async def test_a_unit_that_is_not_ones_own_is_not_there(staff: Talk, people: dict[str, PersonId], typed: str) -> None:
    await begin(staff)
    await staff.say(typed)
    assert "您管辖的范围里没有找到" in staff.screen
    assert "现在选的是：朝阳区及以下的所有人" in staff.screen


async def test_a_name_that_two_units_bear_is_asked_about(world: World, talks: Talks, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        for number, path in ((71, "1.2.71."), (72, "1.3.72.")):
            session.add(Unit(id=UnitId(number), kind=UnitKind.STREET, name="八里庄街道总工会", short="八里庄", path=path))
    city = await talks.of(world.city_staff)
    await begin(city)
    await city.say("八里庄")
    assert "有 2 个单位都叫“八里庄”" in city.screen
    await city.say("朝阳区八里庄街道")
    assert await audience(city) == Audience(units=(UnitId(71),))


async def test_every_condition_can_be_chosen_and_taken_away(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        await add_units(session)
        survey = Survey(
            unit_id=CHAOYANG, author_id=world.staff, kind=SurveyKind.SIGN_UP, title="游园会", questions=[], anonymous=False, opens_at=now,
            closes_at=now, created_at=now,
        )  # fmt: skip
        kept = NoticeList(unit_id=CHAOYANG, author_id=world.staff, name="劳模.xlsx", missing=0, created_at=now)
        session.add_all([survey, kept])
        await session.flush()
        session.add(NoticeListEntry(list_id=kept.id, person_id=world.worker))
    await begin(staff)
    for labels, taken in (
        (("会员", "还没入会的"), "还没入会的"),
        (("京卡", "没有京卡"), "没有京卡"),
        (("关注的内容", "技能培训"), "关注技能培训"),
        (("身份", "基层工会主席"), "基层工会主席"),
        (("行业", "教育"), "教育系统"),
        (("报过名的", "游园会"), "报上了《游园会》"),
        (("有案件在办", "工资"), "有在办的工资案件"),
        (("语言", "普通话"), "说普通话"),
        (("从哪里收", "网页"), "从网页收"),
        (("表格名单", "劳模.xlsx"), "在名单《劳模.xlsx》里"),
    ):
        await add_condition(staff, *labels)
        assert f"去掉“{taken}”" in staff.labels
    full = Audience(
        units=(CHAOYANG,), line=EDUCATION, role=Role.CHAIR, member=False, card=False, interests=("skills",), took_part=survey.id,
        case_topics=("wages",), languages=(CHINESE,), doors=("web",), list_id=kept.id,
    )  # fmt: skip
    assert await audience(staff) == full
    for label in [label for label in staff.labels if label.startswith("去掉")]:
        await staff.press(label)
    assert await audience(staff) == Audience(units=(CHAOYANG,))


async def test_topics_are_collected_any_of_them_will_do(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        session.add_all([Interest(person_id=people["holder"], topic="skills"), Interest(person_id=people["worker"], topic="health")])
    await begin(staff)
    await add_condition(staff, "关注的内容", "技能培训")
    await add_condition(staff, "关注的内容", "体检和健康")
    assert "所有人，关注技能培训或体检和健康\n能收到 2 人" in staff.screen


async def test_what_a_menu_offers_may_be_typed(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await add_condition(staff, "京卡")
    await staff.say("有没有都行")
    assert "请点下面的按钮选一个" in staff.screen
    await staff.say("持京卡")
    assert "持京卡\n能收到 1 人" in staff.screen


async def test_what_makes_no_sense_is_answered_with_the_buttons(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    for send in (staff.sticker(), staff.place(39.9, 116.4)):
        await send
        assert "就这些" in staff.labels


# ---- what it tells


async def test_the_numbers_by_unit_and_a_sample_of_masked_names_are_shown(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.press("看人数")
    assert "各单位能收到的人数：劲松街道 2，望京街道 1" in staff.screen
    assert "随机抽 3 人看看" in staff.screen
    for shown in ("王*（劲松街道总工会）", "李*（劲松街道总工会）", "韩*（望京街道总工会）"):
        assert shown in staff.screen
    assert "小明" not in staff.screen
    assert "海*" not in staff.screen


async def test_an_audience_that_nobody_would_get_is_refused_with_what_to_change(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await add_condition(staff, "京卡", "持京卡")
    await staff.press("换单位", "望京", "就这些")
    assert "现在没有人能收到" in staff.screen
    assert "去掉“持京卡”，就有 1 人。" in staff.screen
    await staff.press("去掉“持京卡”", "就这些")
    assert "标题是什么" in staff.screen


async def test_a_unit_where_nobody_has_opened_the_bot_says_so(staff: Talk, world: World) -> None:
    await add(world, WANGJING, door=False)
    await begin(staff)
    await staff.press("换单位", "望京", "就这些")
    assert "符合的有 1 人，但他们没打开过或拉黑了机器人" in staff.screen
    assert "请换一个单位" in staff.screen


# ---- what it keeps out


async def test_forged_and_foreign_choices_change_nothing(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        foreign = NoticeList(unit_id=HAIDIAN, author_id=world.haidian_staff, name="x", missing=0, created_at=world.clock.now())
        session.add(foreign)
    await begin(staff)
    draft = (await staff.state()).draft
    assert draft is not None
    for value in (
        f"s:unit:{HAIDIAN}", "s:unit:0", "s:unit:999", "s:unit:", "s:unit:-1", "s:unit:1.2", f"s:also:{CITY}", f"s:list_id:{foreign.id}",
        "s:list_id:9", "s:role:admin", "s:card:2", "s:doors:elsewhere", "s:languages:xx", "s:took_part:1", "s:nothing:1", "s:", "x:card",
        "x:units", "m:nothing", "what", "s:unit:99999999999999999999",
    ):  # fmt: skip
        await staff.choose(f"f:{draft.id}:audience:{value}")
        assert "现在选的是：朝阳区及以下的所有人\n能收到 3 人" in staff.screen, value


async def test_what_is_offered_stands_in_rows_that_a_phone_shows_whole(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.press("加一个条件", "有案件在办")
    beside = [row for reply in staff.last for row in reply.buttons if len(row) == 3]
    assert all(len(button.label) <= 6 for row in beside for button in row)


async def test_a_chair_who_is_staff_too_is_not_offered_the_cases(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        session.add(RoleGrant(person_id=world.staff, role=Role.CHAIR, unit_id=JINSONG, granted_at=world.clock.now()))
    await begin(staff)
    await staff.press("加一个条件")
    assert "有案件在办" not in staff.labels
    draft = (await staff.state()).draft
    assert draft is not None
    await staff.choose(f"f:{draft.id}:audience:s:case_topics:wages")
    assert "请点下面的按钮选一个" in staff.screen


async def test_whose_role_was_taken_away_meanwhile_reaches_nobody(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.press("换单位", "劲松")
    async with world.database.begin() as session:
        await session.execute(sa.update(RoleGrant).where(RoleGrant.person_id == world.staff).values(revoked_at=world.clock.now()))
    for label in ("看人数", "就这些", "换单位"):
        await staff.press(label)
        assert "能收到" not in staff.screen


async def test_an_industry_union_begins_with_its_line_and_narrows_it_by_place(world: World, talks: Talks) -> None:
    async with world.database.begin() as session:
        await add_units(session)
        officer = await new_officer(session, "产业干部", EDUCATION, world.clock.now())
    await add(world, SCHOOL)
    await add(world, HOTEL)
    talk = await talks.of(officer)
    await begin(talk)
    assert "现在选的是：教育系统的所有人\n能收到 1 人" in talk.screen
    await talk.press("换单位", "海淀")
    assert "海淀区及以下教育系统的所有人\n能收到 1 人" in talk.screen
    await talk.press("去掉“教育系统”")
    assert "这个范围不归您管辖" in talk.screen
    await talk.press("换单位", "不限地区")
    assert await audience(talk) == Audience(line=EDUCATION)


@pytest.mark.parametrize("name", list(MENUS))
async def test_every_menu_opens_and_its_choices_fit_behind_a_button(
    staff: Talk, world: World, people: dict[str, PersonId], name: str
) -> None:
    await begin(staff)
    draft = (await staff.state()).draft
    assert draft is not None
    await staff.choose(f"f:{draft.id}:audience:m:{name}")
    assert MENUS[name].ask in staff.screen
    longest = f"f:{draft.id}:audience:s:{name}:{'9' * 18}"
    assert len(longest.encode()) <= CHOICE_LIMIT
    await staff.press("返回")
    assert "现在选的是" in staff.screen


# ---- words


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Audience(units=(CITY,)), "北京市及以下的所有人"),
        (Audience(units=(CHAOYANG,), member=True, card=True, interests=("skills",)), "朝阳区及以下的会员，持京卡，关注技能培训"),
        (Audience(units=(CHAOYANG, HAIDIAN), role=Role.CHAIR, member=False), "朝阳区、海淀区及以下的基层工会主席，还没入会的"),
        (Audience(units=(CHAOYANG,), languages=("ug", CHINESE), case_topics=("wages", "injury")),
         "朝阳区及以下的所有人，有在办的工资或工伤案件，说维吾尔语或普通话"),
        (Audience(units=(HOTEL,), doors=("member_telegram",)), "劲松饭店的所有人，从Telegram收"),
        (Audience(line=EDUCATION), "教育系统的所有人"),
        (Audience(units=tuple(UnitId(n) for n in range(1, 7))), "北京市、朝阳区、海淀区、劲松街道等 6 个单位及以下的所有人"),
        (Audience(units=(UnitId(999),)), "（已经没有的单位）的所有人"),
        (Audience(units=(CITY,), took_part=SurveyId(99), list_id=ListId(99)), "北京市及以下的所有人，报上了《》，在名单《》里"),
    ],
)  # fmt: skip
async def test_an_audience_reads_as_one_sentence(world: World, chosen: Audience, words: str) -> None:
    async with world.database.begin() as session:
        await add_units(session)
        assert await audience_words(session, chosen) == words


# ---- a list


def book(*lines: tuple[Any, ...]) -> bytes:
    made = Workbook()
    for line in lines:
        made.active.append(list(line))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


async def send(talk: Talk, data: bytes) -> None:
    """Sends a workbook; its bytes are fetched a moment later, and then the person looks."""
    await talk.document("劳模.xlsx", len(data))
    async with talk.world.database.begin() as session:
        file = (await session.scalars(sa.select(StoredFile).where(StoredFile.status == FileStatus.WAITING))).one()
        file.data, file.status = data, FileStatus.STORED
    await talk.press("看核对结果")


async def test_a_spreadsheet_becomes_a_list_and_every_row_is_accounted_for(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await add_condition(staff, "表格名单")
    assert "手机号" in staff.screen
    rows = (
        ("姓名", "手机号", "卡号"),
        ("李雷", 13900001234, None),
        ("外区", "139 0000 5678", ""),
        ("无", "没有", None),
        ("王", None, "1001"),
        ("李", "+8613900001234", ""),
    )
    await send(staff, book(*rows, (None, None, None), ("乙", "13911112222", None)))
    assert "名单里找到 1 人。" in staff.screen
    assert "2 行没有找到，或者不在您的管辖范围：第 3、8 行。" in staff.screen
    assert "2 行不像手机号或卡号：第 4–5 行。" in staff.screen
    assert "1 行和前面的人重复：第 6 行。" in staff.screen
    assert "朝阳区及以下的所有人，在名单《劳模.xlsx》里\n能收到 1 人" in staff.screen


async def test_a_file_may_be_sent_without_looking_for_the_menu(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await send(staff, book(("号码",), ("13900001234",)))
    assert "在名单《劳模.xlsx》里\n能收到 1 人" in staff.screen


async def test_a_list_in_which_nobody_was_found_is_no_condition(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await send(staff, book(("手机号",), ("13900005678",), ("13911112222",)))
    assert "没有找到您管辖范围内的人" in staff.screen
    assert "第 2–3 行" in staff.screen
    assert (await audience(staff)).list_id is None


async def test_a_file_that_is_still_being_fetched_is_waited_for(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await staff.document("名单.xlsx", 5_000)
    assert "正在接收" in staff.screen
    await staff.press("看核对结果")
    assert "正在接收" in staff.screen
    await staff.press("返回")
    assert "现在选的是：朝阳区及以下的所有人" in staff.screen


async def test_a_bad_file_is_refused_with_what_to_mend(staff: Talk, people: dict[str, PersonId]) -> None:
    await begin(staff)
    await send(staff, b"not a workbook")
    assert "这不是 .xlsx 表格" in staff.screen
    await staff.document("大.xlsx", LONG_LIST.file + 1)
    assert "最大 5 MB" in staff.screen


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ((("姓名",), ("王",)), "第 1 行要有“手机号”或“卡号”"),
        ((("手机号", "身份证"), ("13900001234", "1")), "不认识的列“身份证”"),
        ((("手机号",),), "没有号码"),
        ((("手机号",), ("13900001234",), ("=1+1",), ("=A2",)), "第 3–4 行"),
    ],
)
def test_a_sheet_that_is_no_list_says_what_it_lacks(lines: tuple[tuple[Any, ...], ...], refusal: str) -> None:
    with pytest.raises(BadSheet, match=refusal):
        audience_list.read_rows(book(*lines))


def test_a_formula_outside_the_numbers_does_no_harm() -> None:
    assert audience_list.read_rows(book(("手机号", "备注"), ("13900001234", "=1+1"))) == [(2, ["13900001234"])]


def test_numbers_that_the_spreadsheet_kept_as_numbers_are_read_whole() -> None:
    assert audience_list.read_rows(book(("手机号",), (13900001234.0,), (13900001235,))) == [(2, ["13900001234"]), (3, ["13900001235"])]


async def test_a_list_that_was_tidied_away_is_asked_for_anew(staff: Talk, world: World, people: dict[str, PersonId]) -> None:
    async with world.database.begin() as session:
        kept = NoticeList(unit_id=CHAOYANG, author_id=world.staff, name="劳模.xlsx", missing=0, created_at=world.clock.now())
        session.add(kept)
        await session.flush()
        session.add(NoticeListEntry(list_id=kept.id, person_id=world.worker))
    await begin(staff)
    await add_condition(staff, "表格名单", "劳模.xlsx")
    async with world.database.begin() as session:
        await session.execute(sa.delete(NoticeListEntry))
    await staff.press("就这些")
    assert "30 天没有用" in staff.screen
    assert "重新发一次表格" in staff.screen
