"""Notices as they are written: drafts, who may see and change them, what is asked before they are kept, the lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.models import Category, NoticeEvent, NoticeStatus, Role, Survey, SurveyKind
from storage.types import NoticeId, PersonId, SurveyId, UnitId
from tests.union import notice_made as made
from tests.union.survey_made import make
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, WANGJING, World, new_officer
from union import notices
from union.audience import Audience, EmptyAudience
from union.errors import NotAllowed, NotFound
from union.notice_content import BadContent, Content, Do, NoticeButton
from union.notice_schedule import BadTiming, Timing
from union.notices import NotNow, Which


@pytest.fixture(autouse=True)
async def _people(world: World) -> list[PersonId]:
    return await made.members(world)


async def officer(world: World, unit_id: UnitId, role: Role = Role.STAFF) -> PersonId:
    async with world.database.begin() as session:
        return await new_officer(session, "另一位", unit_id, world.clock.now(), role=role)


# ---- writing


async def test_what_was_written_is_a_draft_in_the_name_of_the_senders_unit(world: World) -> None:
    buttons = (NoticeButton("看全文", Do.LINK, "https://example.cn"), NoticeButton("我要咨询", Do.ASK))
    content = Content("年度评议", "请您给工会打分，谢谢", Category.RIGHTS, buttons=buttons)
    notice_id = await made.write(world, content=content, audience=Audience(units=(JINSONG,)))
    notice = await made.notice(world, notice_id)
    assert (notice.status, notice.unit_id, notice.author_id) == (NoticeStatus.DRAFT, CHAOYANG, world.staff)
    assert Content.of(notice) == content
    assert await made.actions(world, notice_id) == ["written"]


@pytest.mark.parametrize("audience", [Audience(units=(HAIDIAN,)), Audience(units=(CITY,)), Audience(units=(JINSONG, HAIDIAN))])
async def test_only_people_of_ones_own_units_can_be_addressed(world: World, audience: Audience) -> None:
    with pytest.raises(NotAllowed):
        await made.write(world, audience=audience)


@pytest.mark.parametrize("who", ["lawyer", "chair", "worker"])
async def test_only_staff_write_notices(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        await made.write(world, getattr(world, who))


async def test_an_audience_of_nobody_is_refused(world: World) -> None:
    with pytest.raises(EmptyAudience):
        await made.write(world, audience=Audience(units=(WANGJING,)))


async def test_a_time_in_the_past_is_refused(world: World) -> None:
    with pytest.raises(BadTiming):
        await made.write(world, timing=Timing(world.clock.now() - timedelta(minutes=1)))


async def test_bad_content_is_refused_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(BadContent):
        await made.write(world, content=Content("{工号}", "周六上午九点"))
    assert await made.all_notices(world) == []


@pytest.mark.parametrize(
    "content", [Content("停电", "今晚停电，请注意", urgent=True), Content("停电", "今晚停电，请注意", Category.EMERGENCY)]
)
async def test_what_may_go_out_at_night_is_for_the_district_and_above(world: World, content: Content) -> None:
    street = await officer(world, JINSONG)
    with pytest.raises(NotAllowed):
        await made.write(world, street, content, Audience(units=(JINSONG,)))
    assert (await made.notice(world, await made.write(world, content=content))).urgent


async def test_an_administrator_of_a_street_may_send_at_night(world: World) -> None:
    admin = await officer(world, JINSONG, Role.ADMIN)
    notice_id = await made.write(world, admin, Content("停电", "今晚停电，请注意", urgent=True), Audience(units=(JINSONG,)))
    assert (await made.notice(world, notice_id)).urgent


async def test_a_draft_is_changed_by_its_author_and_by_nobody_else(world: World) -> None:
    notice_id = await made.write(world)
    changed = Content("体检改期", "改到周日上午九点")
    actor, other = await world.actor(world.staff), await world.actor(await officer(world, CHAOYANG))
    async with world.database.begin() as session:
        notice = await notices.access_notice(session, actor, notice_id)
        with pytest.raises(NotFound):
            await notices.write(session, other, changed, made.HERE, timing=Timing(), now=world.clock.now(), notice=notice)
        await notices.write(session, actor, changed, made.HERE, timing=Timing(), now=world.clock.now(), notice=notice)
    assert (await made.notice(world, notice_id)).title == "体检改期"
    assert await made.actions(world, notice_id) == ["written", "changed"]


async def test_what_is_being_sent_can_not_be_rewritten(world: World) -> None:
    notice_id = await made.begun(world)
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        notice = await notices.access_notice(session, actor, notice_id)
        with pytest.raises(NotNow):
            await notices.write(session, actor, made.TEXT, made.HERE, timing=Timing(), now=world.clock.now(), notice=notice)


async def test_a_discarded_draft_is_in_no_list(world: World) -> None:
    notice_id = await made.write(world)
    await made.on(world, world.staff, notice_id, notices.discard, world.clock.now())
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        assert set((await notices.numbers(session, actor)).values()) == {0}


async def test_the_lines_of_a_notice_are_only_ever_added(world: World) -> None:
    await made.write(world)
    with pytest.raises(sa.exc.DBAPIError):
        async with world.database.begin() as session:
            await session.execute(sa.update(NoticeEvent).values(action="nothing"))


# ---- the paid rate


async def test_the_paid_rate_is_for_drafts_and_for_the_district_and_above(world: World) -> None:
    notice_id = await made.write(world)
    await made.on(world, world.staff, notice_id, notices.go_paid, world.clock.now(), paid=True)
    assert (await made.notice(world, notice_id)).paid_rate
    street = await officer(world, JINSONG)
    own = await made.write(world, street, audience=Audience(units=(JINSONG,)))
    with pytest.raises(NotAllowed):
        await made.on(world, street, own, notices.go_paid, world.clock.now(), paid=True)
    running = await made.begun(world)
    with pytest.raises(NotNow):
        await made.on(world, world.staff, running, notices.go_paid, world.clock.now(), paid=True)


# ---- who may see


async def sees(world: World, who: PersonId, notice_id: NoticeId) -> bool:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        try:
            await notices.access_notice(session, actor, notice_id)
        except NotFound:
            return False
    return True


async def test_a_draft_is_seen_by_its_author_alone(world: World) -> None:
    notice_id = await made.write(world)
    assert await sees(world, world.staff, notice_id)
    assert not await sees(world, world.city_staff, notice_id)


async def test_what_was_sent_is_seen_by_staff_of_the_unit_and_above_and_by_nobody_else(world: World) -> None:
    notice_id = await made.begun(world)
    colleague, below = await officer(world, CHAOYANG), await officer(world, JINSONG)
    assert [await sees(world, who, notice_id) for who in (world.staff, colleague, world.city_staff)] == [True] * 3
    others = (below, world.haidian_staff, world.lawyer, world.chair, world.worker)
    assert [await sees(world, who, notice_id) for who in others] == [False] * 5


async def test_a_notice_that_does_not_exist_is_not_found(world: World) -> None:
    assert not await sees(world, world.city_staff, NoticeId(4711))


# ---- lists


async def ids(world: World, who: PersonId, which: Which) -> list[NoticeId]:
    actor = await world.actor(who)
    async with world.database.begin() as session:
        found = [notice.id for notice in await notices.listed(session, actor, which, limit=50)]
        assert (await notices.numbers(session, actor))[which] == len(found)
    return found


async def test_each_list_shows_what_one_may_see_of_it(world: World) -> None:
    draft, running = await made.write(world), await made.begun(world)
    later = await made.write(world, timing=Timing(world.clock.now() + timedelta(days=2)))
    await made.submit(world, later)
    assert await ids(world, world.staff, Which.DRAFTS) == [draft]
    assert await ids(world, world.city_staff, Which.DRAFTS) == []
    assert await ids(world, world.city_staff, Which.AHEAD) == [running, later]
    assert await ids(world, world.haidian_staff, Which.AHEAD) == []


async def test_forms_of_ones_own_units_that_are_open_may_stand_behind_a_button(world: World) -> None:
    now = world.clock.now()
    async with world.database.begin() as session:
        for unit_id, title, closes in ((CHAOYANG, "开", 1), (CHAOYANG, "关", -1), (HAIDIAN, "别处", 1)):
            session.add(
                Survey(
                    unit_id=unit_id, author_id=world.staff, kind=SurveyKind.SURVEY, title=title, questions=[], anonymous=False,
                    opens_at=now - timedelta(days=2), closes_at=now + timedelta(days=closes), created_at=now,
                )
            )  # fmt: skip
    actor = await world.actor(world.staff)
    async with world.database.begin() as session:
        assert [survey.title for survey in await notices.open_surveys(session, actor, now)] == ["开"]


async def test_a_form_that_has_ended_or_is_somebody_elses_stands_behind_no_button(world: World) -> None:
    await made.members(world)
    own = await make(world, SurveyKind.SURVEY)
    elsewhere = await make(world, SurveyKind.SURVEY, by=world.haidian_staff, unit_id=HAIDIAN)

    def asking(survey_id: SurveyId) -> Content:
        return replace(made.TEXT, buttons=(NoticeButton("我要参加", Do.SURVEY, str(survey_id)),))

    with pytest.raises(BadContent):
        await made.write(world, content=asking(elsewhere))
    notice_id = await made.write(world, content=asking(own))
    world.clock.advance(days=8)
    with pytest.raises(BadContent):  # the draft has lain longer than the form was open
        await made.submit(world, notice_id)
