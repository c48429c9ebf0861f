"""What stands behind a notice's button: a sign-up, a survey or a vote; and 我的报名, where a place can be given back."""

from __future__ import annotations

from handlers import forms
from handlers.choices import Choices, plain
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.steps import Values
from handlers.survey_sets import KIND
from handlers.turn import Turn
from handlers.wording import moment
from handlers.worker import notice_taps
from handlers.worker.survey_form import QUESTIONS, SurveyForm, forms_with
from handlers.worker.welcome import HOTLINE, privacy_notice
from storage.models import Notice, Place, Survey, SurveyKind
from storage.types import NoticeId, PersonId, SurveyId
from union import signups, surveys
from union.errors import NotFound
from union.notice_content import Do, NoticeButton
from union.signups import Standing
from union.survey_questions import BadAnswer
from union.surveys import AlreadyAnswered, Closed, NotEntitled, Opening, State
from union.units import unit_card

MINE = "我的报名"
BUTTON = Button(label=MINE, choice="w:signups")

_GONE = f"没有找到这个报名或调查。有疑问请打{HOTLINE}。"
_OVER = f"这次已经截止，不能再提交了。有疑问请联系您单位的工会，或打{HOTLINE}。"
_ANONYMOUS = "这是不记名的：只记您参加过，不记是谁填的什么；没结束以前，谁也看不到结果。一人一次，提交后不能改。"
_UNFINISHED = "您有一张表还没填完，先提交或取消（/cancel），再点这个按钮。"


async def _open(turn: Turn, parts: list[str]) -> list[Reply]:
    """报名, 填写, 投票: the button of a notice. parts: the survey, and the notice under which it stood."""
    survey_id = SurveyId(int(parts[0]))
    if turn.person_id is None:
        return [privacy_notice()]
    if parts[1:]:
        await _note_tap(turn, NoticeId(int(parts[1])), survey_id)
    try:
        opening = await surveys.open_for(turn.session, survey_id, turn.person_id, turn.now)
    except NotFound:
        return [Reply(text=_GONE)]
    if opening.taken is not None and opening.taken.place is not Place.CANCELLED:
        return [await _standing(turn, opening)]
    if opening.state is State.NOT_ENTITLED:
        return [await _not_for_you(turn, opening.survey)]
    if opening.state is State.CLOSED:
        return [Reply(title=opening.survey.title, text=_OVER)]
    return await _begin(turn, opening)


async def _note_tap(turn: Turn, notice_id: NoticeId, survey_id: SurveyId) -> None:
    """The notice's figures tell how many pressed its button; that the button is there is not taken for granted."""
    notice = await turn.session.get(Notice, notice_id)
    for number, each in enumerate(notice.buttons if notice is not None else ()):
        button = NoticeButton.from_json(each)
        if button.do is Do.SURVEY and button.value == str(survey_id):
            await notice_taps.pressed(turn, [str(notice_id), str(number)])


async def _begin(turn: Turn, opening: Opening) -> list[Reply]:
    form = _form_of(opening.survey)
    draft = turn.state.draft
    if draft is not None and (draft.form, draft.about) != (form.code, opening.survey.id):
        return [Reply(text=_UNFINISHED, buttons=forms.resume_button(turn))]
    turn.state.room = None
    about = await _about(turn, opening.survey)
    if not opening.questions:
        return [Reply(title=opening.survey.title, text=about, buttons=((Button(label="报名", choice=f"w:enrol:{opening.survey.id}"),),))]
    values = {QUESTIONS: opening.survey.questions, **opening.answers}
    asked = await forms.begin(turn, form, about=opening.survey.id, values=values, of=opening.survey.title)
    return [Reply(title=opening.survey.title, text=about), *asked]


def _form_of(survey: Survey) -> SurveyForm:
    if survey.kind is SurveyKind.SIGN_UP:
        return SIGN_UP
    return VOTE if survey.anonymous else SURVEY


async def _about(turn: Turn, survey: Survey) -> str:
    """What one should know before filling it in."""
    unit = await unit_card(turn.session, survey.unit_id)
    lines = [f"{unit.name} · {KIND[survey.kind]}，{moment(survey.closes_at)}截止"]
    if survey.kind is SurveyKind.SIGN_UP:
        if survey.held_at is not None:
            lines.append(f"时间：{moment(survey.held_at)}")
        lines.append(_places(await signups.standing(turn.session, survey)))
        if survey.questions:
            lines.append("您填的内容只给办这次活动的工会工作人员看。")
    else:
        lines.append(_ANONYMOUS if survey.anonymous else "这是记名的，您填的内容只给办这次调查的工会工作人员看。截止以前可以改。")
    return "\n".join(lines)


def _places(filled: Standing) -> str:
    if filled.free is None:
        return "不限名额"
    if filled.free:
        return f"一共 {filled.places} 个名额，还剩 {filled.free} 个"
    waiting = f"，已有 {filled.waiting} 人候补" if filled.waiting else ""
    return f"{filled.places} 个名额已经报满{waiting}。可以先报候补，有人取消就轮到您，会马上告诉您"


async def _not_for_you(turn: Turn, survey: Survey) -> Reply:
    unit = await unit_card(turn.session, survey.unit_id)
    whom = f"{unit.name}的会员" if survey.kind in surveys.MEMBERS_ONLY else f"{unit.name}的职工"
    return Reply(title=survey.title, text=f"这次面向{whom}，系统里没有查到您在其中。如果不对，请联系您单位的工会，或打{HOTLINE}。")


async def _standing(turn: Turn, opening: Opening) -> Reply:
    """For who has taken part already: where they stand, and what can still be changed."""
    survey, taken = opening.survey, opening.taken
    assert taken is not None
    if survey.kind is SurveyKind.SIGN_UP:
        ahead = await signups.ahead_of(turn.session, taken) if taken.place is Place.WAITING else 0
        return Reply(title=survey.title, text=_signed_up(survey, taken.place or Place.IN, ahead), buttons=_give_up(turn, survey))
    if survey.anonymous:
        return Reply(title=survey.title, text="您已经填过了，谢谢。这是不记名的，一人一次，不能再改。")
    if opening.state is State.CLOSED:
        return Reply(title=survey.title, text=f"您已经填过了，谢谢。{_OVER}")
    text = f"您已经填过了，谢谢。{moment(survey.closes_at)}以前还可以改。"
    return Reply(title=survey.title, text=text, buttons=((Button(label="改我的答案", choice=f"n:again:{survey.id}"),),))


async def _again(turn: Turn, parts: list[str]) -> list[Reply]:
    """改我的答案: the form once more, filled in."""
    if turn.person_id is None:
        return [privacy_notice()]
    try:
        opening = await surveys.open_for(turn.session, SurveyId(int(parts[0])), turn.person_id, turn.now)
    except NotFound:
        return [Reply(text=_GONE)]
    if opening.survey.anonymous or opening.state is not State.OPEN:
        return await _open(turn, parts[:1])
    # What was passed over the first time is not asked again: it can be filled in from the summary.
    passed = {question.key: None for question in opening.questions if question.key not in opening.answers}
    return await _begin(turn, Opening(opening.survey, opening.questions, opening.state, opening.taken, {**passed, **opening.answers}))


# ---- sent


async def submit(turn: Turn, values: Values) -> list[Reply]:
    """提交, 报名."""
    assert turn.person_id is not None
    answers = {key: value for key, value in values.items() if key != "about"}
    return await _taken(turn, SurveyId(values["about"]), turn.person_id, answers)


async def _join(turn: Turn, parts: list[str]) -> list[Reply]:
    """报名, where nothing is asked."""
    if turn.person_id is None:
        return [privacy_notice()]
    try:
        return await _taken(turn, SurveyId(int(parts[0])), turn.person_id, {})
    except forms.NotAccepted:  # questions were asked after all: an old button, or none of ours
        return await _open(turn, parts[:1])


async def _taken(turn: Turn, survey_id: SurveyId, me: PersonId, answers: Values) -> list[Reply]:
    try:
        return [await _take(turn, survey_id, me, answers)]
    except AlreadyAnswered:
        return [Reply(text="您已经填过了。不记名的一人一次，这一次没有算。")]
    except Closed:
        return [Reply(text=_OVER)]
    except (NotEntitled, NotFound):
        return [Reply(text=_GONE)]
    except BadAnswer as bad:
        raise forms.NotAccepted(bad.key, "这一题的答案不对，请再填一次。") from None


async def _take(turn: Turn, survey_id: SurveyId, me: PersonId, answers: Values) -> Reply:
    opening = await surveys.open_for(turn.session, survey_id, me, turn.now)
    survey = opening.survey
    if survey.kind is not SurveyKind.SIGN_UP:
        new = await surveys.answer(turn.session, survey_id, me, answers, turn.now)
        return Reply(title=survey.title, text="收到了，谢谢您。" if new else "改好了，谢谢您。")
    await signups.sign_up(turn.session, survey_id, me, answers, turn.now)
    return await _standing(turn, await surveys.open_for(turn.session, survey_id, me, turn.now))


# ---- 我的报名


def _signed_up(survey: Survey, place: Place, ahead: int) -> str:
    when = f"时间：{moment(survey.held_at)}。" if survey.held_at is not None else ""
    if place is Place.IN:
        return f"您报上名了。{when}来不了请提前取消，把名额让给候补的人。"
    before = f"前面还有 {ahead} 人" if ahead else "下一个就是您"
    return f"您在候补名单上，{before}。有人取消就自动轮到您，会马上告诉您。{when}"


def _give_up(turn: Turn, survey: Survey) -> ButtonRows:
    if signups.has_begun(survey, turn.now):
        return ((BUTTON,),)
    return ((Button(label="取消报名", choice=f"w:unsign:{survey.id}"), BUTTON),)


async def mine(turn: Turn) -> list[Reply]:
    """我的报名."""
    found = [] if turn.person_id is None else await signups.own(turn.session, turn.person_id, turn.now)
    if not found:
        return [Reply(title=MINE, text="您现在没有报名的活动。工会有活动会发通知，点通知下面的“我要报名”就行。")]
    lines = []
    for each in found:
        place = "已报上" if each.place is Place.IN else f"候补第 {each.ahead + 1} 位"
        lines.append(f"· {each.survey.title}：{place}" + (f"，{moment(each.survey.held_at)}" if each.survey.held_at else ""))
    buttons = [Button(label=f"取消：{each.survey.title}", choice=f"w:unsign:{each.survey.id}") for each in found]
    return [Reply(title=MINE, text="\n".join(lines), buttons=rows(buttons, 1))]


async def _ask_cancel(turn: Turn, parts: list[str]) -> list[Reply]:
    """取消报名: are you sure? And the press that says so."""
    survey_id, sure = SurveyId(int(parts[0])), parts[1:] == ["yes"]
    if turn.person_id is None:
        return [Reply(text=_GONE)]
    try:
        opening = await surveys.open_for(turn.session, survey_id, turn.person_id, turn.now)
    except NotFound:
        return [Reply(text=_GONE)]
    title = opening.survey.title
    if opening.taken is None or opening.taken.place in (None, Place.CANCELLED):
        return [Reply(title=title, text="您没有报名，不用取消。")]
    had_place = opening.taken.place is Place.IN
    if not sure:
        buttons = (Button(label="确定取消", choice=f"w:unsign:{survey_id}:yes"), Button(label="不取消", choice=BUTTON.choice))
        text = "确定取消报名吗？名额马上让给别人，以后再报要重新排队。" if had_place else "确定不候补了吗？以后再报要重新排队。"
        return [Reply(title=title, text=text, buttons=(buttons,))]
    try:
        await signups.cancel(turn.session, survey_id, turn.person_id, turn.now)
    except Closed:
        return [Reply(title=title, text="活动已经开始，不能取消了。")]
    text = "已经取消，名额让给别人了。谢谢您提前说一声。" if had_place else "好的，不再候补了。"
    return [Reply(title=title, text=text, buttons=((BUTTON,),))]


SIGN_UP, SURVEY, VOTE = FORMS = forms_with(submit)

CHOICES: Choices = {"n:survey": _open, "n:again": _again, "w:signups": plain(mine), "w:enrol": _join, "w:unsign": _ask_cancel}
