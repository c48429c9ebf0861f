"""First contact: who we are, the privacy notice, consent, the menu and the help."""

from __future__ import annotations

from handlers import forms
from handlers.conversation import Button, Reply
from handlers.turn import Turn
from union import people

ASK, CLAIM, MINE, SERVICES, NEARBY, MORE = "法律咨询", "我要维权", "我的诉求", "会员服务", "附近站点", "更多"
MENU: tuple[tuple[str, ...], ...] = ((ASK, CLAIM, MINE), (SERVICES, NEARBY, MORE))

AGREE, DETAILS = "p:agree", "p:details"

HOTLINE = "工会热线 12351（24 小时）"

_NOTICE = (
    "按《个人信息保护法》告诉您：只有您同意后，我们才保存您填写的内容，加密存放，只给办理您这件事的人看。\n"
    "问法律问题不用留名字、不用同意；您随时可以要求查看、更正或删除。"
)

_DETAILS = (
    "谁在处理：北京市总工会系统（演示环境为测试数据）。\n"
    "保存什么：您主动填写的诉求、单位、地区、材料，以及您愿意留下的姓名、电话、语言、收哪些通知；不保存聊天账号的昵称和头像。\n"
    "做什么用：受理和办理您的诉求、联系您、给您发工会通知、统计办理情况（统计里没有个人信息）。\n"
    "工会通知：按您所在的地区和您关注的内容发；发 /notices 按类别开关，每条下面都能一键不收；您收没收到、看没看、点没点会记下来，只用来统计和回答您的询问。\n"
    "谁能看到：为您指派的律师、您所在地区的工会工作人员。律师看不到您的账号和电话号码；您请他打电话时给的号码，只有他看得到，打完就删。您可以匿名。\n"
    "保存多久：没有同意前的网页聊天内容一天内清除；案件按档案规定保存。\n"
    "您的权利：查看、更正、复制、删除、撤回同意，打 12351 或在这里留言都可以（《个人信息保护法》第四十四条至第四十七条）。"
)


def privacy_notice(*, continuing: bool = False) -> Reply:
    """The two-line notice, before anything personal is kept. continuing: consent leads on to what the person was about to do."""
    first = "开始之前，先说清楚您的信息怎么用：\n" if continuing else ""
    return Reply(
        text=first + _NOTICE,
        buttons=((Button(label="同意", choice=AGREE), Button(label="看详情", choice=DETAILS)),),
    )


def start(turn: Turn) -> list[Reply]:
    """/start: what this is, the menu, and the privacy notice for those who have not agreed yet."""
    welcome = Reply(
        title="您好，这里是工会维权服务",
        text=f"工资、合同、工伤、社保……遇到什么事，直接把话打在下面就行。想找律师，点“{CLAIM}”，24 小时内有律师联系您。全程免费。",
        menu=MENU,
    )
    if turn.incoming.text:
        welcome = Reply(
            title=welcome.title,
            text="您带来的邀请码是给律师和工会干部用的，请到工作台机器人里使用。\n\n" + welcome.text,
            menu=MENU,
        )
    replies = [welcome]
    if turn.person_id is None:
        replies.append(privacy_notice())
    if turn.state.draft is not None:
        replies.append(Reply(text="您上次有一张表没填完，内容还在。", buttons=forms.resume_button(turn)))
    return replies


async def agree(turn: Turn) -> None:
    """同意: from here on there is a person. No name is asked."""
    if turn.person_id is None:
        turn.person_id = await people.agree(turn.session, turn.now)


def details() -> list[Reply]:
    """看详情."""
    return [Reply(title="您的信息怎么用", text=_DETAILS, buttons=((Button(label="同意", choice=AGREE),),))]


def help_text(turn: Turn) -> list[Reply]:
    """/help and 更多."""
    text = (
        "· 直接打字提问，例如“老板拖欠我三个月工资不给，怎么办”，马上有答复和法律依据\n"
        f"· {CLAIM}：讨薪、劳动争议 24 小时内有律师联系您；投诉、求帮扶、提建议也点这里，可以匿名\n"
        f"· {MINE}：看办到哪一步、留言、约电话、撤回、重新办理\n"
        "· 算一算：经济补偿、加班费、工伤待遇……答几个问题就有结果，发 /calc\n"
        "· 换了手机或账号：发 /follow，用编号和口令接着看\n"
        f"· {NEARBY}：发个位置，找最近的工会服务站\n"
        "· 通知设置：收哪些工会通知、不收哪些，发 /notices\n"
        "· /cancel 取消正在填的表，/privacy 看您的信息怎么用\n"
        f"· 想直接跟人说：{HOTLINE}。有生命危险先打 110、120"
    )
    return [Reply(title="可以这样用", text=text, menu=MENU)]
