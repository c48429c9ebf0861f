"""Questions of law and money that can be worked out: what each asks, and results that show their working.

    calculator = CALCULATORS["severance"]
    situation = {"today": today, "facts": Facts.load(), "region": "北京"}
    values = parse(calculator, {"reason": "expired", "offered": "否", "start": "2021-03-15", …}, **situation)
    result = calculator.run(values, **situation)

A form asks `calculator.next_input(values, …)` and takes `calculator.read(name, text, values, …)` until nothing is left to ask.
"""

from __future__ import annotations

from types import MappingProxyType

from .annual_leave import ANNUAL_LEAVE
from .arbitration_limit import ARBITRATION_LIMIT
from .arrears import ARREARS
from .base import BadInput, Document, Input, Kind, Line, Option, Result, Value, Values
from .calculator import Calculator, parse
from .double_wage import DOUBLE_WAGE
from .injury import INJURY
from .injury_death import INJURY_DEATH
from .maternity import MATERNITY
from .medical_leave import MEDICAL_LEAVE
from .notice_pay import NOTICE_PAY
from .overtime import OVERTIME
from .probation import PROBATION
from .reading import expected
from .severance import SEVERANCE, UNLAWFUL_DISMISSAL
from .training_bond import TRAINING_BOND
from .unemployment import UNEMPLOYMENT

# In the order in which people ask for them.
CALCULATORS = MappingProxyType(
    {
        calculator.name: calculator
        for calculator in (
            SEVERANCE,
            UNLAWFUL_DISMISSAL,
            ARREARS,
            OVERTIME,
            DOUBLE_WAGE,
            ARBITRATION_LIMIT,
            INJURY,
            INJURY_DEATH,
            ANNUAL_LEAVE,
            MEDICAL_LEAVE,
            MATERNITY,
            PROBATION,
            NOTICE_PAY,
            UNEMPLOYMENT,
            TRAINING_BOND,
        )
    }
)

__all__ = [
    "CALCULATORS",
    "BadInput",
    "Calculator",
    "Document",
    "Input",
    "Kind",
    "Line",
    "Option",
    "Result",
    "Value",
    "Values",
    "expected",
    "parse",
]
