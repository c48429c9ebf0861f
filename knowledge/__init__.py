"""What the bot knows: what a message is about, which articles matter to it, and what may be answered.

    knowledge = Knowledge.load()
    reading = knowledge.read("老板拖欠我三个月工资不给，怎么办")
    answer = knowledge.answer("老板拖欠我三个月工资不给，怎么办", reading)

No network and no model: words, weights and texts that people can read and change, in `data/`. The weights are counted from example
messages that lie beside them (`learn`).
"""

from __future__ import annotations

from .answers import Answer
from .articles import Article, ArticleReference
from .library import Knowledge
from .reader import Reading
from .topics import Nature, RequestKind, Topic

__all__ = ["Answer", "Article", "ArticleReference", "Knowledge", "Nature", "Reading", "RequestKind", "Topic"]
