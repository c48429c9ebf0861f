"""Everything that stands behind the buttons of those who handle cases, and the forms they fill in, in one place for the counters."""

from __future__ import annotations

from collections import ChainMap

from handlers.choices import Choices
from handlers.forms import Form
from handlers.lawyer import (
    calls,
    case_notes,
    closing,
    conflict_list,
    drafts,
    inbox,
    more,
    on_leave,
    own_figures,
    progress,
    ready,
    settings,
    taking,
    writing,
)

FORMS: tuple[Form, ...] = (
    *closing.FORMS,
    *calls.FORMS,
    progress.FORM,
    case_notes.FORM,
    ready.FORM,
    on_leave.FORM,
    conflict_list.FORM,
    settings.CAPACITY,
)

CHOICES: Choices = ChainMap(
    *(
        dict(module.CHOICES)
        for module in (
            inbox,
            taking,
            writing,
            ready,
            more,
            calls,
            progress,
            closing,
            case_notes,
            drafts,
            settings,
            on_leave,
            conflict_list,
            own_figures,
        )
    )
)
