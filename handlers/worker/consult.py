"""A legal question: read it, answer in plain words with the articles, and offer the next step. No name is needed."""

from __future__ import annotations

from handlers.conversation import Button, Reply
from handlers.turn import Turn
from handlers.worker.welcome import CLAIM, HOTLINE
from knowledge import Answer, ArticleReference, Reading, RequestKind, Topic

GRIEVANCE, ARTICLES, STEPS = "w:claim", "w:law", "w:steps"

_NOT_AN_OPINION = "以上是法律信息，不是律师意见；您的情况以律师看过材料为准。"

_EMERGENCY = (
    "您的安全最要紧。\n有危险、有人受伤，请马上打 110（报警）或 120（急救）；火灾打 119。\n"
    "心里撑不住的时候，请打 12356（全国心理援助热线），也请马上告诉身边的人。\n"
    f"先离开危险的地方，和家人或工友在一起。{HOTLINE}随时有人接。"
)

_CLAIM = ((Button(label=CLAIM, choice=GRIEVANCE),),)

_FIGHT_FOR_IT = frozenset({RequestKind.DISPUTE, RequestKind.COMPLAINT, RequestKind.INCIDENT})


def invite() -> list[Reply]:
    """法律咨询: ask for the question."""
    return [Reply(text="请把您遇到的事打出来，一两句话就行。\n例如：老板拖欠我三个月工资不给，怎么办")]


def consult(turn: Turn, text: str) -> list[Reply]:
    """Answers a question. Keeps the reading for the form that may follow; the words themselves only of those who have agreed."""
    if not any(c.isalnum() for c in text):
        return [Reply(text="没有看到文字。请把您遇到的事打出来，一两句话就行，例如：公司不给我交社保，怎么办")]
    knowledge = turn.house.knowledge
    reading = knowledge.read(text)
    answer = knowledge.answer(text, reading)
    turn.state.topic = reading.topic
    turn.state.request = reading.kind
    turn.state.nature = reading.nature or ""
    turn.state.question = text[:2000] if turn.person_id is not None and reading.kind in _FIGHT_FOR_IT else ""
    replies = [Reply(title="先保证安全", text=_EMERGENCY)] if reading.urgent else []
    if answer is None and reading.urgent:
        return [*replies, Reply(text="安全了以后，这件事要讨个说法，点下面，工会派律师帮您。", buttons=_CLAIM)]
    if answer is None:
        return [*replies, _no_answer(turn, text, reading)]
    return [*replies, _answer(reading, answer)]


def _answer(reading: Reading, answer: Answer) -> Reply:
    lines = [f"我的理解：{understood(reading)}", "", answer.text]
    lines += ["", f"依据：{_cited(answer.articles)}（{answer.region}，{answer.reviewed_on:%Y-%m-%d} 核对）", _NOT_AN_OPINION]
    buttons = [
        (Button(label="接下来怎么做", choice=f"{STEPS}:{answer.code}"), Button(label=CLAIM, choice=GRIEVANCE)),
        (Button(label="看条文要点", choice=f"{ARTICLES}:{answer.code}"),),
    ]
    if not reading.sure:
        lines.append("如果我理解错了，请换个说法再问一次，或者点“我要维权”找人帮您。")
    return Reply(title=answer.title, text="\n".join(lines), buttons=tuple(buttons))


def understood(reading: Reading) -> str:
    """The reading in words: the topic, what kind of matter, and the words that decided."""
    kind = {"dispute": "劳动争议", "complaint": "投诉", "help": "困难求助", "suggestion": "建议", "incident": "紧急情况"}.get(
        reading.kind, "咨询"
    )
    why = "".join(f"“{word}”" for word in [word for word in reading.why if len(word) > 1][:4])
    return f"{reading.topic.label}方面的{kind}" + (f"（看到{why}）" if why else "")


def _cited(articles: tuple[ArticleReference, ...]) -> str:
    """《劳动合同法》第三十条、第八十五条；《劳动法》第五十条."""
    by_law: dict[str, list[str]] = {}
    for reference in articles:
        law, _, number = reference.cite.partition("》")
        by_law.setdefault(f"{law}》", []).append(number)
    return "；".join(law + "、".join(numbers) for law, numbers in by_law.items())


def _no_answer(turn: Turn, text: str, reading: Reading) -> Reply:
    if reading.kind is RequestKind.SMALLTALK:
        text = "您好！工资、加班、合同、辞退、工伤、社保、女职工权益……工作上遇到什么事，打一两句话给我就行。"
        return Reply(text=f"{text}\n想直接跟人说，打{HOTLINE}。", buttons=_CLAIM)
    if reading.topic is Topic.NOT_LABOUR:
        text = (
            "这件事看起来不是工作上的纠纷，我答不好，怕误了您。可以打 12348（公共法律服务热线，免费）问律师。\n"
            "如果跟工作有关，请换个说法再问一次，说清楚单位做了什么。"
        )
        return Reply(text=text, buttons=_CLAIM)
    nearest = [article for reference in turn.house.knowledge.cite(text, 3) if (article := turn.house.knowledge.article(reference))]
    lines = [f"我的理解：{understood(reading)}。", "这个问题我没有现成的答复，最相近的规定是："]
    lines += [f"· {article.reference.cite}：{article.gist}" for article in nearest] or ["（没有找到相近的规定）"]
    lines += ["", f"建议找人帮您看：点“{CLAIM}”，24 小时内有律师联系您；或打{HOTLINE}。", _NOT_AN_OPINION]
    return Reply(text="\n".join(lines), buttons=_CLAIM)


_OUTDATED = "这条答复已经更新，请把问题再问一次。"


def steps(turn: Turn, code: str) -> list[Reply]:
    """接下来怎么做: the steps of an answer, with their time limits. They have a screen of their own: the answer fills one."""
    answer = turn.house.knowledge.answer_by_code(code)
    if answer is None:
        return [Reply(text=_OUTDATED)]
    text = "\n".join(f"{number}. {step}" for number, step in enumerate(answer.steps, 1))
    buttons = ((Button(label=CLAIM, choice=GRIEVANCE), Button(label="看条文要点", choice=f"{ARTICLES}:{answer.code}")),)
    return [Reply(title="接下来可以这样做", text=text, buttons=buttons)]


def articles(turn: Turn, code: str) -> list[Reply]:
    """看条文要点: the gist of each article that an answer cites, in plain words, with its date."""
    answer = turn.house.knowledge.answer_by_code(code)
    if answer is None:
        return [Reply(text=_OUTDATED)]
    found = [article for reference in answer.articles if (article := turn.house.knowledge.article(reference))]
    lines = [f"{article.reference.cite}（{article.valid_from:%Y-%m-%d} 起施行）\n{article.gist}" for article in found]
    text = "\n\n".join([*lines, "这是用大白话写的要点，正式条文以官方公布的为准。"])
    return [Reply(title=f"条文要点：{answer.title}", text=text, buttons=_CLAIM)]
