"""The seat of one session: which brain sits in it, and how much a language model there may use."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel

from luthier.agent.brains.choose import brain_name, make_brain
from luthier.agent.budget import Budget
from luthier.agent.settings import BrainSettings, load_settings, save_settings
from luthier.agent.usage import load_budget, save_budget
from luthier.tools.workspace import Workspace


class Seat:
    """``name`` is how the user knows who speaks; ``budget`` is what holds in this session."""

    def __init__(self, workspace: Workspace, session_id: str) -> None:
        self._workspace = workspace
        self._session_id = session_id
        self._own: Budget | None = None
        self._settings: BrainSettings | None = None
        self.budget = Budget()
        self.name = brain_name(None)

    def open(self) -> BaseChatModel:
        """The brain chosen in this home, under this session's own budget where it has one."""
        self._own = load_budget(self._workspace, self._session_id)
        return self._take(load_settings(self._workspace))

    def choose(self, settings: BrainSettings | None) -> BaseChatModel:
        """Another brain, here and in later sessions; None is the guide."""
        save_settings(self._workspace, settings)
        return self._take(settings)

    def allow(self, budget: Budget) -> BaseChatModel:
        """The same brain under another budget, in this session only."""
        save_budget(self._workspace, self._session_id, budget)
        self._own = budget
        return self._take(self._settings)

    def _take(self, settings: BrainSettings | None) -> BaseChatModel:
        self._settings = settings
        self.name = brain_name(settings)
        usual = Budget()
        if settings is not None:
            usual = Budget(tokens=settings.budget_tokens, dollars=settings.budget_dollars)
        self.budget = self._own or usual
        caps = {"budget_tokens": self.budget.tokens, "budget_dollars": self.budget.dollars}
        return make_brain(settings and settings.model_copy(update=caps))
