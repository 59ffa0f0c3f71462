"""The list of checks. To add one: a file with a class like its siblings, and one line here."""

from __future__ import annotations

from collections.abc import Callable

from luthier.tools.data.checks.base import Check
from luthier.tools.data.checks.constant_answer import ConstantAnswer
from luthier.tools.data.checks.contradictions import Contradictions
from luthier.tools.data.checks.few_rows import FewRows
from luthier.tools.data.checks.label_balance import LabelBalance
from luthier.tools.data.checks.label_spelling import LabelSpelling
from luthier.tools.data.checks.literal_none import LiteralNone
from luthier.tools.data.checks.placeholders import Placeholders

CHECKS: tuple[Callable[[], Check], ...] = (
    FewRows,
    ConstantAnswer,
    Contradictions,
    LabelSpelling,
    LabelBalance,
    LiteralNone,
    Placeholders,
)
