"""What the check says about broken data files: an installation's own files over ours, each with a mistake of its own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from knowledge.examples import digest_of
from knowledge.folder import data_folder
from knowledge.lint import LEARN, lint, prove_citations
from knowledge.lint_files import FIRST, Finding, Severity, shown

TODAY = date(2026, 11, 21)

WAGES = """# 工资
3 拖欠 欠薪 白跑一趟
5 拖欠
-4 欠薪
二分 工资
2 @没有这一组+钱 @单位+@不给 a++b
2 #union #short 工資 ＡＢ system: 公资
6 押金
4 飘窗
2 飘窗没给
4.5 辞职金
"""
HOURS = "6 押金\n3 加班\n1 加班飘窗\n"
GROUPS = "单位: 公司 老板 公司\n不给: 不给 没发\n单位: 厂里\n没人用: 甲 乙\n现在：刚才\n"
SYNONYMS = "欠薪: 拖欠工资 欠着工资\n欠钱: 欠着工资 欠我钱\n独个: 一个\n标点: 好，的 好的\n"
SLIPS = "工咨 工资\n工咨 公资\n公资 工资\n绿箩 绿萝\n只有一半\n"
EXAMPLES = """wages | dispute | violation | 劳动合同法 30 | 老板拖欠我工资
wages | consult | - | - | 老板拖欠我工资
wages | consult | - | - | 押金飘窗没给
wages | consult | - | 饭法 7 | 食堂难吃
wages | consult | - | - | 食堂难吃！
money | consult | - | - | 钱
wages | dispute | - | - | 没有性质的争议
少几格 | 的一行
"""
CITATIONS = "3 | 拖欠 #wages+要回来 #short | 劳动合同法 30; 劳动合同法 999\n3 | 只有两格\n3 | 工资 | 随便\n"
ANSWERS = """
reviewed_on = 2026-01-01

[[answer]]
code = "one"
title = "水"
questions = ["老板拖着工资不给怎么办", "水怎么喝"]
words = ["1 水 @无此组", "一 茶"]
text = "最低工资，{fact:minimum-wage-month@北京}。{fact:no-such@北京} {fact:average-wage@火星} {fact:average-wage} {fact:average-wage@西藏}"
articles = ["劳动合同法 30", "劳动合同法 999"]
steps = ["喝。"]
calculators = ["severance", "abacus"]

[[answer]]
code = "two"
title = "茶"
questions = ["水怎么喝？"]
words = ["1 茶"]
text = "茶。"
articles = ["劳动合同法 30"]
"""


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    overlay = tmp_path_factory.mktemp("overlay")
    files = {
        "lexicon/topics/wages.txt": WAGES, "lexicon/topics/hours.txt": HOURS, "lexicon/groups.txt": GROUPS, "lexicon/synonyms.txt": SYNONYMS,
        "lexicon/slips.txt": SLIPS, "examples/plain_words.txt": EXAMPLES, "citations.txt": CITATIONS, "answers/wages.toml": ANSWERS,
        "answers/hours.toml": "[[answer", "lexicon/weights.tsv": "# 0123\nno\tsuch\n",
    }  # fmt: skip
    for name, text in files.items():
        (overlay / name).parent.mkdir(parents=True, exist_ok=True)
        (overlay / name).write_text(text, encoding="utf-8")
    return lint(TODAY, overlay)


@pytest.mark.parametrize(
    ("severity", "where", "says"),
    [
        # words that pull against themselves
        (Severity.WARNING, "lexicon/topics/wages.txt:3", "“拖欠”在同一处写了 2 遍（第 2 行 3 分，这里 5 分），合起来算 8 分"),
        (
            Severity.ERROR,
            "lexicon/topics/wages.txt:4",
            "“欠薪”在同一处写了 2 遍（第 2 行 3 分，这里 -4 分），合起来算 -1 分，一加一减互相抵消",
        ),
        (Severity.WARNING, "lexicon/topics/wages.txt:8", "“押金”给 wages 加 6 分，又给 hours 加 6 分（lexicon/topics/hours.txt:1）"),
        # what no message can contain
        (Severity.ERROR, "lexicon/topics/wages.txt:5", "行首应是分值，现在是“二分”"),
        (Severity.ERROR, "lexicon/topics/wages.txt:6", "要用词组 @没有这一组，词组表里没有它"),
        (Severity.ERROR, "lexicon/topics/wages.txt:6", "搭配“a++b”里有一格是空的"),
        (Severity.ERROR, "lexicon/topics/wages.txt:7", "“#union”里的 #union 在词库里程序从不设"),
        (Severity.ERROR, "lexicon/topics/wages.txt:7", "“工資”永远碰不上"),
        (Severity.ERROR, "lexicon/topics/wages.txt:7", "“ＡＢ”永远碰不上"),
        (Severity.ERROR, "lexicon/topics/wages.txt:7", "应写成“ab”"),
        (Severity.ERROR, "lexicon/topics/wages.txt:7", "“system:”永远碰不上"),
        # what stands in the way of what
        (Severity.WARNING, "lexicon/topics/hours.txt:3", "“加班飘窗”（1 分）里的“加班”（3 分，lexicon/topics/hours.txt:2）因它不再计分"),
        (Severity.WARNING, "lexicon/topics/wages.txt:9", "“飘窗”在例句里出现 1 次，一次也没计分：每次都在更长的词“飘窗没给”"),
        # lists
        (Severity.ERROR, "lexicon/groups.txt:3", "“单位”在第 1 行已经有了，那一行因此作废"),
        (Severity.WARNING, "lexicon/groups.txt:1", "“单位”里“公司”写了两遍"),
        (Severity.WARNING, "lexicon/groups.txt:4", "词组“没人用”没有人用"),
        (Severity.ERROR, "lexicon/groups.txt:5", "应写成“名字: 词 词”"),
        (Severity.ERROR, "lexicon/synonyms.txt:2", "“欠着工资”在“欠钱”里，也在第 1 行的“欠薪”里"),
        (Severity.WARNING, "lexicon/synonyms.txt:3", "“独个”只有一个词"),
        (Severity.WARNING, "lexicon/synonyms.txt:4", "“好，的”带着标点"),
        (Severity.ERROR, "lexicon/slips.txt:2", "“工咨”在第 1 行写过了，那里改成“工资”"),
        (Severity.WARNING, "lexicon/slips.txt:4", "没有哪个词用到“绿萝”"),
        (Severity.ERROR, "lexicon/slips.txt:5", "应写成“错的 对的”"),
        # examples and weights
        (Severity.ERROR, "examples/plain_words.txt:2", "标成“工资、劳动争议、权利争议·违法类”，这里标成“工资、问题咨询”"),
        (Severity.ERROR, "examples/plain_words.txt:6", "例句写得不对"),
        (Severity.ERROR, "examples/plain_words.txt:7", "例句写得不对"),
        (Severity.ERROR, "examples/plain_words.txt:8", "例句写得不对"),
        (Severity.INFORMATION, "examples", "食堂难吃"),
        (Severity.WARNING, "examples", "饭法 7（1 句）"),
        (Severity.ERROR, "lexicon/weights.tsv", LEARN),
        # citations and answers
        (Severity.ERROR, "citations.txt:1", "《劳动合同法》第九百九十九条不在法条摘要"),
        (Severity.ERROR, "citations.txt:1", "“#short”里的 #short 在引用规则里程序从不设"),
        (Severity.ERROR, "citations.txt:2", "应有三格"),
        (Severity.ERROR, "citations.txt:3", "“随便”应写成“法的简称 条号”"),
        (Severity.ERROR, "answers/wages.toml:8", "要用词组 @无此组"),
        (Severity.ERROR, "answers/wages.toml:8", "行首应是分值，现在是“一”"),
        (Severity.ERROR, "answers/wages.toml:9", "{fact:no-such@北京}：事实表里没有 no-such 这个名称"),
        (Severity.ERROR, "answers/wages.toml:9", "{fact:average-wage@火星}：“火星”不是一个地区"),
        (Severity.ERROR, "answers/wages.toml:9", "{fact:average-wage}：应写成 {fact:名称@地区}"),
        (Severity.WARNING, "answers/wages.toml:9", "没有西藏的上年度职工月平均工资"),
        (Severity.ERROR, "answers/wages.toml:10", "“劳动合同法 999”不在法条摘要"),
        (Severity.ERROR, "answers/wages.toml:12", "要用的计算器 abacus 没有"),
        (Severity.ERROR, "answers/wages.toml:15", "two 缺少 steps"),
        (Severity.WARNING, "answers/wages.toml:17", "“水怎么喝？”已经是 one（answers/wages.toml:7）的问法"),
        (Severity.ERROR, "answers/hours.toml", "TOML 写得不对"),
        (Severity.INFORMATION, "lexicon", "一次也没出现过"),
    ],
)
def test_each_mistake_is_named_where_it_stands(findings: list[Finding], severity: Severity, where: str, says: str) -> None:
    assert any(each.severity is severity and each.where == where and says in each.text for each in findings), [
        (each.severity, each.where, each.text[:200]) for each in findings if each.file == where.partition(":")[0]
    ]


def test_what_is_right_is_not_named(findings: list[Finding]) -> None:
    said = [each.text for each in findings if each.file in {"lexicon/topics/wages.txt", "answers/wages.toml"}]
    for right in ("“#short”里", "“@单位+@不给”", "{fact:minimum-wage-month@北京}：", "计算器 severance", "“劳动合同法 30”"):
        assert not any(right in text for text in said), right


def test_errors_come_first(findings: list[Finding]) -> None:
    severities = [each.severity for each in findings]
    assert severities == sorted(severities, key=list(Severity).index)


def test_a_long_list_is_cut_and_its_length_told() -> None:
    assert shown(["一", "二"]) == "一 二"
    assert shown([str(number) for number in range(FIRST + 5)]).endswith(f"……（共 {FIRST + 5} 个）")


def test_weights_that_were_counted_from_other_examples_are_out_of_date(tmp_path: Path) -> None:
    ours = data_folder()
    table = (ours / "lexicon" / "weights.tsv").read_text(encoding="utf-8")
    (tmp_path / "lexicon").mkdir()

    def out_of_date(counted_from: str) -> bool:
        (tmp_path / "lexicon" / "weights.tsv").write_text(f"# {counted_from}\n{table.partition(chr(10))[2]}", encoding="utf-8")
        return any(each.file == "lexicon/weights.tsv" and LEARN in each.text for each in lint(TODAY, tmp_path))

    assert out_of_date("0123456789abcdef")
    assert not out_of_date(f"{digest_of(ours / 'examples')} and labelled messages")


def test_our_own_files_have_no_errors() -> None:
    errors = [(each.where, each.text) for each in lint(TODAY) if each.severity is Severity.ERROR]
    # Two hands may label a bare 工资拖欠 differently, and examples are written faster than weights are counted: a release checks these too.
    assert [(where, text) for where, text in errors if not where.startswith(("examples/", "lexicon/weights.tsv"))] == []


def test_citations_are_proved_against_the_texts_those_of_rules_and_calculators_too(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(
        '[{"law": "中华人民共和国劳动合同法", "short_names": ["劳动合同法"], "file": "a.md"}]', encoding="utf-8"
    )
    (tmp_path / "a.md").write_text("# 中华人民共和国劳动合同法\n施行：2012-12-28\n\n第三十条 及时足额支付劳动报酬。\n", encoding="utf-8")
    said = [each.text for each in prove_citations(tmp_path)]
    assert any(text.startswith("calculator severance: 《劳动合同法》第四十七条 does not exist") for text in said)
    assert any(text.startswith("citations.txt line") for text in said)
    assert any("没法核对的" in text for text in said)


# ---- the command


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation of its own, with a rule of its own that names an article there is not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("UNION_KNOWLEDGE_DIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "citations.txt").write_text("3 | 拖欠 | 劳动合同法 999\n", encoding="utf-8")
    return tmp_path


def test_the_command_shows_what_is_taken_for_what_and_fails_on_errors(installation: Path) -> None:
    rows = [
        {"text": "老板拖欠我三个月工资不给", "primary": "wages", "kind": "dispute"},
        {"text": "老板拖欠我两个月工资[b]", "primary": "women", "kind": "consult"},
    ]
    (installation / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = CliRunner().invoke(app, ["knowledge", "check", "--labelled", "rows.jsonl"])
    assert done.exit_code == 1, done.output
    for part in ("citations.txt:1  《劳动合同法》第九百九十九条", "女职工权益", "1/2 对", "劳动争议", "错得最远的", "工资[b]"):
        assert part in done.stdout, part


@pytest.mark.parametrize(("option", "value"), [("--labelled", "none.jsonl"), ("--labelled", "bad.jsonl"), ("--statutes", "none")])
def test_the_command_says_which_file_it_cannot_read(installation: Path, option: str, value: str) -> None:
    (installation / "bad.jsonl").write_text("{", encoding="utf-8")
    done = CliRunner().invoke(app, ["knowledge", "check", option, value])
    assert done.exit_code == 2
    assert value in done.stderr
