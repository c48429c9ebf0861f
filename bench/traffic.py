"""What 64 people write: questions short and long, words of the menu, a form that is filled in and left, small talk, a button.

The texts are made up for the bench. Forms are answered by typing, because a button's value is only known once it has been shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice

from handlers.conversation import Incoming, Kind, Side

DOOR = "bench"

QUESTIONS = (
    "老板拖欠我三个月工资不给，怎么办",
    "公司不给我交社保合法吗",
    "加班费怎么算",
    "我在工地干活摔伤了，包工头说不是他的责任，医药费一分不出，我该找谁",
    "怀孕五个月公司要辞退我，说是部门撤销，只给一个月工资",
    "试用期最长几个月",
    "我2021年3月入职一家物流公司，一直没签劳动合同，上个月主管口头通知我不用来了，工资拖了两个月，没有任何补偿。"
    "我手里有打卡记录和微信转账记录，想知道能要多少钱、先去哪里、要准备什么材料，时间久了会不会过期。",
    "年假没休完，离职的时候能折成钱吗",
    "厂里让我们每天上十二个小时班，一个月休两天，签了自愿加班的协议，这个协议有用吗",
    "单位要我签竞业限制，两年不能干同行，又不给钱",
    "工伤认定要多久，需要什么材料",
    "外卖平台说我们是个体户，出了事故算不算工伤",
    "今年最低工资是多少",
    "我们车间八十多个人，大家的意思是想涨工资，能不能跟公司集体谈？工会能出面吗？去年说好的调薪到现在没有动静，"
    "有人提了就被调去别的班，大家都不敢说话了。",
    "解除劳动合同要提前多少天通知",
    "产假多少天，工资谁发",
)

FORM = (
    "我要维权",
    "去年十月到今年三月一共拖欠六个月工资，每次去问都说下个月发，上周直接把我移出工作群了。",
    "北京某某餐饮管理有限公司",
    "劲松街道",
    "去年10月",
    "3万6",
    "/cancel",
)

ASIDES = ("法律咨询", "会员服务", "我的诉求", "附近站点", "更多", "/help", "你好", "谢谢")


def script(person: int) -> Iterator[str]:
    """What one person writes, without end: mostly questions, now and then a word of the menu, and every third person fills in a form."""
    questions = islice(cycle(QUESTIONS), person % len(QUESTIONS), None)
    asides = islice(cycle(ASIDES), person % len(ASIDES), None)
    while True:
        yield next(questions)
        yield next(questions)
        yield next(asides)
        if person % 3 == 0:
            yield from FORM
        else:
            yield next(questions)


def address(person: int) -> str:
    """Where a person is reached."""
    return f"{700_000_000 + person}"


def said(person: int, number: int, text: str, kind: Kind = Kind.TEXT) -> Incoming:
    """Something that a person did, as a door hands it over; `number` counts what they did."""
    return Incoming(
        door=DOOR,
        address=address(person),
        event_id=f"{person}:{number}",
        side=Side.MEMBER,
        kind=kind,
        at=datetime.now(UTC),
        text=text,
        message_ref=str(number),
    )


def events(person: int, count: int) -> list[Incoming]:
    """The first `count` things that a person writes once they are known."""
    return [said(person, number, text) for number, text in enumerate(islice(script(person), count), 10)]
