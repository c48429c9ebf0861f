"""通知设置: categories and topics on a screen that changes under the finger, and the buttons under a notice and a digest."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from handlers.alerts import digest_words
from handlers.alerts.notice_words import compose
from handlers.conversation import Reply
from handlers.interests import interests
from storage.models import Category, DeliveryStatus, Interest, Notice, NoticeDelivery, NoticeStatus, Person
from storage.types import NoticeId, PersonId
from tests.handlers.talk import Talk, Talks
from tests.union.world import CITY, World
from union import digest, subscriptions
from union.calendar import BEIJING
from union.subscriptions import SWITCHES


@pytest.fixture
async def member(world: World, talks: Talks) -> Talk:
    """A worker whom the union knows."""
    return await talks.of(world.worker)


@pytest.fixture
async def chair(world: World, talks: Talks) -> Talk:
    """The chair of 劲松, who only sits at the desk."""
    return await talks.of(world.chair)


async def wanted(world: World, person_id: PersonId) -> set[Category]:
    """The categories that reach somebody."""
    async with world.database.begin() as session:
        wishes = await subscriptions.wishes(session, person_id)
    return set() if wishes.all_off else {category for category in SWITCHES if wishes.wanted[category]}


async def notice(world: World, *people: PersonId, status: DeliveryStatus = DeliveryStatus.SENT, **other: object) -> Notice:
    """A notice of the city for these people."""
    now = world.clock.now()
    said = {"title": "免费体检", "text": "{姓名}：周六上午九点\n社区医院一层", "category": Category.SERVICE, "buttons": []}
    async with world.database.begin() as session:
        made = Notice(
            author_id=world.city_staff, unit_id=CITY, audience={"unit": CITY}, status=NoticeStatus.SENT, created_at=now, started_at=now,
            **(said | other),
        )  # fmt: skip
        session.add(made)
        await session.flush()
        session.add_all([NoticeDelivery(notice_id=made.id, person_id=person_id, status=status) for person_id in people])
        return made


def get(talk: Talk, reply: Reply) -> None:
    """A message of the engine has reached the screen."""
    talk.last = [reply]
    talk.shown.append(reply)


async def get_digest(world: World, talk: Talk, person_id: PersonId) -> None:
    """The digest of the day has reached the screen."""
    noon = datetime(2026, 11, 18, 11, 30, tzinfo=BEIJING)
    world.clock.advance(seconds=(noon - world.clock.now()).total_seconds())
    async with world.database.begin() as session:
        made = await digest.begin_due(session, digest_words.TITLE, world.clock.now())
        assert made is not None
        await digest.expand_some(session, made.id)
        told = await digest.told_to(await session.connection(), made.id, [person_id])
    get(talk, digest_words.compose(made.id, told[person_id]))


# ---- the screen


@pytest.mark.parametrize("way", ["通知设置", "/notices"])
async def test_the_settings_are_one_word_away_and_say_when_notices_come(member: Talk, way: str) -> None:
    await member.say(way)
    assert member.labels[:5] == ["维权信息：开", "服务信息：开", "活动和培训：开", "调查和评议：开", "劳动午报：关"]
    assert "晚上 9 点到早上 8 点" in member.screen
    assert "最多 3 条" in member.screen


async def test_a_category_is_changed_in_two_taps_and_the_screen_shows_it(world: World, member: Talk) -> None:
    await member.say("更多")
    await member.press("通知设置", "活动和培训")
    assert "活动和培训：关" in member.labels
    assert await wanted(world, world.worker) == {Category.RIGHTS, Category.SERVICE, Category.SURVEY}
    await member.press("活动和培训：关")
    assert "活动和培训：开" in member.labels


async def test_a_tap_changes_the_message_that_was_tapped(member: Talk) -> None:
    await member.say("/notices")
    assert [reply.edit for reply in member.last] == [""]
    for label in ("维权信息", "关注的内容", "技能培训", "好了", "全部不收"):
        await member.choose(member.button(label).choice, ref="77")
        assert [reply.edit for reply in member.last] == ["77"]


async def test_pressing_the_same_button_twice_is_the_same_as_once(world: World, member: Talk) -> None:
    await member.say("/notices")
    off = member.button("维权信息").choice
    await member.choose(off)
    await member.choose(off)
    assert Category.RIGHTS not in await wanted(world, world.worker)


async def test_everything_is_switched_off_with_one_tap_and_comes_back_as_it_was(world: World, member: Talk) -> None:
    await member.say("/notices")
    await member.press("调查和评议", "全部不收")
    assert await wanted(world, world.worker) == set()
    assert all(label.endswith("：关") for label in member.labels[:5])
    await member.press("全部恢复")
    assert await wanted(world, world.worker) == {Category.RIGHTS, Category.SERVICE, Category.ACTIVITY}


async def test_after_everything_off_one_category_comes_back_alone(world: World, member: Talk) -> None:
    await member.say("/notices")
    await member.press("全部不收", "维权信息")
    assert await wanted(world, world.worker) == {Category.RIGHTS}


async def test_who_has_not_agreed_yet_is_asked_first_and_then_led_there(worker: Talk) -> None:
    await worker.say("/notices")
    assert "个人信息保护法" in worker.screen
    await worker.press("同意")
    assert "维权信息：开" in worker.labels


async def test_a_chair_finds_the_settings_at_the_desk_with_the_midday_paper_on(world: World, chair: Talk) -> None:
    await chair.say("/notices")
    assert "劳动午报：开" in chair.labels
    await chair.press("劳动午报")
    assert Category.DIGEST not in await wanted(world, world.chair)


# ---- topics


async def test_topics_are_added_and_taken_away_with_a_tap_each(world: World, member: Talk) -> None:
    await member.say("/notices")
    await member.press("关注的内容（0）", "技能培训", "相亲交友", "技能培训")
    assert "✓ 技能培训" in member.labels
    await member.press("✓ 技能培训", "好了")
    assert "关注的内容（1）" in member.labels
    async with world.database.begin() as session:
        assert list(await session.scalars(sa.select(Interest.topic))) == ["matchmaking"]


def test_every_topic_fits_a_button_and_its_choice() -> None:
    for code, label in interests().items():
        assert code.isidentifier()
        assert 2 <= len(label) <= 8


# ---- under a notice


async def test_one_tap_under_a_notice_stops_its_category_and_one_takes_that_back(world: World, member: Talk) -> None:
    made = await notice(world, world.worker)
    get(member, compose(made, "北京市总工会"))
    await member.press("不再接收这类通知")
    assert "“服务信息”不再发给您" in member.screen
    assert await wanted(world, world.worker) == {Category.RIGHTS, Category.ACTIVITY, Category.SURVEY}
    assert await left(world, made) is True
    await member.press("恢复接收")
    assert Category.SERVICE in await wanted(world, world.worker)
    assert await left(world, made) is False


async def left(world: World, made: Notice) -> bool:
    async with world.database.begin() as session:
        return (await session.get_one(NoticeDelivery, (made.id, world.worker))).left


async def test_beside_it_everything_can_be_switched_off(world: World, member: Talk) -> None:
    made = await notice(world, world.worker)
    get(member, compose(made, "北京市总工会"))
    await member.press("不再接收这类通知", "全部不收")
    assert "紧急的也不发" in member.screen
    assert await wanted(world, world.worker) == set()
    await member.press("恢复接收")
    assert await wanted(world, world.worker) == {Category.RIGHTS, Category.ACTIVITY, Category.SURVEY}


async def test_an_emergency_says_that_it_can_only_be_switched_off_with_everything(world: World, member: Talk) -> None:
    made = await notice(world, world.worker, category=Category.EMERGENCY)
    get(member, compose(made, "北京市总工会"))
    await member.press("不再接收这类通知")
    assert "不能单独关" in member.screen
    assert await left(world, made) is False
    async with world.database.begin() as session:
        assert (await session.get_one(Person, world.worker)).notices_off_at is None
    await member.press("全部不收")
    assert await left(world, made) is True
    async with world.database.begin() as session:
        assert (await session.get_one(Person, world.worker)).notices_off_at == world.clock.now()


async def test_the_number_of_a_notice_that_was_not_for_them_changes_nothing_there(world: World, member: Talk) -> None:
    made = await notice(world, world.other_worker)
    await member.choose(f"n:off:service:{made.id}")
    async with world.database.begin() as session:
        assert not (await session.get_one(NoticeDelivery, (made.id, world.other_worker))).left


@pytest.mark.parametrize(
    "choice",
    [
        "n:off:nothing", "n:on:nothing", "n:off:service:x", "n:set", "n:set:rights", "n:set:rights:2", "n:set:nothing:1", "n:all:", "n:all:x",
        "n:like:x:1", "n:like:skills", "n:open:", "n:open:x", "n:open:987654", "n:list:1", "n:list:1:x", "n:list:987654:0", "n:tap:", "n:tap:1",
        "n:tap:987654:0", "n:",
    ],
)  # fmt: skip
async def test_a_forged_button_is_answered_and_changes_nothing(world: World, member: Talk, chair: Talk, choice: str) -> None:
    for talk, person_id in ((member, world.worker), (chair, world.chair)):
        before = await wanted(world, person_id)
        await talk.choose(choice)
        assert talk.last
        assert await wanted(world, person_id) == before


@pytest.mark.parametrize(
    "choice", ["n:off", "n:on", "n:off:service", "n:set:rights:0", "n:all:0", "n:like:skills:1", "n:open:1", "n:list:1:0", "n:read"]
)
async def test_a_stranger_who_presses_a_button_is_answered_and_nothing_is_kept(worker: Talk, choice: str) -> None:
    await worker.choose(choice)
    assert worker.last
    assert await worker.person_id() is None


# ---- the other buttons of a notice


async def test_the_buttons_of_a_notice_lead_to_a_word_of_thanks_a_question_or_a_service(world: World, member: Talk) -> None:
    buttons = [
        {"label": "已阅", "do": "ack", "value": ""},
        {"label": "咨询", "do": "ask", "value": ""},
        {"label": "附近站点", "do": "service", "value": "附近站点"},
    ]
    made = await notice(world, world.worker, buttons=buttons)
    get(member, compose(made, "北京市总工会"))
    for label, answer in (("已阅", "记下您看过了"), ("咨询", "把您遇到的事打出来"), ("附近站点", "位置")):
        await member.press(label)
        assert answer in member.screen
    async with world.database.begin() as session:
        assert (await session.get_one(NoticeDelivery, (made.id, world.worker))).tapped == 0b111


async def test_at_the_desk_a_service_is_said_to_be_in_the_members_bot(world: World, chair: Talk) -> None:
    buttons = [{"label": "已阅", "do": "ack", "value": ""}, {"label": "会员服务", "do": "service", "value": "会员服务"}]
    made = await notice(world, world.chair, buttons=buttons)
    get(chair, compose(made, "北京市总工会"))
    for label, answer in (("已阅", "记下您看过了"), ("会员服务", "会员机器人")):
        await chair.press(label)
        assert answer in chair.screen


async def test_the_buttons_of_a_preview_at_the_desk_change_nothing(world: World, chair: Talk) -> None:
    made = await notice(world, world.worker, buttons=[{"label": "已阅", "do": "ack", "value": ""}])
    get(chair, compose(made, "北京市总工会"))
    for label in ("已阅", "不再接收这类通知"):
        await chair.press(label)
        assert "预览" in chair.screen
    assert Category.SERVICE in await wanted(world, world.chair)


async def test_a_notice_that_reached_somebody_at_the_desk_is_stopped_there_with_one_tap(world: World, chair: Talk) -> None:
    made = await notice(world, world.chair, category=Category.DIGEST)
    get(chair, compose(made, "北京市总工会"))
    await chair.press("不再接收这类通知")
    assert Category.DIGEST not in await wanted(world, world.chair)
    await chair.press("恢复接收")
    assert Category.DIGEST in await wanted(world, world.chair)


# ---- the digest


async def test_a_digest_shows_titles_and_first_lines_and_opens_each_notice_whole(world: World, member: Talk) -> None:
    first = await notice(world, world.worker, status=DeliveryStatus.GATHERED)
    await notice(world, world.worker, status=DeliveryStatus.GATHERED, title="健步走", text="\n周日早上集合\n自带水")
    await get_digest(world, member, world.worker)
    assert "有 2 条通知" in member.screen
    assert "1. 免费体检\n职工朋友：周六上午九点\n\n2. 健步走\n周日早上集合" in member.screen
    assert "自带水" not in member.screen
    await member.press("2. 健步走")
    assert "周日早上集合\n自带水\n\n—— 北京市总工会" in member.screen
    await member.press("1. 免费体检")
    assert f"n:off:service:{first.id}" in [button.choice for row in member.last[0].buttons for button in row]


async def test_a_long_digest_goes_on_behind_a_button(world: World, member: Talk) -> None:
    for number in range(1, 11):
        await notice(world, world.worker, status=DeliveryStatus.GATHERED, title=f"活动{number}", text="详情")
    await get_digest(world, member, world.worker)
    assert "8. 活动8" in member.screen
    assert "9. 活动9" not in member.screen
    await member.press("后面还有")
    assert "有 10 条通知" in member.screen
    assert "9. 活动9\n详情\n\n10. 活动10" in member.screen
    assert "后面还有" not in member.labels


async def test_the_digest_of_somebody_else_opens_nothing(world: World, talks: Talks, member: Talk) -> None:
    await notice(world, world.worker, status=DeliveryStatus.GATHERED)
    await get_digest(world, member, world.worker)
    other = await talks.of(world.other_worker)
    await other.choose(member.button("1. 免费体检").choice)
    assert "看不到了" in other.screen
    async with world.database.begin() as session:
        digest_id = await session.scalar(sa.select(Notice.id).where(Notice.digest_day.is_not(None)))
    await other.choose(f"n:list:{digest_id}:0")
    assert "看不到了" in other.screen


async def test_a_notice_that_was_stopped_after_the_digest_is_not_opened(world: World, member: Talk) -> None:
    made = await notice(world, world.worker, status=DeliveryStatus.GATHERED)
    await get_digest(world, member, world.worker)
    async with world.database.begin() as session:
        (await session.get_one(Notice, NoticeId(made.id))).status = NoticeStatus.STOPPED
    await member.press("1. 免费体检")
    assert "停发" in member.screen


async def test_under_a_digest_everything_is_one_tap_from_being_switched_off(world: World, member: Talk) -> None:
    await notice(world, world.worker, status=DeliveryStatus.GATHERED)
    await get_digest(world, member, world.worker)
    await member.press("全部不收")
    assert await wanted(world, world.worker) == set()
