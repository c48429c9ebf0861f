"""The words for each line that a case's history can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handlers.lawyer.taking import OVER_REASONS
from handlers.staff.mediating import RESULT_WORDS
from handlers.staff.referring import REFER_REASONS, UP_REASONS
from handlers.wording import OUTCOME, day, moment
from storage.models import Intake, Outcome
from storage.types import PersonId, UnitId
from union.paths import date_kinds, path_for
from union.rules import Rules

_WHY: Mapping[str, str] = {
    "declined": "退过这个单",
    "conflict": "有利益冲突",
    "on_leave": "休假",
    "full": "案件已满",
    "language": "不会职工的语言",
    "topic": "不熟悉这类案件",
}
_REASON: Mapping[str, str] = {code: label for label, code in OVER_REASONS}
_INTAKE: Mapping[str, str] = {
    Intake.WORKER: "受理",
    Intake.HOTLINE: "热线登记受理",
    Intake.CHAIR: "基层工会报告",
    Intake.URGENT: "从紧急的话里发现，自动上报",
    Intake.RADAR: "多人反映同一单位，自动上报",
    Intake.SPLIT: "拆案受理",
}
_HOW: Mapping[str, str] = {"message": "消息送达{}", "call": "和{}通了电话", "visit": "和{}见了面"}
_STEPS: Mapping[str, str] = {step.code: step.title for nature in ("violation", "rights", "interest") for step in path_for(nature).steps}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history, with everything that its words may need. worker: what the one who brought the case is called."""

    action: str
    detail: Mapping[str, Any]
    actor_id: PersonId | None
    names: Mapping[PersonId, str]
    units: Mapping[UnitId, str]
    codes: Mapping[int, str]
    rules: Rules
    worker: str

    @property
    def who(self) -> str:
        """Who did it; 系统 for the program."""
        return self.name(self.actor_id)

    def name(self, person_id: int | None) -> str:
        """Somebody's name."""
        return "系统" if person_id is None else self.names.get(PersonId(person_id)) or "工会"

    def unit(self, key: str = "unit") -> str:
        """The unit of which the detail has the number."""
        return self.units.get(UnitId(self.detail.get(key) or 0), "")

    def case(self, key: str) -> str:
        """The code of another case."""
        return self.codes.get(int(self.detail.get(key) or 0), "另一个案件")

    @property
    def told(self) -> str:
        """Who was told."""
        return "、".join(self.name(person) for person in self.detail.get("told", ())) or "无人在岗"

    @property
    def rule(self) -> str:
        """The title of the rule that a step belongs to."""
        rule = self.rules.get(str(self.detail.get("rule", "")))
        return rule.title if rule else "时限"


def words(line: Line) -> str:
    """What a line says. One that is not known (an older program wrote it) is told as such, never as a code."""
    known = _LINES.get(line.action)
    return known(line) if known else f"{line.who}：其他变动"


def _given(line: Line) -> str:
    """派给何律师（劲松街道总工会指定律师；周律师休假）."""
    passed = "；".join(f"{line.name(entry['lawyer'])}{_WHY.get(entry['why'], '')}" for entry in line.detail.get("passed_over", ()))
    to = line.name(line.detail.get("lawyer") or line.detail.get("officer"))
    if unit := line.unit("named_for"):
        named = f"{unit}指定律师" if line.detail.get("lawyer") else unit
        return f"{to}（{named}{'；' + passed if passed else ''}）"
    return f"{to}（{line.who}人工指派）"


def _reminded(line: Line) -> str:
    return f"提醒（{line.rule}）：{line.told}"


def _late(line: Line) -> str:
    late = "超过24小时未介入" if line.detail.get("rule", "intervention") == "intervention" else f"超时（{line.rule}）"
    again = "仍未介入，再次上报" if line.detail.get("rule", "intervention") == "intervention" else f"仍超时（{line.rule}），再次上报"
    return f"{late if line.action == 'case.overdue' else again}，已报{line.unit()}（{line.told}）"


def _closed(line: Line) -> str:
    recovered = line.detail.get("recovered")
    return f"{line.who}办结：{OUTCOME[Outcome(line.detail['outcome'])]}" + (f"，追回 {recovered} 元" if recovered else "")


def _rated(line: Line) -> str:
    marks = line.detail.get("marks") or [line.detail.get("stars")]
    return f"{line.worker}评价 {'、'.join(str(mark) for mark in marks)} 分"


def _dated(line: Line) -> str:
    kind = date_kinds().get(str(line.detail.get("code")))
    return f"{line.who}记日期：{kind.label if kind else '其他'} {day(date.fromisoformat(line.detail['day']))}"


def _mediation(verb: str) -> Callable[[Line], str]:
    return lambda line: f"{line.who}{verb}：{moment(datetime.fromisoformat(line.detail['at']))}"


def _by(verb: str) -> Callable[[Line], str]:
    return lambda line: f"{line.who}{verb}"


def _of_worker(verb: str) -> Callable[[Line], str]:
    return lambda line: f"{line.worker}{verb}"


def _unit_of(verb: str, reasons: Mapping[str, str]) -> Callable[[Line], str]:
    return lambda line: f"{line.who}{verb}{line.unit()}：{reasons.get(str(line.detail.get('reason')), '其他原因')}"


def _reason(verb: str) -> Callable[[Line], str]:
    return lambda line: f"{line.who}{verb}：{_REASON.get(str(line.detail.get('reason')), '其他原因')}"


_LINES: Mapping[str, Callable[[Line], str]] = {
    # coming in, and whose it is
    "case.received": lambda line: (
        _INTAKE.get(str(line.detail.get("intake")), "受理") + ("（匿名）" if line.detail.get("anonymous") else "")
    ),
    "case.consent_heard": _by("向来电人念了隐私说明，对方同意"),
    "case.received_again": lambda line: f"{line.who}重新受理，重新计时",
    "case.adopted": lambda line: "旧系统留下的诉求，从这时起计时",
    "case.assigned": lambda line: f"派给{_given(line)}",
    "case.transferred": lambda line: f"转给{_given(line)}",
    "case.unassigned": lambda line: (
        "没有合适的人可派，已提醒工会工作人员" + (f"，先由{line.name(line.detail['officer'])}盯住" if line.detail.get("officer") else "")
    ),
    "case.kept": lambda line: f"{line.who}请{line.name(line.detail.get('officer'))}先盯住，等派律师",
    "case.not_taken": lambda line: "没有别的律师能接，已提醒工会工作人员",
    "case.passed_on": lambda line: f"{line.name(line.detail.get('lawyer'))}没有按时接单，转派",
    "case.handed_up": _unit_of("上报", UP_REASONS),
    "case.referred": _unit_of("转给", REFER_REASONS),
    "case.referred_to_inspectorate": _by("移送劳动监察"),
    "case.accepted": _by("接单"),
    "case.declined": _reason("退单"),
    "case.handed_over": _reason("要求转办"),
    # the work
    "case.intervened": lambda line: f"{line.who}介入（{_HOW.get(str(line.detail.get('how')), '消息送达{}').format(line.worker)}）",
    "case.proceeded": lambda line: f"{line.who}办到“{_STEPS.get(str(line.detail.get('step')), '下一步')}”",
    "case.news": lambda line: f"{line.who}联系了{line.worker}",
    "case.called": lambda line: f"{line.who}和{line.worker}通了电话",
    "case.visited": lambda line: f"{line.who}和{line.worker}见了面",
    "case.call_failed": _by("打电话没打通"),
    "case.call_asked": _of_worker("请打电话"),
    "case.call_done": _by("回了电话，号码已删"),
    "case.call_cancelled": _of_worker("不用打电话了"),
    "case.noted": _by("写了内部备注"),
    "case.added": _of_worker("补充了内容"),
    "case.date_noted": _dated,
    "case.pause_asked": _by("说联系不上，申请暂停时钟"),
    "case.pause_refused": _by("没有同意暂停"),
    "case.paused": _by("确认联系不上，时钟暂停"),
    "case.resumed": lambda line: "时钟接着走",
    # the clock
    "case.reminded": _reminded,
    "case.overdue": _late,
    "case.escalated": _late,
    "case.acknowledged": lambda line: f"{line.who}确认跟进" + (f"（{line.unit()}）" if line.detail.get("unit") else ""),
    "case.urged": _by("催办"),
    # incidents
    "case.alarmed": lambda line: f"同时报给{line.unit()}（{line.told}）",
    "case.incident_unanswered": lambda line: f"没有按时确认，再报{line.unit()}（{line.told}）",
    "case.taken_over": lambda line: f"{line.who}替{line.unit()}接手",
    "case.false_alarm": _of_worker("说是误报"),
    "case.radar": lambda line: f"合计 {len(line.detail.get('cases', ()))} 件：{'、'.join(line.detail.get('cases', ()))}",
    # mediation
    "case.mediation_planned": _mediation("约了调解"),
    "case.mediation_changed": _mediation("改了调解的时间地点"),
    "case.mediation_off": _by("取消了调解"),
    "case.mediation_answered": lambda line: f"{line.worker}说{'会来' if line.detail.get('coming') else '来不了'}调解",
    "case.mediation_held": lambda line: f"{line.who}记调解结果：{RESULT_WORDS.get(str(line.detail.get('result')), '已调解')}",
    # cases among one another
    "case.merged": lambda line: f"{line.who}并入 {line.case('into')}",
    "case.absorbed": lambda line: f"{line.who}把 {line.case('merged')} 并了进来",
    "case.split": _by("拆出一件"),
    "case.split_into": lambda line: f"拆出的新案件是 {line.case('new')}",
    "case.split_from": lambda line: f"从 {line.case('before')} 拆出",
    "case.joined": lambda line: f"{line.who}放进群体案件，牵头的是 {line.case('lead')}",
    "case.left_group": _by("让它退出群体，单独办"),
    "case.group_changed": lambda line: f"群体改由 {line.case('lead')} 牵头" if line.detail.get("lead") else "群体解散，单独办",
    # whose it is
    "case.contact_seen": _by("看了联系方式"),
    "case.revealed": _of_worker("留下了姓名，不再匿名"),
    "case.passphrase_made": _of_worker("换了口令"),
    "case.followed": _of_worker("用编号和口令从另一处打开"),
    "case.unfollowed": _of_worker("在另一处不再关注"),
    # the end
    "case.closed": _closed,
    "case.rated": _rated,
    "case.rating_asked": lambda line: f"再请{line.worker}评价一次",
    "case.withdrawn": _of_worker("撤回"),
    "case.reopened": _by("重新办理"),
    "case.archived": lambda line: "归档",
    "case.publish_agreed": _of_worker("同意公开答复"),
    "case.publish_refused": _of_worker("不同意公开答复"),
    "case.answer_published": _by("公开了答复"),
    "case.answer_changed": _by("改了公开的答复"),
    "case.answer_taken_down": _by("撤下了公开的答复"),
}
