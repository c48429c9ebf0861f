"""Everything that stands behind the buttons by which staff see to cases, and the forms they fill in, in one place for the counters."""

from __future__ import annotations

from collections import ChainMap

from handlers.choices import Choices
from handlers.forms import Form
from handlers.staff import board, hotline, linking, mediating, more, moving, pausing, publishing, referring, survey

FORMS: tuple[Form, ...] = (
    hotline.FORM,
    referring.FORM,
    mediating.FORM,
    mediating.RESULT,
    linking.SPLIT,
    linking.WORD,
    publishing.FORM,
    *survey.FORMS,
)

CHOICES: Choices = ChainMap(
    *(dict(module.CHOICES) for module in (board, moving, more, pausing, referring, mediating, linking, hotline, publishing, survey))
)
