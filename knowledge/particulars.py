"""What a message says in passing that a form would have to ask for: where, which employer, since when, how much, how long, what grade.

Everything here is a suggestion: it is offered to the writer, who confirms it, and never stored by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import ahocorasick

from .numerals import NUMERALS, from_chinese
from .quantities import find_amounts, find_days
from .text import LONGEST

MOST = 5  # of anything: a form shows a handful of buttons
LONGEST_SERVICE = 60 * 12

_N = rf"(?:\d{{1,3}}|[{NUMERALS}]{{1,4}})"
_LENGTH = re.compile(
    rf"(?<![\d{NUMERALS}])(?P<years>{_N})\s*年(?P<half_year>半)?(?:零|又|多)?(?:(?P<months>{_N})\s*个?多?月)?|(?P<half>半年)|"
    rf"(?P<only_months>{_N})\s*个(?P<and_half>半)?多?月|(?P<only_days>{_N})\s*天"
)
# 干了三年 is a length of service, 欠了三年 is not: the verb before it, or the word after it, decides.
_SERVED = re.compile(
    r"(?:干了|干|做了|工作了?|上班了?|上了|在职|任职|就职|入职|进厂|进公司|来了|呆了|待了|服务了?|工龄|从业|教了|开了|跑了)"
    r"(?:到?现在|已经|都|快|将近|有|差不多|整整|大概|约|共|一共|是|为|:)*$"
)
_OF_SERVICE = re.compile(r"^(?:多|左右|的)*(?:工龄|老员工|老职工|的?班(?!费)|没签|没交)")
_GRADE = re.compile(
    r"(?P<first>10|[1-9一二三四五六七八九十])\s*级(?:伤残|残疾|工伤|残)|"
    r"(?:伤残|残疾|工伤|鉴定|评定|评了|评为|定了|定为|等级)[^，。,;；\d一二三四五六七八九十]{0,6}(?P<then>10|[1-9一二三四五六七八九十])\s*级"
)

_LEGAL_FORM = "有限责任公司|股份有限公司|有限公司|集团公司|分公司|股份公司"
_HOUSE = (
    "公司|集团|工厂|厂|医院|学校|中学|小学|幼儿园|大学|酒店|宾馆|饭店|餐厅|饭馆|菜馆|超市|商场|物业|事务所|银行|门诊部|养老院|项目部|合作社"
)
_WRITTEN = "[\u4e00-\u9fa5A-Za-z0-9()·]"
# A registered name is known by its legal form; any other by what stands before it: 在…, 叫….
_EMPLOYERS = (
    re.compile(rf"(?P<own>{_WRITTEN}{{2,30}}?)(?:{_LEGAL_FORM})"),
    re.compile(
        rf"(?:在|叫做?|进了?|来了?|入职|去了?|(?:单位|公司)(?:名称)?[是:])(?P<own>{_WRITTEN}{{2,10}}?)(?:{_HOUSE})(?![里区门长房方子内])"
    ),
)
_NAME_BEGINS_AFTER = re.compile(
    r".*(?:在|叫做|叫|是|给|被|到|去|从|由|和|跟|与|向|找|告|入职|进了|进|来了|我们|咱们|咱|他们|我|俺|的|于|了|把|让|说|将|为|对|举报|投诉|反映|关于|因|街道|区|镇)(?=..)"
)
_NO_NAME = re.compile(
    r".*(?:[这那某一每哪本该各几两多全整不没能会]|附近|隔壁|别的|其他|所在|用工|用人|派遣|劳务|外包|中介|老板|单位|自己|同行|上班|干活|工作|打工)|"
    r"(?:快递|物流|保洁|保安|建筑|装修|装饰|食品|电子|服装|制衣|纺织|化工|机械|印刷|家具|玩具|塑料|五金|汽修|造纸|水泥|纸箱|私人|私立|民办|公立|外资|台资|合资|国有|民营|上市|"
    r"科技|软件|互联网|网络|餐饮|家政|运输|客运|货运|出租车|公交|地产|房地产|保险|小贷|贷款|培训|教育|人力|人力资源|人才|关联|竞争|甲方|乙方|洗涤|物业|工业|小型|大型)+$"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A district, and a street or township if it was named."""

    district: str
    street: str = ""


@dataclass(frozen=True, slots=True)
class Length:
    """A stretch of time as it was said: whole months and further days."""

    said: str
    months: int
    days: int = 0


@dataclass(frozen=True, slots=True)
class Particulars:
    """What was picked up; empty where nothing was said. Each list in the order of the text, at most MOST long."""

    places: tuple[Place, ...] = ()
    employer: str = ""
    days: tuple[date, ...] = ()
    lengths: tuple[Length, ...] = ()
    amounts: tuple[Decimal, ...] = ()  # 元
    months_worked: int | None = None
    injury_grade: int | None = None  # 1 the gravest, 10 the slightest


class Places:
    """The districts and streets that are known, and finding them in a text."""

    def __init__(self, streets_of: Mapping[str, Iterable[str]]) -> None:
        """`streets_of` gives each district (with its other names after a /) its streets; one marked ! is only found by its whole name."""
        self._automaton = ahocorasick.Automaton()
        names: dict[str, list[Place]] = {}
        for title, streets in streets_of.items():
            district, *others = title.split("/")
            for name in {district, district.removesuffix("区"), *others}:
                names.setdefault(name, []).append(Place(district))
            for marked in streets:
                street = marked.removesuffix("!")
                shorter = () if marked.endswith("!") else (re.sub("(?:街道|地区|镇|乡)$", "", street),)
                for name in {street, *(each for each in shorter if len(each) > 1)}:
                    names.setdefault(name, []).append(Place(district, street))
        for name, places in names.items():
            self._automaton.add_word(name, (len(name), tuple(places)))
        self._automaton.make_automaton()

    def find(self, text: str) -> tuple[Place, ...]:
        """The places named, without repeats; a street's district is not listed again. A street's name alone tells its district if only one has it."""
        if not len(self._automaton):
            return ()
        found = sorted(
            ((last + 1 - length, -last, places) for last, (length, places) in self._automaton.iter(text)), key=lambda hit: hit[:2]
        )
        districts = {place.district for _, _, places in found for place in places if not place.street}
        named: list[Place] = []
        reach = -1
        for start, last, places in found:
            if start <= reach:
                continue  # 朝阳 inside 朝阳门: the longer name, which comes first, was meant
            reach = -last
            fitting = [place for place in places if place.district in districts] or list(places)
            if len(fitting) == 1 and fitting[0] not in named:
                named.append(fitting[0])
        streets = {place.district for place in named if place.street}
        return tuple(place for place in named if place.street or place.district not in streets)[:MOST]


def pick_up(text: str, today: date, places: Places) -> Particulars:
    """What a message says in passing, seen from `today`. Pure; never raises."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    numbers = _Numbers(plain)
    return Particulars(
        places=places.find(plain),
        employer=_employer(plain),
        days=tuple(find_days(plain, today)[:MOST]),
        lengths=tuple(length for _, length in numbers.lengths[:MOST]),
        amounts=tuple(find_amounts(plain)[:MOST]),
        months_worked=numbers.months_worked,
        injury_grade=_grade(plain),
    )


class _Numbers:
    """The stretches of time in a text, and which of them is the time worked."""

    def __init__(self, plain: str) -> None:
        self._plain = plain

    @cached_property
    def lengths(self) -> list[tuple[re.Match[str], Length]]:
        lengths = []
        for found in _LENGTH.finditer(self._plain):
            length = _length(found)
            if length is not None:
                lengths.append((found, length))
        return lengths

    @property
    def months_worked(self) -> int | None:
        for found, length in self.lengths:
            before, after = self._plain[max(0, found.start() - 12) : found.start()], self._plain[found.end() : found.end() + 6]
            if length.months and (_SERVED.search(before) or _OF_SERVICE.search(after)):
                return length.months
        return None


def _number(written: str | None) -> int:
    if not written:
        return 0
    return int(written) if written.isdecimal() else (from_chinese(written) or 0)


def _length(found: re.Match[str]) -> Length | None:
    """None for what is no length of time, and for what nobody lives to work."""
    years = _number(found["years"])
    months = years * 12 + _number(found["months"]) + _number(found["only_months"]) + (6 if found["half"] or found["half_year"] else 0)
    days = _number(found["only_days"]) + (15 if found["and_half"] else 0)
    if months > LONGEST_SERVICE or (not months and days < 2):  # 一天 is how often, not how long
        return None
    return Length(found.group(), months, days)


def _grade(plain: str) -> int | None:
    found = _GRADE.search(plain)
    if found is None:
        return None
    return _number(found["first"] or found["then"])


def _employer(plain: str) -> str:
    """The first thing that reads like the name of a firm: 北京某某餐饮有限公司, but not 我们公司 or 一家食品厂."""
    for pattern in _EMPLOYERS:
        for found in pattern.finditer(plain):
            own = _NAME_BEGINS_AFTER.sub("", found["own"])
            if len(own) > 1 and not _NO_NAME.match(own.removeprefix("北京某某")):
                return own + found.group()[found.group().rindex(own) + len(own) :]
    return ""
