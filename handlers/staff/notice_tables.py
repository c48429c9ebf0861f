"""Everything that stands behind the buttons by which notices are written, approved, steered and followed, and the forms for it, in one place for the counters."""

from __future__ import annotations

from collections import ChainMap

from handlers.choices import Choices
from handlers.forms import Form
from handlers.staff import notice, notice_day, notice_deciding, notice_form, notice_report, notice_running, notice_sheet, notice_templates

FORMS: tuple[Form, ...] = (
    notice_form.FORM,
    notice_day.FORM,
    *notice_deciding.FORMS,
    *notice_running.FORMS,
    *notice_templates.FORMS,
    notice_report.FORM,
)

CHOICES: Choices = ChainMap(
    *(
        dict(module.CHOICES)
        for module in (notice, notice_day, notice_form, notice_sheet, notice_deciding, notice_running, notice_templates, notice_report)
    )
)
