"""Every kind of step takes what people really send, and says what it expects when it can't."""

from __future__ import annotations

import pytest

from handlers.conversation import FILE_LIMIT
from tests.handlers.talk import Talk
from tests.union.world import CHAOYANG, JINSONG, WANGJING, World

STORY = "老板拖欠我三个月工资不给"
HTML = '<b>老板</b> & "拖欠" *工资* _两个月_ `code` [链接](http://x)'


async def at_story(worker: Talk) -> None:
    await worker.say("我要维权")
    await worker.press("同意", "讨薪、劳动争议")


async def at_employer(worker: Talk) -> None:
    await at_story(worker)
    await worker.say(STORY)


async def at_place(worker: Talk) -> None:
    await at_employer(worker)
    await worker.say("劲松饭店")


async def at_day(worker: Talk) -> None:
    await at_place(worker)
    await worker.press("朝阳", "劲松街道")


async def at_amount(worker: Talk) -> None:
    await at_day(worker)
    await worker.press("上个月")


async def at_files(worker: Talk) -> None:
    await at_amount(worker)
    await worker.press("跳过")


async def at_who(worker: Talk) -> None:
    await at_files(worker)
    await worker.press("跳过")


async def at_name(worker: Talk) -> None:
    await at_who(worker)
    await worker.press("留姓名电话")


async def at_phone(worker: Talk) -> None:
    await at_name(worker)
    await worker.say("张三")


async def step_of(worker: Talk) -> str:
    draft = (await worker.state()).draft
    assert draft is not None
    return draft.step


async def value(worker: Talk, key: str) -> object:
    draft = (await worker.state()).draft
    assert draft is not None
    return draft.values.get(key)


# ---- words


@pytest.mark.parametrize("text", ["", "   ", "\n", "😀😀😀😀😀😀", "。。。。。。！", "欠工资"])
async def test_a_story_without_words_or_too_short_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_story(worker)
    await worker.say(text)
    assert await step_of(worker) == "story"
    assert "至少 5 个字" in worker.screen or "没有看到文字" in worker.screen


@pytest.mark.parametrize(("length", "next_step"), [(5, "employer"), (2000, "employer"), (2001, "story"), (4096, "story"), (4097, "story")])
async def test_a_story_has_five_to_two_thousand_characters(worker: Talk, length: int, next_step: str) -> None:
    await at_story(worker)
    await worker.say("字" * length)
    assert await step_of(worker) == next_step
    if next_step == "story":
        assert str(length) in worker.screen  # it says how long the text was


async def test_what_a_person_wrote_is_kept_character_for_character(world: World, worker: Talk) -> None:
    await at_story(worker)
    await worker.say(f"  {HTML}  ")
    assert await value(worker, "story") == HTML
    await worker.say("<i>劲松</i>&amp;饭店")
    assert await value(worker, "employer") == "<i>劲松</i>&amp;饭店"
    await worker.press("朝阳", "不清楚街道", "跳过", "跳过", "跳过", "匿名")
    assert HTML in worker.screen
    await worker.press("提交")
    case = await world.case(int(worker.button("看进度").choice.rpartition(":")[2]))  # type: ignore[arg-type]
    assert (case.story, case.employer) == (HTML, "<i>劲松</i>&amp;饭店")


async def test_colons_and_buttons_words_in_a_text_are_only_text(worker: Talk) -> None:
    await at_story(worker)
    await worker.say("f:abc:story:!cancel 老板说：不给")
    assert await value(worker, "story") == "f:abc:story:!cancel 老板说：不给"


async def test_a_step_that_wants_words_says_so_to_whatever_else_comes(worker: Talk) -> None:
    await at_story(worker)
    for send, says in (
        (worker.sticker(), "看不懂"),
        (worker.voice(), "等到“证据”那一步"),
        (worker.photo(caption="老板拖欠工资"), "等到“证据”那一步"),
        (worker.place(39.9, 116.4), "不需要位置"),
        (worker.contact("13900001234"), "不需要名片"),
        (worker.edit("老板拖欠我四个月工资"), "不会改变已经填好的内容"),
    ):
        await send
        assert says in worker.screen
        assert "发生了什么事" in worker.screen  # and asks again
        assert await step_of(worker) == "story"


async def test_the_question_asked_before_can_be_taken_as_the_story(worker: Talk) -> None:
    await worker.start()
    await worker.press("同意")
    await worker.say("老板拖欠我三个月工资不给，怎么办")
    await worker.press("我要维权", "就用刚才那句话")
    assert await value(worker, "story") == "老板拖欠我三个月工资不给，怎么办"


async def test_a_button_that_offered_a_question_is_harmless_when_there_is_none_any_more(worker: Talk) -> None:
    await at_story(worker)
    draft = (await worker.state()).draft
    assert draft is not None
    for choice in ("0", "7", "x", "²"):
        await worker.choose(f"f:{draft.id}:story:{choice}")
        assert await step_of(worker) == "story"
        assert "请打字" in worker.screen


# ---- place


async def unit_of(worker: Talk) -> object:
    chosen = await value(worker, "place")
    return chosen["unit"] if isinstance(chosen, dict) else None


async def test_a_place_is_picked_district_first_and_then_street(worker: Talk) -> None:
    await at_place(worker)
    assert worker.labels == ["朝阳", "海淀", "上一步", "取消"]
    await worker.press("朝阳")
    assert worker.labels == ["劲松街道", "望京街道", "不清楚街道", "换一个区", "上一步", "取消"]
    await worker.press("望京街道")
    assert (await unit_of(worker), await step_of(worker)) == (WANGJING, "since")


@pytest.mark.parametrize("typed", ["劲松", "劲松街道", "劲松街道总工会", "朝阳区劲松街道", "朝阳 劲松"])
async def test_a_street_can_be_typed_at_once(worker: Talk, typed: str) -> None:
    await at_place(worker)
    await worker.say(typed)
    assert await unit_of(worker) == JINSONG


async def test_a_typed_district_asks_for_its_street(worker: Talk) -> None:
    await at_place(worker)
    await worker.say("朝阳区")
    assert "劲松街道" in worker.labels


async def test_a_position_finds_the_nearest_street(worker: Talk) -> None:
    await at_place(worker)
    await worker.place(39.886, 116.462)
    assert await unit_of(worker) == JINSONG


async def test_a_position_outside_the_city_is_refused_with_the_way_on(worker: Talk) -> None:
    await at_place(worker)
    await worker.place(31.23, 121.47)
    assert "不在北京" in worker.screen
    assert "朝阳" in worker.labels


async def test_who_does_not_know_the_street_gets_on_with_the_district(worker: Talk) -> None:
    await at_place(worker)
    await worker.press("朝阳", "不清楚街道")
    assert await unit_of(worker) == CHAOYANG


async def test_a_street_that_the_register_lacks_stops_nobody(worker: Talk) -> None:
    await at_place(worker)
    await worker.press("朝阳")
    await worker.say("某某新街道")
    assert await value(worker, "place") == {"unit": CHAOYANG, "name": "朝阳区 某某新街道"}


async def test_another_district_can_be_chosen_after_all(worker: Talk) -> None:
    await at_place(worker)
    await worker.press("朝阳", "换一个区")
    assert "海淀" in worker.labels


@pytest.mark.parametrize("text", ["火星", "", "😀", "a" * 4096])
async def test_a_place_that_does_not_exist_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_place(worker)
    await worker.say(text)
    assert await step_of(worker) == "place"
    assert "朝阳" in worker.labels


async def test_a_sticker_or_a_photo_is_no_place(worker: Talk) -> None:
    await at_place(worker)
    for send in (worker.sticker(), worker.photo(), worker.voice(), worker.contact("13900001234")):
        await send
        assert "请选一个区" in worker.screen


@pytest.mark.parametrize("forged", ["999", "none", "x", "-1", "9" * 30, "１"])
async def test_a_forged_place_is_refused(worker: Talk, forged: str) -> None:
    await at_place(worker)
    draft = (await worker.state()).draft
    assert draft is not None
    await worker.choose(f"f:{draft.id}:place:{forged}")
    assert await step_of(worker) == "place"


# ---- day and amount


@pytest.mark.parametrize(
    ("typed", "day"),
    [("上个月", "2026-10-01"), ("2026年8月15日", "2026-08-15"), ("去年10月", "2025-10-01"), ("8月15日", "2026-08-15")],
)
async def test_a_day_is_read_as_people_say_it(worker: Talk, typed: str, day: str) -> None:
    await at_day(worker)
    await worker.say(typed)
    assert await value(worker, "since") == day


@pytest.mark.parametrize("label", ["这个月", "上个月", "两个月前", "三个月前", "半年前", "一年前"])
async def test_every_button_for_a_day_is_a_day_that_is_understood(worker: Talk, label: str) -> None:
    await at_day(worker)
    await worker.press(label)
    assert await step_of(worker) == "amount"


@pytest.mark.parametrize("text", ["", "😀", "明年", "2099年1月1日", "13月40日", "不记得了", "字" * 4096])
async def test_what_is_no_day_or_lies_ahead_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_day(worker)
    await worker.say(text)
    assert await step_of(worker) == "since"
    assert "没看懂这个日期" in worker.screen


@pytest.mark.parametrize(("typed", "amount"), [("35000", "35000"), ("3万5", "35000"), ("一万二千元", "12000"), ("３５００元", "3500")])
async def test_an_amount_is_read_as_people_say_it(worker: Talk, typed: str, amount: str) -> None:
    await at_amount(worker)
    await worker.say(typed)
    assert await value(worker, "amount") == amount


@pytest.mark.parametrize("text", ["", "😀", "很多", "-5", "字" * 4096])
async def test_what_is_no_amount_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_amount(worker)
    await worker.say(text)
    assert await step_of(worker) == "amount"
    assert "没看懂金额" in worker.screen


@pytest.mark.parametrize("text", ["9" * 30, "999999999999999999元", "100000000000000亿"])
async def test_an_amount_that_no_table_can_hold_never_breaks_the_case(world: World, worker: Talk, text: str) -> None:
    await at_amount(worker)
    await worker.say(text)
    if await step_of(worker) == "files":
        await worker.press("跳过", "匿名", "提交")
        assert "已受理" in worker.screen
    else:
        assert "没看懂金额" in worker.screen


async def test_optional_steps_can_be_skipped_and_the_summary_says_so(worker: Talk) -> None:
    await at_day(worker)
    await worker.press("跳过", "跳过", "跳过", "匿名")
    assert "从什么时候开始：（没有填）" in worker.screen
    assert "涉及金额：不涉及金额" in worker.screen
    assert "证据：没有" in worker.screen


# ---- files


async def test_files_are_counted_and_the_form_goes_on_when_the_person_says_so(worker: Talk) -> None:
    await at_files(worker)
    await worker.photo()
    await worker.document("合同.pdf", 2_000_000)
    await worker.voice()
    assert "已经收到 3 份" in worker.screen
    await worker.press("发完了，下一步", "匿名")
    assert "证据：3 份" in worker.screen


async def test_the_files_belong_to_the_case_afterwards(world: World, worker: Talk, lawyer: Talk) -> None:
    await at_files(worker)
    await worker.photo()
    await worker.document("合同.pdf", 2_000_000)
    await worker.press("发完了，下一步", "匿名", "提交")
    await lawyer.hears()
    assert "材料 2 份" in lawyer.screen


async def test_skipping_after_files_were_sent_keeps_them(worker: Talk) -> None:
    await at_files(worker)
    await worker.photo()
    await worker.press("跳过", "匿名")
    assert "证据：1 份" in worker.screen


async def test_the_photos_of_an_album_are_counted_in_one_message(worker: Talk) -> None:
    await at_files(worker)
    slots = []
    for _ in range(5):
        slots += [reply.slot for reply in await worker.photo(album="one")]
    assert slots == ["album:one"] * 5
    assert "已经收到 5 份" in worker.screen


@pytest.mark.parametrize(("size", "taken"), [(FILE_LIMIT, True), (FILE_LIMIT + 1, False), (25 * 1024 * 1024, False), (0, True)])
async def test_a_file_over_20_megabytes_is_refused_with_a_way_out(worker: Talk, size: int, taken: bool) -> None:
    await at_files(worker)
    await worker.document("录像.mp4", size)
    assert ("已经收到 1 份" in worker.screen) is taken
    assert ("最大只能收 20 MB" in worker.screen) is not taken


async def test_the_twenty_first_file_is_refused_and_the_twenty_are_kept(worker: Talk) -> None:
    await at_files(worker)
    for _ in range(21):
        await worker.photo()
    assert "已经有 20 份材料了" in worker.screen
    await worker.press("发完了，下一步", "匿名")
    assert "证据：20 份" in worker.screen


async def test_words_instead_of_files_are_answered_with_the_way_on(worker: Talk) -> None:
    await at_files(worker)
    for text in ("没有", "", "😀"):
        await worker.say(text)
        assert "跳过" in worker.screen
        assert await step_of(worker) == "files"
    await worker.sticker()
    assert "请发照片" in worker.screen


# ---- pick and phone


async def test_a_choice_can_be_typed_as_well(worker: Talk) -> None:
    await at_who(worker)
    await worker.say("匿名")
    assert await step_of(worker) == "!summary"


@pytest.mark.parametrize("text", ["随便", "", "😀", "named", "字" * 4096])
async def test_what_is_none_of_the_choices_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_who(worker)
    await worker.say(text)
    assert "请点下面的按钮选一个" in worker.screen


async def test_who_stays_anonymous_is_not_asked_for_a_name(worker: Talk) -> None:
    await at_who(worker)
    assert "（8/8）" in worker.screen
    await worker.press("匿名")
    assert "称呼" not in worker.screen
    assert "电话：" not in worker.screen


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13900001234", "13900001234"), ("139 0000 1234", "13900001234"), ("139-0000-1234", "13900001234"),
        ("+86 13900001234", "13900001234"), ("8613900001234", "13900001234"), ("010-87654321", "01087654321"),
        ("（010）87654321", "01087654321"),
    ],
)  # fmt: skip
async def test_a_phone_number_is_taken_however_it_is_written(worker: Talk, typed: str, kept: str) -> None:
    await at_phone(worker)
    await worker.say(typed)
    assert await value(worker, "phone") == kept


async def test_a_contact_card_is_a_phone_number(worker: Talk) -> None:
    await at_phone(worker)
    await worker.contact("+86 139 0000 1234")
    assert await value(worker, "phone") == "13900001234"


@pytest.mark.parametrize("text", ["", "😀", "1390000123", "139000012345", "12345678901", "没有", "87654321", "字" * 4096])
async def test_what_is_no_phone_number_is_asked_for_again(worker: Talk, text: str) -> None:
    await at_phone(worker)
    await worker.say(text)
    assert await step_of(worker) == "phone"
    assert "不像一个电话号码" in worker.screen


async def test_a_phone_number_is_half_hidden_on_the_summary(worker: Talk) -> None:
    await at_phone(worker)
    await worker.say("13900001234")
    assert "139****1234" in worker.screen
    assert "13900001234" not in worker.screen
