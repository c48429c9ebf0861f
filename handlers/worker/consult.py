"""A legal question: read it, answer in plain words with the articles, and offer the next step. No name is needed.

An answer fills one screen; 展开, 接下来怎么做 and 看条文 have screens of their own. When the bot is not sure what a message is about it says
so and offers the likeliest subjects as buttons; when nothing fits it shows the nearest articles and offers a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.turn import Turn
from handlers.wording import today
from handlers.worker import calculate, statute_text, urgent
from handlers.worker.welcome import CLAIM, HOTLINE
from knowledge import Answer, Article, ArticleReference, Reading, RequestKind, Topic
from knowledge.facts import Facts

GRIEVANCE, ARTICLES, STEPS, MORE, TOPIC, ANSWER = "w:claim", "w:law", "w:steps", "w:more", "w:topic", "w:answer"

NOT_AN_OPINION = "以上是法律信息，不是律师意见。"
_OUTDATED = "这条答复已经更新，请把问题再问一次。"

_EMERGENCY = (
    "您的安全最要紧。\n有人受伤打 120，有危险打 110，着火打 119。先离开危险的地方。\n"
    "心里撑不住、不想活了，请马上打 12356（全国心理援助热线），叫家人或工友来陪您，别一个人扛。\n"
    f"{HOTLINE}，随时有人接。"
)

_CLAIM = ((Button(label=CLAIM, choice=GRIEVANCE),),)

_WAYS = {RequestKind.COMPLAINT: "我要投诉", RequestKind.HELP: "申请帮扶", RequestKind.SUGGESTION: "提建议"}
"""What the way to the form is called for those who want no lawyer."""

_TO_BE_HANDLED = frozenset({RequestKind.DISPUTE, RequestKind.INCIDENT, *_WAYS})
_KINDS = {
    RequestKind.DISPUTE: "劳动争议",
    RequestKind.COMPLAINT: "投诉",
    RequestKind.HELP: "困难求助",
    RequestKind.SUGGESTION: "建议",
    RequestKind.INCIDENT: "紧急情况",
}
_USUAL = (Topic.WAGES, Topic.TERMINATION, Topic.INJURY, Topic.INSURANCE)
_OFFERED = 6  # subjects to choose from when a message was not understood
_LISTED = 8  # answers that a subject's screen offers
_FACT = re.compile(r"\{fact:(?P<name>[a-z0-9-]+)@(?P<region>[^}]+)\}")


def way(reading: Reading | None) -> Button:
    """The button that leads to the form: it is the form for what was read, whatever else is said before it is pressed."""
    if reading is None or reading.kind not in _WAYS:
        return _CLAIM[0][0]
    return Button(label=_WAYS[reading.kind], choice=f"{GRIEVANCE}:{reading.kind}")


def invite() -> list[Reply]:
    """法律咨询: ask for the question."""
    return [Reply(text="请把您遇到的事打出来，一两句话就行。\n例如：老板拖欠我三个月工资不给，怎么办")]


def emergency() -> Reply:
    """Words of comfort and the emergency numbers, before anything else."""
    return Reply(title="先保证安全", text=_EMERGENCY)


async def consult(turn: Turn, text: str) -> list[Reply]:
    """Answers a question; where a life is in danger, comfort and help come first.

    Keeps the reading for the form that may follow; the words themselves only of those who have agreed.
    """
    if not any(c.isalnum() for c in text):
        return [Reply(text="没有看到文字。请把您遇到的事打出来，一两句话就行，例如：公司不给我交社保，怎么办")]
    if not any(c.isalpha() for c in text):
        told = "只看到数字，不知道您想问什么。请连事情一起打出来，例如：欠我 10000 元工资，怎么办。想自己算，点“算一算”。"
        return [Reply(text=told, buttons=((calculate.BUTTON,),))]
    knowledge = turn.house.knowledge
    reading = knowledge.read(text)
    answer = knowledge.answer(text, reading)
    turn.state.topic = reading.topic
    turn.state.request = reading.kind
    turn.state.nature = reading.nature or ""
    turn.state.question = text[:2000] if turn.person_id is not None and reading.kind in _TO_BE_HANDLED else ""
    if reading.urgent:
        found = [] if answer is None else [_answer(turn, answer)]  # an emergency is no time to weigh words
        return [emergency(), *found, *await urgent.after_reading(turn, text)]  # what helps now stands lowest, in sight
    return [_answer(turn, answer, reading) if answer is not None else _no_answer(turn, text, reading)]


def _answer(turn: Turn, answer: Answer, reading: Reading | None = None) -> Reply:
    """An answer on one screen. With a reading it says how the message was understood, and asks where it is not sure."""
    lines = [f"我的理解：{understood(reading)}", ""] if reading else []
    lines += [with_facts(answer.text, turn.house.facts, today(turn.now)), "", *_sources(turn, answer), NOT_AN_OPINION]
    buttons = [
        [Button(label="接下来怎么做", choice=f"{STEPS}:{answer.code}"), way(reading)],
        [
            *([Button(label="展开", choice=f"{MORE}:{answer.code}")] if answer.more else []),
            Button(label="看条文", choice=f"{ARTICLES}:{answer.code}"),
        ],
        *rows([calculate.button(name) for name in answer.calculators[:2]], 2),
    ]
    if reading and not reading.sure:
        lines.append("如果您问的不是这个，点下面换一类，或者换个说法再问一次。")
        buttons += rows([_topic_button(topic) for topic in reading.likely if topic is not answer.topic], 2)
    return Reply(title=answer.title, text="\n".join(lines), buttons=tuple(map(tuple, buttons)))


def _sources(turn: Turn, answer: Answer) -> Sequence[str]:
    """The articles, and since when the answer holds."""
    unchecked = any(not turn.house.knowledge.digest.laws[reference.law].checked for reference in answer.articles)
    marks = f"{answer.region}，{answer.reviewed_on:%Y-%m-%d} 核对" + ("，个别条文未核对官方文本" if unchecked else "")
    return [f"依据：{_cited(answer.articles)}（{marks}）"]


def with_facts(text: str, facts: Facts, on: date) -> str:
    """The text with each {fact:name@region} said in words: the value that holds that day, where and since when."""

    def said(found: re.Match[str]) -> str:
        fact = facts.value(found["name"], found["region"], on)
        return fact.sentence if fact is not None else "（当年的数请问 12333）"

    return _FACT.sub(said, text)


def understood(reading: Reading) -> str:
    """The reading in words: the topic, what kind of matter, and the words that decided."""
    kind = _KINDS.get(reading.kind, "咨询")
    why = "".join(f"“{word}”" for word in [word for word in reading.why if len(word) > 1][:3])
    unsure = "" if reading.sure else "（不太确定）"
    return f"{reading.topic.label}方面的{kind}{unsure}" + (f"，看到了{why}" if why else "")


@lru_cache(maxsize=512)  # the same few hundred answers again and again
def _cited(articles: tuple[ArticleReference, ...]) -> str:
    """《劳动合同法》第三十条、第八十五条；《劳动法》第五十条."""
    by_law: dict[str, list[str]] = {}
    for reference in articles:
        law, _, number = reference.cite.partition("》")
        by_law.setdefault(f"{law}》", []).append(number)
    return "；".join(law + "、".join(numbers) for law, numbers in by_law.items())


def _topic_button(topic: Topic) -> Button:
    return Button(label="不是工作上的事" if topic is Topic.NOT_LABOUR else topic.label, choice=f"{TOPIC}:{topic}")


def _no_answer(turn: Turn, text: str, reading: Reading) -> Reply:
    if reading.kind is RequestKind.SMALLTALK:
        greeting = "您好！工资、加班、合同、辞退、工伤、社保、女职工权益……工作上遇到什么事，打一两句话给我就行。"
        return Reply(text=f"{greeting}\n想直接跟人说，打{HOTLINE}。", buttons=_CLAIM)
    if not reading.sure and len(reading.likely) > 1:
        ask = "我没有完全看懂，不想乱答。您问的是哪一类？点一下；都不是的话，请换个说法，说清楚单位做了什么。"
        return Reply(text=ask, buttons=(*rows([_topic_button(topic) for topic in _offered(reading)], 2), *_CLAIM))
    if reading.topic is Topic.NOT_LABOUR:
        return _not_labour()
    nearest = [article for reference in turn.house.knowledge.cite(text, 3, today(turn.now)) if (article := _article(turn, reference))]
    lines = [f"我的理解：{understood(reading)}。", "这个问题我没有现成的答复，最相近的规定是："]
    lines += [f"· {article.reference.cite}：{article.gist}" for article in nearest] or ["（没有找到相近的规定）"]
    button = way(reading)
    who = "24 小时内有律师联系您" if reading.kind not in _WAYS else "工会工作人员会在这里联系您"
    lines += ["", f"建议找人帮您看：点“{button.label}”，{who}；或打{HOTLINE}。", NOT_AN_OPINION]
    return Reply(text="\n".join(lines), buttons=((button,), (_topic_button(reading.topic),)))


def _offered(reading: Reading) -> list[Topic]:
    """What to choose from: the likeliest, then what people mostly ask about; “not about work” is the last."""
    topics = [topic for topic in dict.fromkeys((*reading.likely, *_USUAL)) if topic is not Topic.NOT_LABOUR][:_OFFERED]
    return [*topics, *([Topic.NOT_LABOUR] if Topic.NOT_LABOUR in reading.likely else [])]


def _not_labour() -> Reply:
    text = (
        "这件事看起来不是工作上的纠纷，我答不好，怕误了您。可以打 12348（公共法律服务热线，免费）问律师。\n"
        "如果跟工作有关，请换个说法再问一次，说清楚单位做了什么。"
    )
    return Reply(text=text, buttons=_CLAIM)


def _article(turn: Turn, reference: ArticleReference) -> Article | None:
    return turn.house.knowledge.article(reference)


def topic(turn: Turn, code: str) -> list[Reply]:
    """The subject that the writer chose: the answer to the question asked before, if it was kept, or what people ask about it."""
    if code not in set(Topic):
        return [Reply(text=_OUTDATED)]
    chosen = Topic(code)
    if chosen is Topic.NOT_LABOUR:
        return [_not_labour()]
    turn.state.topic = chosen
    listed = turn.house.knowledge.answers_on(chosen, turn.state.question)[:_LISTED]
    buttons = rows([Button(label=answer.title, choice=f"{ANSWER}:{answer.code}") for answer in listed], 1)
    return [
        Reply(
            title=chosen.label, text="这些是常问的，点一个看答复。都不是的话，换个说法再问我，或者找人帮您。", buttons=(*buttons, *_CLAIM)
        )
    ]


def answer(turn: Turn, code: str) -> list[Reply]:
    """One answer, chosen from a list."""
    chosen = turn.house.knowledge.answer_by_code(code)
    return [_answer(turn, chosen)] if chosen is not None else [Reply(text=_OUTDATED)]


def more(turn: Turn, code: str) -> list[Reply]:
    """展开: the exceptions, and how it is worked out."""
    chosen = turn.house.knowledge.answer_by_code(code)
    if chosen is None:
        return [Reply(text=_OUTDATED)]
    text = with_facts(chosen.more or chosen.text, turn.house.facts, today(turn.now))
    return [Reply(title=chosen.title, text=f"{text}\n\n{NOT_AN_OPINION}", buttons=_further(chosen))]


def _further(chosen: Answer) -> ButtonRows:
    buttons = [
        Button(label="接下来怎么做", choice=f"{STEPS}:{chosen.code}"),
        Button(label=CLAIM, choice=GRIEVANCE),
        Button(label="看条文", choice=f"{ARTICLES}:{chosen.code}"),
        *(calculate.button(name) for name in chosen.calculators[:2]),
    ]
    return rows(buttons, 2)


def steps(turn: Turn, code: str) -> list[Reply]:
    """接下来怎么做: the steps with their time limits, what to keep as evidence, where to go. A screen of its own: the answer fills one."""
    chosen = turn.house.knowledge.answer_by_code(code)
    if chosen is None:
        return [Reply(text=_OUTDATED)]
    blocks = ["\n".join(f"{number}. {step}" for number, step in enumerate(chosen.steps, 1))]
    if chosen.evidence:
        blocks.append(f"先留好：{'；'.join(chosen.evidence)}。")
    if chosen.where:
        blocks.append(f"找谁：{'；'.join(chosen.where)}。")
    buttons = ((Button(label=CLAIM, choice=GRIEVANCE), Button(label="看条文", choice=f"{ARTICLES}:{chosen.code}")),)
    return [Reply(title="接下来可以这样做", text="\n\n".join(blocks), buttons=buttons)]


def articles(turn: Turn, code: str) -> list[Reply]:
    """看条文: the gist of each article that an answer cites, in plain words, with its law's date; 看原文 leads to the official text."""
    chosen = turn.house.knowledge.answer_by_code(code)
    if chosen is None:
        return [Reply(text=_OUTDATED)]
    text = statute_text.gists(turn, chosen.articles)
    return [Reply(title=f"条文要点：{chosen.title}", text=text, buttons=((statute_text.button(chosen.code), *_CLAIM[0]),))]
