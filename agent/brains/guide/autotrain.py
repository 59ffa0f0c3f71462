"""AutoTrain in the guide: the words that ask for its environment or its folder, and what is said."""

from __future__ import annotations

import re

from luthier.agent.brains.guide.reply import Reply, call, say
from luthier.agent.brains.guide.situation import Result
from luthier.tools.facts import Facts
from luthier.tools.language import _

TOOL_NAMES = frozenset(("install_autotrain", "write_autotrain_files"))
_INSTALL = re.compile(
    r"(?:please )?(?:install|get|fetch|set ?up|make|prepare)"
    r"(?: (?:the )?environment (?:for|of))? auto ?train(?:s environment| environment)?",
    re.I,
)
_FILES = re.compile(
    r"(?:please )?(?:write|export|save|give me|hand over|make)(?: (?:the|a|an))?"
    r"(?: (?:folder|files|config|yaml)(?: (?:for|of))?(?: the)?)? ?auto ?train(?: (?:folder|files))?"
    r"(?: (?:into|to|in|under|at) (?P<folder>.+))?",
    re.I,
)


def read_autotrain(text: str) -> tuple[str, str] | None:
    """``(tool, folder)`` where the words ask for one of the tools."""
    words = re.sub(r"[!?“”\"']", "", " ".join(text.split())).strip(" .")
    if _INSTALL.fullmatch(words):
        return "install_autotrain", ""
    found = _FILES.fullmatch(words)
    return ("write_autotrain_files", (found["folder"] or "").strip()) if found else None


def respond_to_autotrain(facts: Facts, tool: str, folder: str) -> Reply:
    """Do what was asked, or say what is missing for it."""
    if tool == "install_autotrain":
        return call(tool)
    if facts.plan is None:
        return say(_("There is no plan yet; once there is one, I can write it for AutoTrain."))
    if not folder:
        return say(_("Say where: “write the AutoTrain folder to ~/autotrain-run”."))
    return call(tool, folder=folder)


def offer_install(text: str) -> Reply:
    """Offer to make the environment that a training lacked; the approval asks."""
    return call("install_autotrain", text)


def installed_words(result: Result) -> str:
    """What runs now, or that it was there."""
    if result.data.get("job_id"):
        return _(
            "This takes about ten minutes; ask me anything meanwhile. Then say “start the training”."
        )
    return _("AutoTrain is ready. Say “start the training”.")


def ready_words() -> str:
    """After the job that made the environment."""
    return _("AutoTrain's environment is ready. Say “start the training” to train with it.")


def written_words(result: Result) -> str:
    """Where the folder is, and why it may be needed."""
    words = _(
        "Everything is in `{folder}`; its README has the commands.",
        folder=result.data.get("folder", ""),
    )
    why = result.data.get("why")
    return f"{why} {words}" if why else words
