"""The list of checks. To add one: a file with a class like its siblings, and one line here."""

from __future__ import annotations

from collections.abc import Callable

from luthier.tools.data.checks.base import Check, RecordCheck
from luthier.tools.data.checks.boilerplate import Boilerplate
from luthier.tools.data.checks.characters import ControlCharacters
from luthier.tools.data.checks.constant_answer import ConstantAnswer
from luthier.tools.data.checks.contradictions import Contradictions
from luthier.tools.data.checks.cut_answers import CutAnswers
from luthier.tools.data.checks.echoed_questions import EchoedQuestions
from luthier.tools.data.checks.few_rows import FewRows
from luthier.tools.data.checks.general_questions import GeneralQuestions
from luthier.tools.data.checks.groups import Groups
from luthier.tools.data.checks.label_balance import LabelBalance
from luthier.tools.data.checks.label_spelling import LabelSpelling
from luthier.tools.data.checks.lengths import LoopedAnswers, OutlierLengths
from luthier.tools.data.checks.licence_notes import LicenceNotes
from luthier.tools.data.checks.literal_none import LiteralNone
from luthier.tools.data.checks.markup import HtmlEntities, HtmlMarkup
from luthier.tools.data.checks.message_keys import MessageKeys
from luthier.tools.data.checks.mixed_languages import MixedLanguages
from luthier.tools.data.checks.mojibake import Mojibake
from luthier.tools.data.checks.near_duplicates import NearDuplicates
from luthier.tools.data.checks.personal_data import PersonalData, Secrets
from luthier.tools.data.checks.placeholders import Placeholders
from luthier.tools.data.checks.split_leaks import SplitLeaks
from luthier.tools.data.checks.template_marks import BakedTemplate, DoubleBos, SpecialTokens
from luthier.tools.data.checks.turn_order import TurnOrder

CHECKS: tuple[Callable[[], Check], ...] = (
    FewRows,
    ConstantAnswer,
    Contradictions,
    LabelSpelling,
    LabelBalance,
    LiteralNone,
    Placeholders,
    TurnOrder,
    Mojibake,
    ControlCharacters,
    HtmlMarkup,
    HtmlEntities,
    BakedTemplate,
    DoubleBos,
    SpecialTokens,
    CutAnswers,
    LoopedAnswers,
    OutlierLengths,
    EchoedQuestions,
    Boilerplate,
    MixedLanguages,
    GeneralQuestions,
)
RECORD_CHECKS: tuple[Callable[[], RecordCheck], ...] = (
    MessageKeys,
    SplitLeaks,
    Groups,
    LicenceNotes,
)
EXPENSIVE: tuple[Callable[[], Check], ...] = (NearDuplicates, PersonalData, Secrets)
"""Checks that cost more than reading the row; they are shown as many rows as the caller allows."""
