"""算一算: the calculators in the chat. No name is asked, nothing is kept but the answers, and those only to change and work out again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import partial

from handlers import forms
from handlers.calculator_form import HOME, REGION, SAME_EVERYWHERE, CalculatorForm, answers, code, situation, steps_of
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.forms import NotAccepted
from handlers.steps import Values
from handlers.turn import Draft, Turn
from handlers.worker import statute_text, worked_out
from handlers.worker.welcome import CLAIM
from knowledge import ArticleReference
from knowledge.calculators import CALCULATORS, BadInput, Calculator

LIST = "w:calc"
"""The choice of the list. w:calc:NAME begins one, w:calc:NAME:new drops a form that is half filled in, :law shows the articles,
:again:ID takes the answers of the result above the button up again."""

WORD = "算一算"
BUTTON = Button(label=WORD, choice=LIST)
_GRIEVANCE = Button(label=CLAIM, choice="w:claim")  # consult's; it is consult that offers our buttons, so we can't ask it

_SPOKEN: Mapping[str, tuple[str, ...]] = {
    "severance": ("经济补偿", "经济补偿金", "补偿金", "n"),
    "unlawful-dismissal": ("赔偿金", "违法解除", "违法解除赔偿金", "违法辞退", "2n"),
    "arrears": ("欠薪", "拖欠工资", "拖欠的工资", "欠的工资"),
    "overtime": ("加班费", "加班工资", "加班"),
    "double-wage": ("双倍工资", "二倍工资", "两倍工资", "没签合同"),
    "arbitration-limit": ("时效", "仲裁时效"),
    "injury": ("工伤", "工伤待遇", "工伤赔偿"),
    "injury-death": ("工亡", "工亡待遇", "工亡赔偿"),
    "annual-leave": ("年假", "年休假", "未休年假", "未休年休假工资", "年假工资"),
    "medical-leave": ("病假", "病假工资", "医疗期"),
    "maternity": ("产假", "生育津贴"),
    "probation": ("试用期",),
    "notice-pay": ("代通知金", "代通金", "+1"),
    "unemployment": ("失业金", "失业保险金"),
    "training-bond": ("违约金", "服务期", "服务期违约金"),
}
_SHORTER: Mapping[str, str] = {"unlawful-dismissal": "违法解除赔偿金", "double-wage": "没合同双倍工资", "medical-leave": "医疗期病假工资"}
_ASKED = re.compile(r"(?:请|帮我|给我|我想|我要|想|要)*(?:算一算|算一下|算算|算下|计算一下|计算)\s*(?:我的|一下)?(?P<what>.*)")


def button(name: str, label: str = "") -> Button:
    """Opens one calculator. Raises KeyError if there is none of that name."""
    return Button(label=label or f"算{short_title(name)}", choice=f"{LIST}:{name}")


def short_title(name: str) -> str:
    """A calculator's title as a button shows it where two share a row: phones cut off what is longer than about nine characters."""
    return _SHORTER.get(name, CALCULATORS[name].title)


def named(what: str) -> str:
    """The calculator that people call so: 经济补偿, 2N. Empty if there is none."""
    plain = unicodedata.normalize("NFKC", what).strip(" :,。!?的吧").lower()
    return plain if plain in CALCULATORS else next((name for name, words in _SPOKEN.items() if plain in {*words, *_titles(name)}), "")


def _titles(name: str) -> set[str]:
    """What stands on the buttons of a calculator, as `named` reads it: people type it too."""
    return {unicodedata.normalize("NFKC", title).lower() for title in (CALCULATORS[name].title, short_title(name))}


def asked_for(text: str) -> str | None:
    """The calculator that a menu word asks for: 算一下经济补偿, 算年假. Empty for the list, None if it is no menu word of ours."""
    found = _ASKED.fullmatch(text.strip())
    if found is None:
        return named(plain[1:]) or None if (plain := text.strip()).startswith("算") and not plain.endswith(("?", "？")) else None
    what = found["what"].strip()
    return (named(what) or None) if what else ""


def choose() -> list[Reply]:
    """算一算: what can be worked out."""
    buttons = [Button(label=short_title(name), choice=f"{LIST}:{name}") for name in CALCULATORS]
    return [
        Reply(title=WORD, text="想算哪一样？答几个问题就有结果，每一步都写明依据。不用留姓名，随时可以取消。", buttons=rows(buttons, 2))
    ]


async def menu(turn: Turn, what: str) -> list[Reply]:
    """/calc and the menu words: the calculator that is called so, or the list."""
    name = named(what)
    return await begin(turn, name) if name else choose()


async def answer(turn: Turn, choice: str) -> list[Reply]:
    """What stands behind w:calc."""
    match choice.split(":")[2:]:
        case []:
            return choose()
        case [name] if name in CALCULATORS:
            return await begin(turn, name)
        case [name, "new"] if name in CALCULATORS:
            return await begin(turn, name, afresh=True)
        case [name, "law"] if name in CALCULATORS:
            return law(turn, CALCULATORS[name])
        case [name, "again", draft_id] if name in CALCULATORS:
            return await again(turn, name, draft_id)
    return [Reply(text="这个按钮已经用不上了，请从下面重新选。"), *choose()]


async def begin(turn: Turn, name: str, *, afresh: bool = False) -> list[Reply]:
    """Begins one; asks first what to do with a form that is half filled in."""
    form = FORMS[name]
    if not afresh and (busy := _half_filled(turn, form)):
        return busy
    turn.state.room = None
    return await forms.begin(turn, form)


def _half_filled(turn: Turn, form: CalculatorForm) -> list[Reply]:
    draft = turn.state.draft
    if draft is None or not set(draft.values) - {REGION}:
        return []
    other = Button(label="重新算" if draft.form == form.code else f"不要了，算{form.title}", choice=f"{LIST}:{form.calculator.name}:new")
    return [Reply(text="您有一张表还没填完，内容都在。", buttons=(*forms.resume_button(turn, or_drop=False), (other,)))]


async def again(turn: Turn, name: str, draft_id: str) -> list[Reply]:
    """改一改再算: the same answers, to change one. Those of an older result are gone: then it begins anew."""
    kept = turn.state.worked_out
    if kept is None or (kept.form, kept.id) != (FORMS[name].code, draft_id):
        return [Reply(text="那次填的数没有留着，我们重新填。"), *await begin(turn, name)]
    if busy := _half_filled(turn, FORMS[name]):
        return busy
    turn.state.room = None
    return await forms.reopen(turn, FORMS[name], kept)


async def submit(calculator: Calculator, turn: Turn, values: Values) -> list[Reply]:
    """算: the result. The answers are kept so that they can be changed."""
    try:
        result = calculator.run(answers(calculator, turn, values)[0], **situation(turn, values))
    except BadInput as bad:  # what held when it was answered may hold no more: the day, the facts or the place have changed
        raise NotAccepted(bad.name, f"这一项要改一下：{bad.sentence}。") from None
    kept = turn.state.worked_out = forms.finished(FORMS[calculator.name], values)
    return worked_out.replies(result, _after(calculator, kept))


def _after(calculator: Calculator, kept: Draft) -> ButtonRows:
    again_button = Button(label="改一改再算", choice=f"{LIST}:{calculator.name}:again:{kept.id}")
    articles = Button(label="看条文要点", choice=f"{LIST}:{calculator.name}:law")
    return ((again_button, _GRIEVANCE), (articles, Button(label="算别的", choice=LIST)))


def law(turn: Turn, calculator: Calculator) -> list[Reply]:
    """看条文要点: what the articles say, in plain words: those of the last result, else all that the calculator may cite."""
    text = statute_text.gists(turn, _articles(turn, calculator))
    return [Reply(title=f"条文要点：{calculator.title}", text=text, buttons=((button(calculator.name, "再算一次"), _GRIEVANCE),))]


def _articles(turn: Turn, calculator: Calculator) -> tuple[ArticleReference, ...]:
    kept = turn.state.worked_out
    if kept is not None and kept.form == code(calculator):
        try:
            return calculator.run(answers(calculator, turn, kept.values)[0], **situation(turn, kept.values)).articles
        except BadInput:
            pass
    return calculator.articles


def _form(calculator: Calculator) -> CalculatorForm:
    return CalculatorForm(
        code=code(calculator),
        title=calculator.title,
        steps=steps_of(calculator),
        summary="请看一遍，对了就算；哪里不对点“修改”。",
        submit_label="算一算",
        submit=partial(submit, calculator),
        presets={} if calculator.name in SAME_EVERYWHERE else {REGION: HOME},
        calculator=calculator,
    )


FORMS: Mapping[str, CalculatorForm] = {name: _form(calculator) for name, calculator in CALCULATORS.items()}
"""The form of each calculator, by the calculator's name."""
