"""What a message can be about, what its writer wants, and what kind of dispute it is."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """The seventeen subjects; `label` is what people read."""

    WAGES = "wages"
    HOURS = "hours"
    LEAVE = "leave"
    CONTRACT = "contract"
    TERMINATION = "termination"
    RESIGNATION = "resignation"
    INJURY = "injury"
    INSURANCE = "insurance"
    WOMEN = "women"
    RESTRICTIVE = "restrictive"
    RELATIONSHIP = "relationship"
    PROCEDURE = "procedure"
    SAFETY = "safety"
    COLLECTIVE = "collective"
    UNION = "union"
    HARDSHIP = "hardship"
    NOT_LABOUR = "not_labour"

    @property
    def label(self) -> str:
        """The Chinese name shown on screens and in tables."""
        return _TOPIC_LABELS[self]


class RequestKind(StrEnum):
    """What the writer wants from the union; an incident needs people at once."""

    CONSULT = "consult"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HELP = "help"
    SUGGESTION = "suggestion"
    SERVICE = "service"
    INCIDENT = "incident"
    SMALLTALK = "smalltalk"

    @property
    def label(self) -> str:
        """The Chinese name shown on screens and in tables."""
        return _KIND_LABELS[self]


class Nature(StrEnum):
    """A dispute's nature, which decides its path."""

    VIOLATION = "violation"  # a statutory duty is broken: the labour inspectorate can act too
    RIGHTS = "rights"  # the parties disagree on a right: negotiate, mediate, arbitrate, sue
    INTEREST = "interest"  # more is wanted than the law gives: collective bargaining

    @property
    def label(self) -> str:
        """The Chinese name shown on screens and in tables."""
        return _NATURE_LABELS[self]


_TOPIC_LABELS = {
    Topic.WAGES: "工资",
    Topic.HOURS: "工时加班",
    Topic.LEAVE: "休假",
    Topic.CONTRACT: "劳动合同",
    Topic.TERMINATION: "辞退与补偿",
    Topic.RESIGNATION: "辞职离职",
    Topic.INJURY: "工伤",
    Topic.INSURANCE: "社保公积金",
    Topic.WOMEN: "女职工权益",
    Topic.RESTRICTIVE: "竞业限制与保密",
    Topic.RELATIONSHIP: "劳动关系",
    Topic.PROCEDURE: "仲裁与诉讼",
    Topic.SAFETY: "劳动安全与职场侵害",
    Topic.COLLECTIVE: "集体协商与民主管理",
    Topic.UNION: "工会服务",
    Topic.HARDSHIP: "困难帮扶",
    Topic.NOT_LABOUR: "其他",
}

_KIND_LABELS = {
    RequestKind.CONSULT: "问题咨询",
    RequestKind.DISPUTE: "劳动争议",
    RequestKind.COMPLAINT: "信访投诉",
    RequestKind.HELP: "服务帮扶",
    RequestKind.SUGGESTION: "意见建议",
    RequestKind.SERVICE: "会员服务",
    RequestKind.INCIDENT: "突发事件",
    RequestKind.SMALLTALK: "闲聊",
}

_NATURE_LABELS = {
    Nature.VIOLATION: "权利争议·违法类",
    Nature.RIGHTS: "权利争议·争议类",
    Nature.INTEREST: "利益争议",
}
