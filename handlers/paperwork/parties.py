"""The two parties as an application and a complaint name them (劳动争议调解仲裁法第28条; the complaint asks for the same)."""

from __future__ import annotations

from handlers.paperwork.case_paper import CasePaper
from handlers.paperwork.claims import BLANK
from handlers.paperwork.document import Draft
from handlers.wording import day

LONG_BLANK = BLANK * 3


def worker(draft: Draft, paper: CasePaper, called: str) -> None:
    """The worker. called: 申请人 or 投诉人."""
    draft.line(f"{called}：{paper.name or BLANK * 2}　性别：＿＿　出生日期：＿＿＿＿年＿＿月＿＿日")
    draft.line(f"公民身份号码：{LONG_BLANK}")
    draft.line(f"职业（岗位）：{BLANK * 2}　工作单位：{paper.employer}")
    draft.line(f"住所：{LONG_BLANK}　联系电话：{paper.phone or BLANK * 2}")
    named = "" if paper.name else "姓名写身份证上的名字；"
    draft.hint(f"{named}号码照身份证抄写；住所写能收到信的地址，裁决和通知会寄到那里")


def employer(draft: Draft, paper: CasePaper, called: str) -> None:
    """The employer. called: 被申请人 or 被投诉人."""
    draft.line(f"{called}：{paper.employer}")
    draft.line(f"住所：{LONG_BLANK}")
    draft.line(f"用工地点：{paper.place}{BLANK * 2}")
    draft.line(f"法定代表人（负责人）：{BLANK}　职务：{BLANK}　联系电话：{BLANK * 2}")
    draft.hint("单位名称要和营业执照一字不差；住所和法定代表人可在“国家企业信用信息公示系统”查到")


def facts(draft: Draft, paper: CasePaper, called: str) -> None:
    """What happened: the frame with blanks, then the worker's own words."""
    employed = f"{called}于＿＿＿＿年＿＿月＿＿日到该单位工作，岗位为{BLANK}，约定工资每月{BLANK}元。"
    since = f"争议从{day(paper.since)}开始。" if paper.since else ""
    draft.line(employed + since, indent=True)
    draft.story(paper.story)
    draft.hint("上面是您在机器人里说的原话；请按时间顺序补充：哪天入职、做什么、工资多少、哪天发生了什么、您怎么要求过")
