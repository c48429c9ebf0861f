"""数据 at the desk: what is in force, adding a row, a spreadsheet, the trail; and who may do what."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from handlers.conversation import CHOICE_LIMIT
from handlers.staff.fact_sheet import SHEET
from handlers.staff.facts import mark_of
from handlers.stored_facts import current, fact_of, row_of
from knowledge.facts import Facts, fact_names
from storage.models import DatedFact, FileStatus, StoredFile
from tests.handlers.talk import Talk, Talks
from tests.handlers.test_sheets import GOOD, HEADING, book
from tests.union.world import World

MINIMUM = "月最低工资标准"


@pytest.fixture
async def city(talks: Talks, world: World) -> Talk:
    """The officer of the city."""
    return await talks.of(world.city_staff)


async def add(talk: Talk, *, value: str = "2600", since: str = "2026-09-01") -> None:
    """Fills the form in for Beijing's minimum wage, and saves it."""
    await talk.say("数据")
    await talk.press("添加", MINIMUM, "北京")
    await talk.say(since)
    await talk.press("跳过")
    await talk.say(value, "北京市人社局的一个通知")
    await talk.press("确认保存")


async def send_sheet(talk: Talk, data: bytes, *, name: str = "数据.xlsx") -> None:
    """Sends a workbook; its bytes are fetched a moment later, and then the person looks."""
    await talk.document(name, len(data))
    async with talk.world.database.begin() as session:
        file = (await session.scalars(sa.select(StoredFile).where(StoredFile.status == FileStatus.WAITING))).one()
        file.data, file.status = data, FileStatus.STORED
    await talk.press("看核对结果")


async def table(world: World) -> Facts:
    async with world.database.begin() as session:
        return await current(session, Facts.load())


async def stored(world: World) -> int:
    async with world.database.begin() as session:
        return await session.scalar(sa.select(sa.func.count()).select_from(DatedFact)) or 0


# ---- looking


async def test_the_figures_in_force_are_listed_with_since_when_and_source(city: Talk) -> None:
    await city.say("数据")
    assert "北京2025年9月1日起每月2,540元" in city.screen
    assert "来源：北京市人力资源和社会保障局" in city.screen
    assert "⚠ 一年多没有核对" in city.screen  # 2025-09-01, and it is November 2026
    assert "⚠ 2026年6月30日到期，还没有新的" in city.screen
    assert {"添加", "上传表格", "下载模板", "修改记录", "下一页"} <= set(city.labels)


async def test_every_page_and_every_name_can_be_opened(city: Talk) -> None:
    await city.say("/facts")
    seen = list(city.labels)
    while "下一页" in city.labels:
        assert len(city.last[0].text) < 3000
        await city.press("下一页")
        seen += city.labels
    assert {name.label for name in fact_names().values()} <= {label.rstrip("…") for label in seen} | {
        name.label for name in fact_names().values() if len(name.label) > 24
    }
    for name in fact_names():
        await city.choose(f"d:name:{name}:0")
        assert "返回" in city.labels
        assert all(len(button.choice.encode()) <= CHOICE_LIMIT for row in city.last[-1].buttons for button in row)


async def test_a_figure_that_was_looked_at_is_no_longer_warned_of_for_a_year(city: Talk, world: World) -> None:
    await city.say("数据")
    await city.press(MINIMUM, "北京：核对过，仍然有效")
    assert "今天核对过" in city.screen
    assert "⚠" not in city.last[-1].text
    world.clock.advance(days=364)
    await city.choose("d:name:minimum-wage-month:0")
    assert "⚠" not in city.screen
    world.clock.advance(days=3)
    await city.choose("d:name:minimum-wage-month:0")
    assert "⚠" in city.screen


# ---- who


async def test_staff_of_a_district_look_and_change_nothing(staff: Talk, world: World) -> None:
    await staff.say("/facts")
    assert "2,540元" in staff.screen
    assert not {"添加", "上传表格", "下载模板", "修改记录"} & set(staff.labels)
    row = Facts.load().rows[0]
    for choice in (
        "d:add",
        "d:upload",
        "d:template",
        "d:log",
        f"d:still:{mark_of(row)}",
        f"d:drop:{mark_of(row)}",
        f"d:dropped:{mark_of(row)}",
    ):
        await staff.choose(choice)
        assert "由市总工会的工作人员或管理员维护" in staff.screen
    await staff.document("数据.xlsx", 900)
    assert "请先选要办的事" in staff.screen
    assert await stored(world) == 0


async def test_a_lawyer_sees_nothing_of_it(lawyer: Talk) -> None:
    for said in (lawyer.say("/facts"), lawyer.choose("d:facts:0"), lawyer.choose("d:add")):
        await said
        assert "是工会干部用的" in lawyer.screen


async def test_the_menu_has_it_for_those_who_may_change_it(city: Talk, staff: Talk) -> None:
    await city.say("/help")
    assert city.last[0].menu is not None and any("数据" in row for row in city.last[0].menu)
    await staff.say("/help")
    assert staff.last[0].menu is not None and not any("数据" in row for row in staff.last[0].menu)


async def test_who_loses_the_role_in_the_middle_of_the_form_saves_nothing(city: Talk, world: World) -> None:
    await city.say("数据")
    await city.press("添加", MINIMUM, "北京")
    await city.say("2026-09-01")
    await city.press("跳过")
    await city.say("2600", "一个通知")
    async with world.database.begin() as session:
        await session.execute(sa.text("UPDATE role_grant SET revoked_at = now() WHERE person_id = :id"), {"id": world.city_staff})
    await city.press("确认保存")
    assert "没有保存" in city.screen
    assert await stored(world) == 0


# ---- adding


async def test_a_row_is_added_and_holds_from_its_day_on(city: Talk, world: World) -> None:
    await add(city)
    assert "北京2026年9月1日起每月2,600元" in city.screen
    found = (await table(world)).value("minimum-wage-month", "北京", date(2026, 11, 18))
    assert found is not None and found.number == 2600
    assert found.source == "北京市人社局的一个通知"
    await city.press("看这一项")
    assert "每月2,600元" in city.screen


async def test_a_row_may_begin_in_the_future(city: Talk, world: World) -> None:
    await add(city, since="2027-07-01")
    assert "到2027年7月1日那天自动启用" in city.screen
    now = await table(world)
    before, after = (now.value("minimum-wage-month", "北京", day) for day in (date(2027, 6, 30), date(2027, 7, 1)))
    assert before is not None and before.number == 2540
    assert after is not None and after.number == 2600
    await city.press("看这一项")
    assert "将来：北京2027年7月1日起每月2,600元" in city.screen


async def test_a_correction_replaces_and_the_trail_tells(city: Talk, world: World) -> None:
    await add(city)
    await add(city, value="2620")
    assert "原来是每月2,600元，已经替换" in city.screen
    assert await stored(world) == 1
    await city.say("数据")
    await city.press("修改记录")
    assert "2600 改为 2620" in city.screen
    assert "添加 2600" in city.screen
    assert "市干部" in city.screen


async def test_a_built_in_row_is_corrected_and_comes_back_when_the_correction_is_taken_back(city: Talk, world: World) -> None:
    await add(city, value="2545", since="2025-09-01")
    assert "原来是每月2,540元" in city.screen
    await city.press("看这一项", "收回 北京 2025-09-01", "确认收回")
    assert "已收回" in city.screen
    found = (await table(world)).value("minimum-wage-month", "北京", date(2026, 11, 18))
    assert found is not None and found.number == 2540
    await city.press("确认收回")
    assert "已经不在了" in city.screen


@pytest.mark.parametrize(
    ("step", "wrong", "says"),
    [
        (0, "去年", "请写成 2025-09-01 的样子"),
        (0, "2026-02-30", "请写成 2025-09-01 的样子"),
        (1, "很多", "只写数字"),
        (1, "-5", "只写数字"),
        (1, "25", "应在 300 到 20000 之间"),
        (1, "2540.123", "最多 2 位"),
        (2, "!!", "至少 4 个字"),
    ],
)
async def test_each_cell_is_checked_and_says_what_is_expected(city: Talk, step: int, wrong: str, says: str) -> None:
    await city.say("数据")
    await city.press("添加", MINIMUM, "北京")
    for number, right in enumerate(("2026-09-01", "2600", "一个通知")):
        if number == step:
            await city.say(wrong)
            assert says in city.screen
        await city.say(right)
        if number == 0:
            await city.press("跳过")
    assert "确认保存" in city.labels


async def test_the_region_is_typed_as_people_write_it_and_not_asked_for_where_there_is_one_figure(city: Talk, world: World) -> None:
    await city.say("数据")
    await city.press("添加", MINIMUM)
    await city.say("火星")
    assert "请写省级地区" in city.screen
    await city.say("山东省临沂市", "2026-10-01")
    await city.press("跳过")
    await city.say("2010", "山东省的通知")
    assert "地区：山东临沂" in city.screen
    await city.press("确认保存")
    await city.press("再添加一条", "月计薪天数", "2026年1月1日")
    await city.press("跳过")
    await city.say("21.75", "人社部的通知")
    assert "地区：" not in city.screen
    await city.press("确认保存")
    assert "全国2026年1月1日起21.75天" in city.screen


async def test_a_value_that_no_longer_fits_after_a_change_is_asked_for_again(city: Talk, world: World) -> None:
    await city.say("数据")
    await city.press("添加", MINIMUM, "北京")
    await city.say("2026-09-01")
    await city.press("跳过")
    await city.say("2600", "一个通知")
    await city.press("修改", "名称", "非全日制小时最低工资标准", "确认保存")
    assert "应在 3 到 200 之间" in city.screen
    await city.say("28")
    await city.press("确认保存")
    assert "已保存" in city.screen
    assert (await table(world)).value("minimum-wage-hour", "北京", date(2026, 11, 18)).number == 28  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "choice", ["d:", "d:x", "d:facts:-1", "d:facts:99999", "d:name:none:0", "d:still:1", "d:drop:", "d:add:none", "d:facts:²"]
)
async def test_an_old_or_forged_choice_gets_an_answer(city: Talk, choice: str) -> None:
    await city.choose(choice)
    assert city.last


# ---- by spreadsheet


async def test_a_sheet_is_checked_previewed_and_kept_whole_on_confirmation(city: Talk, world: World) -> None:
    changed: list[Any] = [MINIMUM, "北京", 2545, "", date(2025, 9, 1), None, "更正的通知", ""]
    same: list[Any] = ["pay-days-month", "全国", 21.75, "", *_rest("pay-days-month", date(2025, 1, 1))]
    await city.say("数据")
    await city.press("上传表格")
    await send_sheet(city, book(HEADING, GOOD, changed, same))
    assert "新增 1 行，修改 1 行，不变 1 行" in city.screen
    assert "河北石家庄 2026-01-01：每月2,200元" in city.screen
    assert "每月2,540元 改为 每月2,545元" in city.screen
    assert await stored(world) == 0
    await city.press("确认")
    assert "已保存" in city.screen
    assert await stored(world) == 2
    found = (await table(world)).value("minimum-wage-month", "河北石家庄", date(2026, 11, 18))
    assert found is not None and found.number == 2200


def _rest(name: str, first: date) -> list[Any]:
    row = next(row for row in Facts.load().rows if row.name == name and row.valid_from == first)
    return [row.valid_from, row.valid_until, row.source, row.note]


async def test_one_bad_row_stops_the_whole_sheet_and_a_mended_one_may_follow(city: Talk, world: World) -> None:
    bad = [*GOOD]
    bad[2] = "很多"
    await city.say("数据")
    await city.press("上传表格")
    await send_sheet(city, book(HEADING, [*GOOD[:1], "山西", *GOOD[2:]], bad))
    assert "有 1 处要改" in city.screen
    assert "第 3 行“数值”：只写数字" in city.screen
    assert "确认" not in city.labels
    assert await stored(world) == 0
    await send_sheet(city, book(HEADING, GOOD))
    assert "新增 1 行" in city.screen
    await city.press("确认")
    assert await stored(world) == 1


async def test_a_thousand_bad_rows_fit_on_a_screen_and_are_all_named(city: Talk) -> None:
    bad = [*GOOD]
    bad[2], bad[4] = "很多", "去年"
    await city.say("数据")
    await city.press("上传表格")
    await send_sheet(city, book(HEADING, *([bad] * 1000)))
    assert "有 2000 处要改" in city.screen
    assert "处在第 12–1001 行" in city.screen
    assert len(city.last[0].text) < 4000


async def test_a_sheet_that_changes_nothing_says_so(city: Talk) -> None:
    await city.say("数据")
    await city.press("下载模板")
    data = await attached(city)
    await send_sheet(city, data)  # without pressing 上传表格: a workbook from somebody who may change the facts
    assert "和现在的一样，没有要改的" in city.screen


async def attached(talk: Talk) -> bytes:
    async with talk.world.database.begin() as session:
        data = await session.scalar(sa.select(StoredFile.data).where(StoredFile.id == talk.last[0].file))
    assert data is not None
    return data


async def test_the_template_has_every_row_as_it_is_now(city: Talk, world: World) -> None:
    await add(city)
    await city.say("数据")
    await city.press("下载模板")
    page = load_workbook(BytesIO(await attached(city)))[SHEET]
    assert page.max_row == 1 + len((await table(world)).rows)
    assert any(row[2].value == 2600 and row[6].value == "北京市人社局的一个通知" for row in page.iter_rows())


async def test_a_file_that_is_still_being_fetched_is_waited_for(city: Talk) -> None:
    await city.say("数据")
    await city.press("上传表格")
    await city.document("数据.xlsx", 9000)
    assert "正在接收" in city.screen
    await city.press("看核对结果")
    assert "正在接收" in city.screen


@pytest.mark.parametrize("what", ["large", "text", "gone"])
async def test_what_is_no_sheet_gets_a_word_and_the_form_stays(city: Talk, world: World, what: str) -> None:
    await city.say("数据")
    await city.press("上传表格")
    if what == "large":
        await city.document("数据.xlsx", 2_000_000)
        assert "最大 1 MB" in city.screen
    elif what == "text":
        await city.say("2600")
        assert "作为文件发过来" in city.screen
    else:
        await city.document("数据.xlsx", 900)
        async with world.database.begin() as session:
            await session.execute(sa.update(StoredFile).values(status=FileStatus.GONE))
        await city.press("看核对结果")
        assert "再发一次" in city.screen
    await send_sheet(city, book(HEADING, GOOD))
    assert "新增 1 行" in city.screen


async def test_a_file_that_is_gone_before_the_confirmation_changes_nothing(city: Talk, world: World) -> None:
    await city.say("数据")
    await city.press("上传表格")
    await send_sheet(city, book(HEADING, GOOD))
    async with world.database.begin() as session:
        await session.execute(sa.delete(StoredFile))
    await city.press("确认")
    assert "没有保存" in city.screen
    assert await stored(world) == 0


def test_every_built_in_row_survives_the_register() -> None:
    for row in Facts.load().rows:
        assert fact_of(row_of(row)) == row
