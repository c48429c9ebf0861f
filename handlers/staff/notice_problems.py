"""What to mend before a notice can go out, in words."""

from __future__ import annotations

from union.audience import BadAudience, EmptyAudience, ListGone
from union.errors import NotAllowed, NotFound, UnionError
from union.notice_approval import NoApprover
from union.notice_content import VARIABLES, BadContent
from union.notice_schedule import BadTiming
from union.notices import NotNow

NOT_FOR_YOU = "发通知是工会干部的功能，您的身份没有这个权限。"

_PART = {"title": "标题", "text": "正文"}

_CONTENT = {
    "short": "{part}写得再具体一点好吗？至少 {allowed} 个字。",
    "long": "{part}有 {given} 个字，最多 {allowed} 个字，请说得短一些。",
    "lines": "{part}要写在一行里。",
    "variable": "{part}里的 {given} 不认识。能自动填的只有 {variables}；要写大括号请换成别的括号。",
    "unpaired": "{part}第 {given} 行的 ** 没有成对。要加粗的字，前后各写两个星号，写在同一行里，例如 **重点**；不加粗就把 ** 去掉。",
    "empty": "{part}第 {given} 行的 ** 中间没有字。请把要加粗的字写在中间，例如 **重点**；不加粗就把 ** 去掉。",
    "bold": "{part}有 {given} 处加粗，最多 {allowed} 处。只给最要紧的加粗，请去掉一些 **。",
    "many": "按钮有 {given} 个，最多 {allowed} 个。",
    "label": "按钮上的字要 1 到 {allowed} 个，写在一行里。",
    "link": "这个网址用不了：{given}。要写全，以 https:// 开头，中间没有空格。",
    "surveys": "一条通知只能带一个报名或调查。",
    "survey_over": "按钮里的报名或调查已经截止，或者不归您管。请换一个，或者去掉它。",
    "kind": "语音不能随通知发，请发图片、视频或文件。",
    "large": "这个文件有 {given} MB，最大 {allowed} MB。请压缩以后再发。",
    "gone": "图片或文件没有收到，请重新发一次，或者去掉它。",
    "room": "加上图片或文件以后，标题和正文合起来最长 {allowed}，现在会到 {given}（按手机上算，表情算两个字）。请把正文写短一些，或者去掉图片。",
    "whole": "标题和正文合起来最长 {allowed}，现在会到 {given}（自动填的姓名、单位按最长的算）。请写短一些。",
}

_TIMING = {
    "past": "发送时间已经过了，请改一个以后的时间。",
    "far": "发送时间太远了，最多定到一年以后。",
}

LIST_GONE = "表格名单 30 天没有用，里面的人已经按规定清掉了。请点“修改”，在“发给”那一步重新发一次表格。"


def told(error: UnionError) -> str:
    """Why it was not done, and what to do."""
    if isinstance(error, BadContent):
        part = _PART.get(error.part, "内容")
        return _CONTENT[error.problem].format(part=part, given=error.given, allowed=error.allowed, variables="、".join(VARIABLES))
    if isinstance(error, BadTiming):
        return _TIMING[error.problem]
    if isinstance(error, BadAudience):
        return "“发给谁”现在读不出来了，请点“修改”重新选。"
    if isinstance(error, ListGone):
        return LIST_GONE
    if isinstance(error, EmptyAudience):
        return "这个范围现在没有人能收到，请换一个范围，或者去掉几个条件。"
    if isinstance(error, NoApprover):
        return "这条通知要另一位同志审批，但本单位和上级都没有登记别的工会干部。请先请管理员发邀请码，再登记一位。"
    if isinstance(error, NotNow):
        return "这条通知的状态已经变了，请重新打开看看。"
    if isinstance(error, NotAllowed):
        return "这一步超出了您的身份或管辖范围，没有办成。需要的话，请上级工会来办。"
    if isinstance(error, NotFound):
        return "没有找到这条通知，或者它不归您管。请从“发通知”里选。"
    raise error
