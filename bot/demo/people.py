"""The made-up people of the demo: lawyers, officers of the union, members, and the example cases among them.

Pure and deterministic: the same register gives the same people, at every start and on every machine. Nobody here exists: every name ends
in `MARK`, every phone number begins with `PHONE_PREFIX`. Nothing may ever be sent to these numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.cases import ExampleCase, read_cases
from bot.demo.register import Register

MARK = "（示例）"
"""Ends the name of everybody who is made up."""

PHONE_PREFIX = "1000000"
"""Begins the phone number of everybody who is made up."""

SEED = 12351

UnitKey = tuple[str, ...]
"""A unit by its names from the top: () the city, (district,), (district, street), (district, street, workplace)."""

CITY: UnitKey = ()

LAWYERS = 60
MEMBERS = 200
LAWYERS_PER_DISTRICT = 3
EXTRA_LAWYERS = {"朝阳区": 2, "海淀区": 1, "丰台区": 1, "通州区": 1}
POOL = 2
"""How many of a district's lawyers are also its pool; the others stand for their streets only."""

ON_LEAVE = {"朝阳区": 3, "海淀区": 6, "西城区": 10, "昌平区": 14, "延庆区": 21}
"""District → days until its last lawyer is back, so that the pool has to step in."""

INTERESTS = ("维权知识", "技能培训", "健康体检", "亲子活动", "相亲交友", "读书", "文体活动", "消费优惠", "疗休养", "心理关爱")

LAWYER_TOPICS = (
    "wages",
    "hours",
    "leave",
    "contract",
    "termination",
    "resignation",
    "injury",
    "insurance",
    "women",
    "restrictive",
    "relationship",
)

SURNAMES = tuple("赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦尤许何吕施张孔曹严金魏陶姜")
GIVEN_NAMES = tuple(
    "小满谷雨立秋夏至晨曦知秋若溪听雨春耕沐阳青山远航望舒星河长林秋实新月安之乐天可欣"
    "佳禾雨桐禾苗初晴云帆海宁松涛冬青晓棠雪梅朝晖双喜如意嘉树南乔北辰竹君兰心景行敏行"[at : at + 2]
    for at in range(0, 80, 2)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleLawyer:
    """A lawyer. units: those they are named for; a district or the city means its pool. topics: empty means all.

    leave_days: days from now until they are back, None if they are not away.
    """

    name: str
    phone: str
    firm: str
    units: tuple[UnitKey, ...]
    capacity: int
    topics: tuple[str, ...]
    leave_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOfficer:
    """Somebody who serves the union at a unit. role: "staff" or "chair"."""

    name: str
    phone: str
    role: str
    unit: UnitKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleMember:
    """A member at a workplace. card: the number of the 京卡, empty without one. reachable: a door to them is open."""

    name: str
    phone: str
    district: str
    street: str
    workplace: str
    joined_days: int
    card: str
    interests: tuple[str, ...]
    reachable: bool

    @property
    def unit(self) -> UnitKey:
        """The workplace, as a unit."""
        return (self.district, self.street, self.workplace)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody. cases: each example case with the member whom it befell."""

    lawyers: tuple[ExampleLawyer, ...]
    officers: tuple[ExampleOfficer, ...]
    members: tuple[ExampleMember, ...]
    cases: tuple[tuple[ExampleCase, ExampleMember], ...]


def make_people(register: Register) -> People:
    """The made-up people for a register."""
    # Not for secrets: the same people every time is the point.
    rng = random.Random(SEED)
    names = _names(rng)
    lawyers = tuple(_lawyers(register, names, rng))
    officers = tuple(_officers(register, names))
    members = tuple(_members(register, names, rng))
    first_at = {member.workplace: member for member in reversed(members)}
    cases = tuple((case, first_at[case.workplace.name]) for case in read_cases(register))
    return People(lawyers=lawyers, officers=officers, members=members, cases=cases)


def _names(rng: random.Random) -> Iterator[str]:
    """Names in random order, none twice."""
    pairs = [surname + given for surname in SURNAMES for given in GIVEN_NAMES]
    rng.shuffle(pairs)
    return (f"{pair}{MARK}" for pair in pairs)


def _lawyers(register: Register, names: Iterator[str], rng: random.Random) -> Iterator[ExampleLawyer]:
    """Some in every district, the rest in the city's pool. The streets of a district go round its lawyers, so each has exactly one."""
    seats: list[tuple[tuple[UnitKey, ...], int | None]] = []
    for district in register.districts:
        count = LAWYERS_PER_DISTRICT + EXTRA_LAWYERS.get(district.name, 0)
        units: list[list[UnitKey]] = [[] for _ in range(count)]
        for number, street in enumerate(register.streets_of(district.name)):
            units[-1 - number % count].append((district.name, street.name))
        for pooled in units[:POOL]:
            pooled.append((district.name,))
        leave: list[int | None] = [None] * (count - 1)
        seats.extend(zip(map(tuple, units), [*leave, ON_LEAVE.get(district.name)], strict=True))
    seats.extend([((CITY,), None)] * (LAWYERS - len(seats)))

    for number, (named_for, leave_days) in enumerate(seats):
        in_city_pool = CITY in named_for
        yield ExampleLawyer(
            name=next(names),
            phone=f"{PHONE_PREFIX}{1001 + number}",
            firm=register.firms[number % len(register.firms)].name,
            units=named_for,
            capacity=rng.randrange(8, 21, 2),
            # Those of the city's pool take whatever nobody else can.
            topics=() if in_city_pool or number % 10 == 0 else tuple(sorted(rng.sample(LAWYER_TOPICS, rng.randint(4, 7)))),
            leave_days=leave_days,
        )


def _officers(register: Register, names: Iterator[str]) -> Iterator[ExampleOfficer]:
    """The city's officer, one in every district and a second in the largest, some at streets, some chairs of workplace unions."""
    seats: list[tuple[str, UnitKey]] = [("staff", CITY)]
    seats += [("staff", (district.name,)) for district in register.districts]
    seats += [("staff", (name,)) for name in ("朝阳区", "海淀区")]
    seats += [("staff", (name, register.streets_of(name)[0].name)) for name in ("东城区", "西城区", "海淀区", "丰台区", "通州区")]
    seats += [("staff", ("朝阳区", street)) for street in ("劲松街道", "建外街道", "望京街道")]
    largest = sorted(register.workplaces, key=lambda workplace: -workplace.workers)[:8]
    seats += [("chair", (workplace.district, workplace.street, workplace.name)) for workplace in largest]
    for number, (role, unit) in enumerate(seats):
        yield ExampleOfficer(name=next(names), phone=f"{PHONE_PREFIX}{2001 + number}", role=role, unit=unit)


def _members(register: Register, names: Iterator[str], rng: random.Random) -> Iterator[ExampleMember]:
    """Members go round the workplaces, so that every workplace has some."""
    for number in range(1, MEMBERS + 1):
        workplace = register.workplaces[(number - 1) % len(register.workplaces)]
        yield ExampleMember(
            name=next(names),
            phone=f"{PHONE_PREFIX}{number:04d}",
            district=workplace.district,
            street=workplace.street,
            workplace=workplace.name,
            joined_days=rng.randint(30, 4000),
            card=f"990000000000{number:04d}" if rng.random() < 0.8 else "",
            interests=tuple(sorted(rng.sample(INTERESTS, rng.randint(1, 4)))),
            reachable=rng.random() < 0.85,
        )
