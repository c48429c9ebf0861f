"""Until which day a claim can be brought to arbitration: 劳动争议调解仲裁法 27, counted by 民法典 201–203."""

from __future__ import annotations

from datetime import date

from .base import Check, Input, Kind, Option, Result, Situation, Values
from .calculator import Calculator
from .periods import add_years, day_text
from .working import Working, arbitration_law, civil_code

_KINDS = (
    Option("wages", "拖欠工资、加班费等劳动报酬"),
    Option("other", "其他（辞退、经济补偿、赔偿金、双倍工资、年休假、工伤待遇等）"),
)
_STOPS = (
    Option("none", "都没有"),
    Option("asked", "向公司要过（微信、书面、谈话录音）"),
    Option("complained", "向劳动监察、信访、工会、调解组织投诉或申请过"),
    Option("promised", "公司答应给、写过欠条或付过一部分"),
)


def _wages(values: Values, _situation: Situation) -> bool:
    return values.choice("claim") == "wages"


def _runs(values: Values, situation: Situation) -> bool:
    """Whether any limit runs: for wages only after the employment has ended."""
    return not (_wages(values, situation) and values.yes("employed"))


def _left_asked(values: Values, situation: Situation) -> bool:
    return _wages(values, situation) and not values.yes("employed")


def _known_asked(values: Values, situation: Situation) -> bool:
    return values.choice("claim") == "other"


def _was_stopped(values: Values, situation: Situation) -> bool:
    return _runs(values, situation) and values.choice("stopped") not in {"", "none"}


def _limit(values: Values, situation: Situation) -> Result:
    working = Working(situation)
    if not _runs(values, situation):
        working.line("还在职的，要工资不受一年的限制；离开以后，一年内要提出", arbitration_law(27))
        working.note("年头久的，考勤和工资记录不好找（单位只须保存两年），还是早要为好。")
        return working.result("在职期间要工资没有一年的限制", None)
    if _wages(values, situation):
        begin = values.need_day("left_on")
        working.line(f"要工资的，从离开单位那天（{day_text(begin)}）起一年内", arbitration_law(27))
    else:
        begin = values.need_day("known_on")
        working.line(f"从知道或应当知道权利被侵害那天（{day_text(begin)}）起一年", arbitration_law(27))
    begin = _restarted(begin, values, working)
    last = add_years(begin, 1)
    working.line(f"当天不算，从次日起数满一年：最后一天是{day_text(last)}", civil_code(201), civil_code(202))
    _if_closed(last, working)
    left = (last - situation.today).days
    _notes(left, working)
    return working.result(_headline(last, left), None, last_day=last, days_left=left, begins=begin)


def _headline(last: date, left: int) -> str:
    if left < 0:
        return f"一年的时效在{day_text(last)}已经过了 {-left} 天；先别放弃，请律师看有没有中断、中止"
    if left == 0:
        return "今天就是最后一天，请今天就去递交仲裁申请"
    return f"最晚{day_text(last)}申请仲裁，还有 {left} 天"


def _restarted(begin: date, values: Values, working: Working) -> date:
    """The day from which the year runs, after it was interrupted in time (27, paragraph 2)."""
    stopped = values.day("stopped_on")
    if stopped is None or stopped <= begin:
        return begin
    if stopped > add_years(begin, 1):
        if values.choice("stopped") == "promised":
            working.line(f"{day_text(stopped)}公司答应过，但那时一年已经过了：公司不能再拿时效推，要看怎么答应的", civil_code(192))
            working.note("过了时效公司又答应的，请带上证据让律师看。")
        else:
            working.line(f"{day_text(stopped)}再主张时，一年已经过了，时效不能重新算", arbitration_law(27))
        return begin
    working.line(f"{day_text(stopped)}主张、投诉或公司答应过，时效中断，从那天重新算一年", arbitration_law(27))
    working.note("中断要有证据：聊天记录、快递单、投诉回执、录音、欠条。之后每要一次、投诉一次，都重新算。")
    return stopped


def _if_closed(last: date, working: Working) -> None:
    """A last day on which nobody works: said, but never counted on."""
    holidays = working.situation.fact("holidays", last)
    if holidays is not None and last in holidays.days:
        working.show(holidays)
        what = "法定节假日"
    elif last.weekday() >= 5:
        what = "周末"
    else:
        return
    working.line(f"最后一天是{what}：法律上可以顺延到放假结束的次日，但请不要等，提前递交", civil_code(203))


def _notes(left: int, working: Working) -> None:
    if left >= 0:
        working.note("别等到最后几天：材料不齐可以先递申请再补；邮寄的用 EMS 并留底单。")
    working.note("因不可抗力或其他正当理由没法申请的，时效中止，原因消除后接着算。")
    working.note("向劳动监察投诉是另一条路，一般管违法行为终了两年以内的。工伤认定申请也是一年，另外计算。")


ARBITRATION_LIMIT = Calculator(
    name="arbitration-limit",
    title="仲裁时效",
    about="最晚哪天申请劳动仲裁，还剩几天",
    inputs=(
        Input(name="claim", label="您要的是什么？", kind=Kind.CHOICE, options=_KINDS),
        Input(name="employed", label="您现在还在这家单位吗？", kind=Kind.YES_NO, needed_when=_wages),
        Input(name="left_on", label="最后一天上班（劳动关系结束）是哪天？", kind=Kind.DAY, example="2026-03-31", needed_when=_left_asked),
        Input(
            name="known_on",
            label="您哪天知道这件事的？（比如收到辞退通知、该给钱没给的那天）",
            kind=Kind.DAY,
            example="2026-03-31",
            needed_when=_known_asked,
        ),
        Input(
            name="stopped", label="那以后，有没有下面的事？（有几样的，选最近的一样）", kind=Kind.CHOICE, options=_STOPS, needed_when=_runs
        ),
        Input(name="stopped_on", label="最近一次是哪天？", kind=Kind.DAY, example="2026-09-10", needed_when=_was_stopped),
    ),
    checks=(
        Check(
            ("known_on", "stopped_on"),
            lambda values, _situation: values.need_day("known_on") <= values.need_day("stopped_on"),
            "这一天不能早于您知道这件事的日子",
        ),
    ),
    work=_limit,
    articles=(arbitration_law(27), *(civil_code(number) for number in (192, 201, 202, 203))),
)
