"""What Telegram shows about the two bots: their commands, the line on a shared link, the text before 开始 is pressed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The page of a bot. short: at most 120 characters, about: at most 512 (Telegram's limits)."""

    commands: tuple[tuple[str, str], ...]
    short: str
    about: str


MEMBER = Profile(
    commands=(
        ("start", "回到首页"),
        ("help", "怎么用"),
        ("cancel", "退出正在填写的内容"),
        ("ask", "法律咨询：说说您遇到的事"),
        ("calc", "算一算：经济补偿、加班费、工伤待遇"),
        ("case", "我要维权：提交诉求"),
        ("mycases", "我的诉求：办到哪一步了"),
        ("follow", "用编号和口令查诉求（换了手机也能查）"),
        ("services", "会员服务：入会、京卡、补贴、培训"),
        ("nearby", "附近的工会站点"),
        ("notices", "通知设置：收哪些、不收哪些"),
        ("privacy", "您的信息怎样保管、怎样删除"),
    ),
    short="工会就在身边：法律咨询、维权求助、会员服务、附近站点。",
    about=(
        "您好，这里是工会。\n"
        "工资被拖欠、受了工伤、被辞退、想入会、找服务站点，都可以直接打字告诉我们。\n"
        "法律问题当场答复并写明出处；需要帮忙的，交给律师或工会干部跟进，随时能看到进展。\n"
        "点下面的“开始”。"
    ),
)

DESK = Profile(
    commands=(
        ("start", "回到首页，或用邀请码登记"),
        ("help", "怎么用"),
        ("inbox", "待我办理"),
        ("case", "查看一件诉求，例如 /case 4711"),
        ("settings", "我的设置：休假、最多接几件、利益冲突、常用语"),
        ("notice", "发通知：写、审批、看进度"),
        ("surveys", "报名和调查：报名、问卷、评议、表决"),
        ("board", "本级情况一览"),
        ("hotline", "来电登记：替打电话来的职工登记"),
        ("incident", "报告突发事件：各级工会马上知道"),
        ("duty", "值班安排"),
    ),
    short="工会工作台：供律师、工会干部和基层工会主席使用，凭邀请码进入。",
    about=(
        "这里是工会工作台，供律师、工会干部和基层工会主席使用。\n"
        "派给您的诉求、到期提醒和突发情况都会发到这里，按按钮即可办理。\n"
        "首次使用请点邀请链接，或发送 /start 加邀请码。职工咨询请用工会会员机器人。"
    ),
)
