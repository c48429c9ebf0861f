"""Every answer keeps the rules for answers, and the commonest questions find theirs."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge import ArticleReference, Knowledge, RequestKind, Topic

UNPAID = "老板拖欠我三个月工资不给，怎么办"


def test_every_topic_of_work_has_a_general_answer(knowledge: Knowledge) -> None:
    topics = {answer.topic for answer in knowledge.answers.all.values()}
    assert topics == set(Topic) - {Topic.NOT_LABOUR}
    assert len(knowledge.answers.all) >= 45


def test_every_answer_cites_articles_of_the_digest_and_says_what_to_do(knowledge: Knowledge) -> None:
    for answer in knowledge.answers.all.values():
        assert answer.articles, answer.code
        assert all(knowledge.article(reference) for reference in answer.articles), answer.code
        assert len(answer.steps) >= 3, answer.code
        assert answer.region in {"全国", "北京"}
        assert answer.valid_from <= answer.reviewed_on <= date(2100, 1, 1)


def test_no_answer_is_longer_than_a_phone_screen(knowledge: Knowledge) -> None:
    for answer in knowledge.answers.all.values():
        assert 60 <= len(answer.text) <= 300, answer.code


def test_every_law_named_in_an_answer_is_one_of_the_digest(knowledge: Knowledge) -> None:
    for answer in knowledge.answers.all.values():
        assert any(f"《{law}》" in answer.text or law in answer.text for law in knowledge.digest.laws), answer.code


def test_unpaid_wages_get_the_law_the_way_and_the_time_limit(knowledge: Knowledge) -> None:
    answer = knowledge.answer(UNPAID, knowledge.read(UNPAID))
    assert answer is not None
    assert answer.code == "wages-unpaid"
    expected = {
        ("劳动合同法", 30), ("劳动合同法", 38), ("劳动合同法", 85), ("劳动法", 50), ("劳动争议调解仲裁法", 27),
    }  # fmt: skip
    assert expected <= {(reference.law, reference.number) for reference in answer.articles}
    for word in ("证据", "劳动监察", "仲裁", "一年", "律师"):
        assert word in answer.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("包工头不给工钱，在工地干了两个月", "wages-construction"),
        ("包工头跑了，工钱没给", "wages-construction"),
        ("迟到五分钟罚款一百，合理吗", "wages-deduction"),
        ("国庆加班有没有三倍工资", "hours-holiday"),
        ("每天上班十二小时，一个月就休两天", "hours-limit"),
        ("年假没休完公司不给钱", "leave-annual-unused"),
        ("入职半年没签合同能要双倍工资吗", "contract-none"),
        ("试用期最长几个月", "contract-probation"),
        ("公司让我调岗降薪我不同意", "contract-transfer"),
        ("公司突然把我辞退了", "termination-illegal"),
        ("合同到期公司不续签有补偿吗", "termination-expiry"),
        ("公司逼我写个人原因辞职", "termination-forced"),
        ("提了离职领导不批", "resignation-how"),
        ("不给开离职证明", "resignation-certificate"),
        ("上班时摔骨折了怎么申报工伤", "injury-report"),
        ("工伤十级能赔多少钱", "injury-benefits"),
        ("下班路上出车祸算工伤吗", "injury-commute"),
        ("公司不交社保怎么办", "insurance-unpaid"),
        ("自己辞职能领失业金吗", "insurance-unemployment"),
        ("怀孕被公司辞退", "women-dismissal"),
        ("产假有多少天", "women-leave"),
        ("竞业限制补偿没给", "restrictive-unpaid"),
        ("外卖骑手和站点是劳动关系吗", "relationship-platform"),
        ("怎么申请劳动仲裁", "procedure-arbitration"),
        ("领导对我动手动脚", "safety-harassment"),
        ("高温津贴从来没发过", "safety-heat"),
        ("想成立工会怎么弄", "collective-found-union"),
        ("怎么加入工会", "union-join"),
        ("京卡丢了怎么补办", "union-card"),
        ("得了大病没钱治，工会能帮扶吗", "hardship-illness"),
    ],
)
def test_common_questions_find_their_answer(knowledge: Knowledge, text: str, code: str) -> None:
    answer = knowledge.answer(text, knowledge.read(text))
    assert answer is not None
    assert answer.code == code


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("俺在工地摔断了腿，包工头不认账，咋弄", Topic.INJURY),
        ("工地上被砖砸了头，工头给了两千就不管了", Topic.INJURY),
        ("公司裁员，我怀孕六个月", Topic.WOMEN),
    ],
)
def test_a_word_of_another_matter_does_not_draw_the_answer_there(knowledge: Knowledge, text: str, topic: Topic) -> None:
    answer = knowledge.answer(text, knowledge.read(text))
    assert answer is not None
    assert answer.topic is topic


@pytest.mark.parametrize("text", ["你好", "", "😀", "离婚财产怎么分", "今天天气真好", "帮我写首诗", "楼下的快递柜坏了"])
def test_what_has_nothing_to_do_with_work_gets_no_answer(knowledge: Knowledge, text: str) -> None:
    reading = knowledge.read(text)
    assert knowledge.answer(text, reading) is None
    assert reading.kind in {RequestKind.SMALLTALK, RequestKind.CONSULT, RequestKind.COMPLAINT}


def test_a_reference_is_cited_in_chinese_numerals() -> None:
    assert ArticleReference("劳动合同法", 47).cite == "《劳动合同法》第四十七条"
    assert ArticleReference("民法典", 1010).cite == "《民法典》第一千零一十条"
