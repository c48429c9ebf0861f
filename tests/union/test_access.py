"""Who may do what with a case: the whole table cell by cell, and lists that never show what may not be seen."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from storage.models import Case, CaseFollower, CaseKind, Intake, Role, RoleGrant, Unit, UnitKind
from storage.types import CaseId, PersonId, UnitId
from tests.union.world import CHAOYANG, CITY, HAIDIAN, JINSONG, RULES, WANGJING, World, new_officer
from union import cases, people, routing
from union.access import MAY, access_case, chairs_among, find_case, ladder_of, must_not_hear, nearest_rung, parties
from union.errors import NotFound
from union.lifecycle import Party
from union.overview import open_cases
from union.people import Actor

STATION, ACCUSED, ELSEWHERE = UnitId(41), UnitId(42), UnitId(43)


@dataclass(frozen=True)
class Town:
    """A dispute of 劲松 in the hands of a lawyer, and everybody who may or may not have to do with it, each under a letter."""

    world: World
    case_id: CaseId
    who: dict[str, PersonId]

    async def actor(self, letter: str) -> Actor:
        return await self.world.actor(self.who[letter])

    async def may(self, letter: str, action: str, case_id: CaseId | None = None) -> bool:
        actor = await self.actor(letter)
        async with self.world.database.begin() as session:
            try:
                return (await access_case(session, actor, case_id or self.case_id, action)).id == (case_id or self.case_id)
            except NotFound:
                return False


async def make_town(world: World) -> Town:
    """Everybody around one case, by a letter:

    w the worker · f the worker at another door · o another worker
    h the lawyer who has it · x the lawyer who gave it back · l a lawyer of the pool
    s staff of its street · d of the district · c of the city · a an admin of the city
    z staff of another district · n of the next street · b of a station below the street
    k the accused employer's chair, who is staff of the district as well · e the chair of another workplace there, and j of the street
    """
    async with world.database.begin() as session:
        for unit_id, kind, name in (
            (STATION, UnitKind.STATION, "劲松工会服务站"),
            (ACCUSED, UnitKind.WORKPLACE, "北京市劲松饭店有限公司工会委员会"),
            (ELSEWHERE, UnitKind.WORKPLACE, "劲松书店工会"),
        ):
            session.add(Unit(id=unit_id, kind=kind, name=name, short=name, parent_id=JINSONG, path=f"1.2.4.{unit_id}."))
        await session.flush()
        now, pool = world.clock.now(), world.pool_lawyer
        who = {"w": world.worker, "o": world.other_worker, "x": world.lawyer, "h": pool, "c": world.city_staff, "d": world.staff}
        who |= {"z": world.haidian_staff, "j": world.chair, "f": await people.agree(session, now)}
        who |= {"s": await new_officer(session, "街道", JINSONG, now), "b": await new_officer(session, "站点", STATION, now)}
        who |= {"n": await new_officer(session, "邻街", WANGJING, now), "a": await new_officer(session, "管理", CITY, now, role=Role.ADMIN)}
        who |= {
            "k": await new_officer(session, "两职", CHAOYANG, now),
            "e": await new_officer(session, "书店", ELSEWHERE, now, role=Role.CHAIR),
        }
        await people.grant(session, person_id=who["k"], role=Role.CHAIR, unit_id=ACCUSED, now=now)
    case_id = await world.new_case()
    await world.decline(case_id)
    async with world.database.begin() as session:
        who["l"] = await people.agree(session, now)
        await people.grant(session, person_id=who["l"], role=Role.LAWYER, unit_id=CHAOYANG, now=now)
        session.add(CaseFollower(case_id=case_id, person_id=who["f"], since=now))
    return Town(world, case_id, who)


@pytest.fixture
async def town(world: World) -> Town:
    return await make_town(world)


WORKER, HANDLER, STAFF = "wf", "h", "sdca"

EXPECTED = {
    # the worker's own
    "follow": WORKER, "ask_call": WORKER, "answer_mediation": WORKER, "reveal": WORKER, "passphrase": WORKER,
    "consent_to_publish": WORKER, "speak": WORKER, "withdraw": WORKER, "rate": WORKER,
    # the handler's own
    "write": HANDLER, "read_room": HANDLER, "log_contact": HANDLER, "call": HANDLER, "accept": HANDLER, "decline": HANDLER,
    "intervene": HANDLER, "proceed": HANDLER, "report": HANDLER, "close": HANDLER, "ask_pause": HANDLER, "hand_over": HANDLER,
    # the staff's own
    "see_contact": STAFF, "urge": STAFF, "acknowledge": STAFF, "assign_by_hand": STAFF, "publish": STAFF, "link": STAFF,
    "pause": STAFF, "refer": STAFF, "join": STAFF, "leave_group": STAFF,
    # shared
    "see": HANDLER + STAFF, "see_notes": HANDLER + STAFF, "add_note": HANDLER + STAFF, "set_date": HANDLER + STAFF,
    "mediate": HANDLER + STAFF, "hand_up": HANDLER + STAFF, "split": HANDLER + STAFF, "assign": HANDLER + STAFF, "transfer": HANDLER + STAFF,
    "draft": WORKER + HANDLER, "reopen": WORKER + STAFF, "reopen_unheard": WORKER + STAFF, "resume": WORKER + STAFF, "merge": WORKER + STAFF,
    # the program's
    "unassign": "", "archive": "",
}  # fmt: skip
"""Every action there is, and everybody who may. Whoever is not named may not: o x l z n b k e j never stand here."""


async def test_everybody_may_do_with_a_case_exactly_what_the_table_says(town: Town) -> None:
    async with town.world.database.begin() as session:
        case = await session.get_one(Case, town.case_id)
        path = (await session.get_one(Unit, case.unit_id)).path
        actors = {letter: await people.load_actor(session, person_id) for letter, person_id in town.who.items()}
    found = {letter: parties(actor, case, path, follows=letter == "f") for letter, actor in actors.items()}
    allowed = {action: {letter for letter, own in found.items() if own & may} for action, may in MAY.items()}
    assert allowed == {action: set(letters) for action, letters in EXPECTED.items()}


@pytest.mark.parametrize("action", ["follow", "see", "write", "pause", "resume", "archive"])
async def test_a_case_is_loaded_for_those_alone_who_may(town: Town, action: str) -> None:
    """The same as the table, through the one way in that there is: one action for each pattern of it."""
    assert {letter for letter in town.who if await town.may(letter, action)} == set(EXPECTED[action])


async def test_an_officer_who_handles_a_complaint_is_handler_and_staff_and_their_colleagues_are_staff(town: Town) -> None:
    case_id = await town.world.new_case(kind="complaint")
    assert (await town.world.case(case_id)).officer_id == town.who["s"]
    assert {letter for letter in town.who if await town.may(letter, "write", case_id)} == {"s"}
    assert {letter for letter in town.who if await town.may(letter, "pause", case_id)} == set(STAFF)


async def test_staff_with_a_case_of_their_own_are_its_worker_and_nothing_else(town: Town) -> None:
    case_id = await town.world.new_case(worker_id=town.who["d"])
    assert await town.may("d", "withdraw", case_id)
    assert not await town.may("d", "see", case_id)
    assert not await town.may("d", "pause", case_id)


async def test_a_case_that_belongs_to_the_district_is_not_the_streets(town: Town) -> None:
    case_id = await town.world.new_case(unit_id=CHAOYANG)
    assert {letter for letter in town.who if await town.may(letter, "pause", case_id)} == set("dca")


async def test_a_unit_whose_number_begins_alike_is_not_below(town: Town) -> None:
    async with town.world.database.begin() as session:
        session.add(Unit(id=22, kind=UnitKind.DISTRICT, name="丰台区总工会", short="丰台", parent_id=CITY, path="1.22."))
    case_id = await town.world.new_case(unit_id=UnitId(22))
    assert not await town.may("d", "see", case_id)  # 1.2. is not above 1.22.


async def test_a_role_that_was_taken_away_reaches_nothing_any_more(town: Town) -> None:
    async with town.world.database.begin() as session:
        taken = sa.update(RoleGrant).where(RoleGrant.person_id == town.who["d"])
        await session.execute(taken.values(revoked_at=town.world.clock.now()))
    assert not await town.may("d", "see")


async def test_a_chair_who_reported_an_incident_at_their_own_workplace_follows_it(town: Town) -> None:
    reported = await town.world.new_case(kind="incident", worker_id=town.who["k"], unit_id=ACCUSED, intake=Intake.CHAIR)
    assert await town.may("k", "follow", reported)
    assert not await town.may("k", "see", reported)


async def test_a_missing_case_somebody_elses_and_an_action_that_is_not_theirs_are_the_same_error(town: Town) -> None:
    async with town.world.database.begin() as session:
        code = (await session.get_one(Case, town.case_id)).code
        said = set()
        for letter, wanted, action in (
            ("o", town.case_id, "follow"),
            ("o", CaseId(town.case_id + 1000), "follow"),
            ("w", town.case_id, "write"),
        ):
            with pytest.raises(NotFound) as error:
                await access_case(session, await people.load_actor(session, town.who[letter]), wanted, action)
            said.add((error.type, error.value.args, error.value.code))
        for sought in (code, "00000000"):
            with pytest.raises(NotFound) as error:
                await find_case(session, await people.load_actor(session, town.who["o"]), sought, "follow")
            said.add((error.type, error.value.args, error.value.code))
    assert len(said) == 1


async def test_a_case_is_found_by_the_code_that_its_worker_knows(town: Town) -> None:
    code = (await town.world.case(town.case_id)).code
    async with town.world.database.begin() as session:
        assert (await find_case(session, Actor(town.who["w"], ""), code, "follow")).id == town.case_id


def test_nobody_is_given_an_action_that_the_table_does_not_know() -> None:
    assert set(EXPECTED) == set(MAY)
    assert all(may <= {Party.WORKER, Party.HANDLER, Party.STAFF} for may in MAY.values())


# ---- the lists


async def test_no_list_shows_a_case_that_may_not_be_opened_and_the_board_shows_all_that_may(town: Town) -> None:
    world = town.world
    for unit_id in (JINSONG, WANGJING, CHAOYANG, HAIDIAN, CITY, ACCUSED):
        for kind in (CaseKind.DISPUTE, CaseKind.COMPLAINT):
            for employer in ("劲松饭店", "劲松书店", "无名公司"):
                await world.new_case(unit_id=unit_id, kind=kind, employer=employer)
    for letter in "doks":  # of staff themselves
        await world.new_case(worker_id=town.who[letter])
    async with world.database.begin() as session:
        everything = list(await session.scalars(sa.select(Case).order_by(Case.id)))
        paths = {row[0]: row[1] for row in await session.execute(sa.select(Unit.id, Unit.path))}
        for letter, person_id in town.who.items():
            actor = await people.load_actor(session, person_id)
            own = {c.id: parties(actor, c, paths[c.unit_id], follows=letter == "f" and c.id == town.case_id) for c in everything}
            board = {case.id for case in await open_cases(session, actor, 1000)}
            inbox = {case.id for case in await cases.cases_of_handler(session, person_id, 1000)}
            mine = {case.id for case in await cases.cases_of_worker(session, person_id, 1000)}
            assert board == {case_id for case_id, own_parties in own.items() if Party.STAFF in own_parties}, letter
            assert inbox == {case_id for case_id, own_parties in own.items() if Party.HANDLER in own_parties}, letter
            assert mine >= {case_id for case_id, own_parties in own.items() if Party.WORKER in own_parties}, letter
            assert all(case.worker_id == person_id or letter == "f" for case in everything if case.id in mine), letter
    assert len(everything) == 41


# ---- whom an alarm may find


async def test_no_alarm_finds_the_worker_or_the_accused_employers_chair(town: Town) -> None:
    world = town.world
    async with world.database.begin() as session:
        case = await session.get_one(Case, town.case_id)
        found = {person_id for rung in await ladder_of(session, case) for person_id in rung.people}
        assert found == {town.who[letter] for letter in "sdc"}
        chairs = await chairs_among(session, [town.who[letter] for letter in "skedj"])
        assert set(chairs) == {town.who[letter] for letter in "kej"}
        assert must_not_hear(case.worker_id, case.employer, chairs) == {town.who["w"], town.who["k"]}


async def test_a_rung_on_which_only_the_accused_stand_passes_to_the_next_one_above(town: Town) -> None:
    async with town.world.database.begin() as session:
        for letter in "sd":
            await session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == town.who[letter]))
        case = await session.get_one(Case, town.case_id)
        assert (await nearest_rung(session, case)).people == [town.who["c"]]
    await town.world.decline(town.case_id)
    async with town.world.database.begin() as session:
        await routing.keep(session, await session.get_one(Case, town.case_id), RULES, town.world.clock.now())
    assert await town.world.told(town.who["k"]) == []
