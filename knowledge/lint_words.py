"""What is wrong with the words of the lexicon, the citation rules and the answers. Part of `knowledge.lint`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from itertools import combinations

import ahocorasick

from .lint_files import Files, Finding, Severity, Token, Vocabulary, error, numbered, shown, warning
from .matcher import Entry, Matcher
from .text import BEGIN, END, Normaliser
from .urgency import CROWD, crowds

STRONG, NEAR = 4.0, 0.5  # two weights of at least STRONG and no further apart than NEAR say the same for two things: so they say nothing


# ---- what can never be found


def check_forms(files: Files, plain: Normaliser) -> Iterator[Finding]:
    """Words that no message can contain, tags and groups that there are not, groups that nobody asks for."""
    for vocabulary in files.vocabularies:
        for token in vocabulary.tokens:
            yield from _check_token(token, vocabulary, plain)
    used = {part[1:] for vocabulary in files.vocabularies for token in vocabulary.tokens for part in token.parts if part.startswith("@")}
    for file in ("lexicon/groups.txt", "lexicon/urgent/groups.txt"):
        for line, name, words in files.lists[file]:
            if name not in used:
                yield warning(file, line, f"词组“{name}”没有人用（没有哪个搭配写了 @{name}），可以删去")
            for word in words:
                if not word.startswith("#") and (better := _unfindable(word, plain)) is not None:
                    yield error(file, line, _never(word, better))


def _check_token(token: Token, vocabulary: Vocabulary, plain: Normaliser) -> Iterator[Finding]:
    for part in token.parts:
        if not part:
            yield error(token.file, token.line, f"搭配“{token.text}”里有一格是空的，永远碰不上")
        elif part.startswith("@"):
            if part[1:] not in vocabulary.groups:
                yield error(token.file, token.line, f"“{token.text}”要用词组 {part}，词组表里没有它，程序会因此打不开")
        elif part.startswith("#"):
            if part not in vocabulary.tags:
                known = "、".join(sorted(vocabulary.tags)) or "无"
                yield error(
                    token.file, token.line, f"“{token.text}”里的 {part} 在{vocabulary.name}里程序从不设，永远碰不上（能用的：{known}）"
                )
        elif (better := _unfindable(part, plain)) is not None:
            yield error(token.file, token.line, _never(part, better))


def _unfindable(word: str, plain: Normaliser) -> str | None:
    """How a word reads in the plain form of a message, if that is not as it is written."""
    bare = word.removeprefix(BEGIN).removesuffix(END)
    if bare.strip("，") == "":
        return None if bare or word in {BEGIN, END} else ""
    read = plain(bare.strip("，"))[1:-1]
    return None if read == bare.strip("，") else read


def _never(word: str, better: str) -> str:
    hint = f"，应写成“{better}”" if better else ""
    return f"“{word}”永远碰不上：来的话先化成简体、半角、小写并改掉错别字，冒号一类化成逗号{hint}"


def check_slips(folder: Traversable, files: Files, plain: Normaliser, keywords: Iterable[str]) -> Iterator[Finding]:
    """Slips that correct nothing, and the table of traditional characters."""
    known = {part for vocabulary in files.vocabularies for token in vocabulary.tokens for part in token.parts}
    known |= {word for rows in files.lists.values() for _, _, words in rows for word in words} | set(keywords)
    known = {word.strip(BEGIN + END) for word in known}
    together = "\n".join(sorted(known))
    seen: dict[str, tuple[int, str]] = {}
    for number, line in numbered(folder, "lexicon/slips.txt"):
        slip, _, right = line.partition(" ")
        right = right.strip()
        if not right or " " in right:
            yield error("lexicon/slips.txt", number, f"应写成“错的 对的”：{line[:30]}")
            continue
        if slip in seen:
            before, other = seen[slip]
            level = error if other != right else warning
            yield level("lexicon/slips.txt", number, f"“{slip}”在第 {before} 行写过了" + (f"，那里改成“{other}”" if other != right else ""))
        seen[slip] = (number, right)
        if plain(right)[1:-1] != right:
            yield error("lexicon/slips.txt", number, f"“{slip}”改成“{right}”，可“{right}”自己还会再变成“{plain(right)[1:-1]}”")
        elif right not in together and not any(len(word) > 1 and word in right for word in known):
            yield warning("lexicon/slips.txt", number, f"“{slip}”改成“{right}”，可是没有哪个词用到“{right}”，这一行没有用处")
    for number, line in numbered(folder, "lexicon/traditional.txt"):
        for pair in line.split():
            if len(pair) != 2:
                yield error("lexicon/traditional.txt", number, f"“{pair}”应是两个字：繁体字和简体字")


# ---- what pulls against itself


def check_clashes(files: Files) -> Iterator[Finding]:
    """The same word twice for one thing, and words that say the same for two things of which one must be chosen."""
    for vocabulary in files.vocabularies:
        places: dict[tuple[str, str], list[Token]] = defaultdict(list)
        for token in vocabulary.tokens:
            places[token.scale, token.text].append(token)
        if vocabulary.adds_up:
            for tokens in places.values():
                if len(tokens) > 1:
                    yield _twice(tokens)
        for rivals in vocabulary.rivals:
            sums = _sums(places, rivals)
            for word, by_scale in sums.items():
                yield from _undecided(word, by_scale)
    for file in ("lexicon/groups.txt", "lexicon/urgent/groups.txt", "lexicon/negations.txt", "lexicon/urgent/tense.txt"):
        yield from _check_lists(file, files.lists[file])
    yield from _check_synonyms(files.lists["lexicon/synonyms.txt"])


def _twice(tokens: Sequence[Token]) -> Finding:
    last, weights = tokens[-1], [token.weight for token in tokens]
    before = "、".join(f"第 {token.line} 行 {token.weight:g} 分" for token in tokens[:-1])
    text = f"“{last.text}”在同一处写了 {len(tokens)} 遍（{before}，这里 {last.weight:g} 分），合起来算 {sum(weights):g} 分"
    if min(weights) < 0 < max(weights):
        return error(last.file, last.line, f"{text}，一加一减互相抵消；只留一处")
    return warning(last.file, last.line, f"{text}；只留一处，分值写成真正想要的")


def _sums(places: Mapping[tuple[str, str], Sequence[Token]], rivals: Sequence[str]) -> dict[str, list[tuple[float, Token]]]:
    sums: dict[str, list[tuple[float, Token]]] = defaultdict(list)
    for (scale, word), tokens in places.items():
        if scale in rivals:
            sums[word].append((sum(token.weight for token in tokens), tokens[0]))
    return sums


def _undecided(word: str, by_scale: Sequence[tuple[float, Token]]) -> Iterator[Finding]:
    for (one, first), (other, second) in combinations(by_scale, 2):
        if min(one, other) >= STRONG and abs(one - other) <= NEAR:
            there = f"{second.file}:{second.line}"
            text = f"“{word}”给 {first.scale} 加 {one:g} 分，又给 {second.scale} 加 {other:g} 分（{there}），两边一样重，等于没说"
            yield warning(first.file, first.line, f"{text}；分出轻重，或改成搭配")


def _check_lists(file: str, rows: Sequence[tuple[int, str, tuple[str, ...]]]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for line, name, words in rows:
        if name in seen:
            yield error(file, line, f"“{name}”在第 {seen[name]} 行已经有了，那一行因此作废；合成一行")
        seen[name] = line
        for word in [word for word, count in Counter(words).items() if count > 1]:
            yield warning(file, line, f"“{name}”里“{word}”写了两遍")


def _check_synonyms(rows: Sequence[tuple[int, str, tuple[str, ...]]]) -> Iterator[Finding]:
    file = "lexicon/synonyms.txt"
    yield from _check_lists(file, rows)
    seen: dict[str, tuple[int, str]] = {}
    for line, name, words in rows:
        for word in dict.fromkeys(words):
            if word in seen:
                yield error(file, line, f"“{word}”在“{name}”里，也在第 {seen[word][0]} 行的“{seen[word][1]}”里；一个词只能在一组")
            seen[word] = (line, name)
            if not word.isalnum():
                yield warning(file, line, f"“{name}”里的“{word}”带着标点；同义词只写字")
        if len(set(words)) == 1:
            yield warning(file, line, f"“{name}”只有一个词，没有可换的说法")


# ---- what stands in the way of what


def check_overlaps(files: Files) -> Iterator[Finding]:
    """A longer word of the same scale takes the place of a shorter one: it should not weigh less, and need not be there to weigh the same."""
    same: list[str] = []
    less: list[tuple[float, str]] = []
    for vocabulary in (files.reading, files.urgent):
        weights: dict[str, dict[str, Token]] = defaultdict(dict)
        for token in vocabulary.tokens:
            if token.is_word:
                weights[token.scale][token.text] = token
        for longer, shorter in (pair for words in weights.values() for pair in _one_in_another(words)):
            if longer.weight * 2 < shorter.weight:
                there = f"{shorter.file}:{shorter.line}"
                text = f"“{longer.text}”（{longer.weight:g} 分）里的“{shorter.text}”（{shorter.weight:g} 分，{there}）因它不再计分"
                yield warning(longer.file, longer.line, f"{text}，说得更全反而分少得多")
            elif longer.weight < shorter.weight:
                less.append((longer.weight - shorter.weight, f"{longer.text}⊃{shorter.text}"))
            elif longer.weight == shorter.weight:
                same.append(f"{longer.text}⊃{shorter.text}")
    if less:
        listed = shown([pair for _, pair in sorted(less)])
        yield Finding(Severity.INFORMATION, "lexicon", 0, f"{len(less)} 个长词比里面同类的短词分少一些，短词因它不再计分：{listed}")
    if same:
        yield Finding(Severity.INFORMATION, "lexicon", 0, f"{len(same)} 个长词和里面的短词同类同分，可以不要：{shown(same)}")


def _one_in_another(words: Mapping[str, Token]) -> Iterator[tuple[Token, Token]]:
    """The words that stand in longer ones, both speaking for the thing."""
    for word, longer in words.items():
        for shorter in dict.fromkeys(_inside(word)):
            if shorter in words and min(longer.weight, words[shorter].weight) > 0:
                yield longer, words[shorter]


def _inside(word: str) -> Iterator[str]:
    for length in range(1, len(word)):
        for start in range(len(word) - length + 1):
            yield word[start : start + length]


def check_use(files: Files, texts: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Finding]:
    """What is never met in `texts` (each plain, with its topics), and what stands there but never counts."""
    for vocabulary in files.vocabularies:
        sound = [token for token in vocabulary.tokens if _is_sound(token, vocabulary)]
        matcher = Matcher((Entry(token.scale, token.weight, token.text) for token in sound), vocabulary.groups, vocabulary.masks)
        words = {token.text for token in sound if token.is_word}
        stands, counts, hiding = _met(matcher, words, vocabulary, texts)
        places = {token.text: token for token in sound}
        unmet = [text for text in places if (stands[text] if text in words else counts[text]) == 0]
        if unmet:
            whole = f"{vocabulary.name}里 {len(unmet)} 个词或搭配（共 {len(places)} 个）在例句和回答的问法里一次也没出现过：{shown(unmet)}"
            yield Finding(
                Severity.INFORMATION,
                {"词库": "lexicon", "险情词库": "lexicon/urgent"}.get(vocabulary.name, _FOLDERS[vocabulary.name]),
                0,
                whole,
            )
        for text in sorted(words):
            if stands[text] and not counts[text]:
                token = places[text]
                under = "、".join(f"“{longer}”" for longer, _ in hiding[text].most_common(3))
                yield warning(
                    token.file,
                    token.line,
                    f"“{text}”在例句里出现 {stands[text]} 次，一次也没计分：每次都在更长的词{under}里面；它等于没有用",
                )


_FOLDERS = {"引用规则": "citations.txt", "回答的词": "answers", "词库": "lexicon", "险情词库": "lexicon/urgent"}


def _is_sound(token: Token, vocabulary: Vocabulary) -> bool:
    return all(part and (not part.startswith("@") or part[1:] in vocabulary.groups) for part in token.parts)


def _met(
    matcher: Matcher, words: set[str], vocabulary: Vocabulary, texts: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[Counter[str], Counter[str], dict[str, Counter[str]]]:
    """In how many texts each word stands, in how many each token counts, and in which longer words a word stands hidden."""
    longer = words | set(vocabulary.masks) | {part for token in vocabulary.tokens for part in token.parts if part[:1] not in {"@", "#", ""}}
    longer |= {word for token in vocabulary.tokens for part in token.parts for word in vocabulary.groups.get(part.removeprefix("@"), ())}
    automaton = ahocorasick.Automaton()
    for word in longer:
        automaton.add_word(word, word)
    automaton.make_automaton()
    stands: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    hiding: dict[str, Counter[str]] = defaultdict(Counter)
    for plain, topics in texts:
        tags = [f"#{topic}" for topic in topics] if vocabulary.name == "引用规则" else vocabulary.tags - {CROWD}
        spots = {CROWD: crowds(plain)} if CROWD in vocabulary.tags else None
        counted = {token for _, _, token in matcher.find(plain, tags, spots).evidence}
        found = {word for _, word in automaton.iter(plain)} if longer else set()
        counts.update(counted)
        for word in found & words:
            stands[word] += 1
            if word not in counted:
                hiding[word].update(other for other in found if len(other) > len(word) and word in other)
    return stands, counts, hiding
