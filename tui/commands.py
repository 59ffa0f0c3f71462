"""The one registry of commands: slash commands, the command palette and the help page read it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from luthier.tools.language import _, mark


@dataclass(frozen=True, slots=True)
class Command:
    """One command: ``action`` is an action of the app; ``says`` is a text sent to the guide.

    ``takes_text`` says that what is typed behind the name goes to the action.
    """

    name: str
    title: str
    help: str
    action: str = ""
    says: str = ""
    key: str = ""
    takes_text: bool = False


COMMANDS: tuple[Command, ...] = (
    Command(
        "help", mark("Help"), mark("Keys, commands and what you can say"), "open('help')", key="f1"
    ),
    Command(
        "journey",
        mark("Journey"),
        mark("Show or hide the panel with stages and facts"),
        "journey",
        key="f2",
    ),
    Command(
        "sessions",
        mark("Sessions"),
        mark("Find and open another session"),
        "open('sessions')",
        key="f3",
    ),
    Command(
        "edit",
        mark("Say it otherwise"),
        mark("Change an earlier message of yours; the conversation forks there"),
        "edit",
        key="ctrl+up",
    ),
    Command(
        "rename",
        mark("Rename"),
        mark("Call this session something: /rename My mail"),
        "session('rename', '')",
        takes_text=True,
    ),
    Command(
        "fork",
        mark("Fork"),
        mark("Go on in a session that shares all of this one"),
        "session('fork', '')",
    ),
    Command(
        "archive",
        mark("Archive"),
        mark("Put this session into the archive; /sessions finds it"),
        "session('archive', '')",
    ),
    Command(
        "export",
        mark("Export"),
        mark("Write this session into one file, without keys: /export PATH"),
        "session('export', '')",
        takes_text=True,
    ),
    Command(
        "import",
        mark("Import"),
        mark("Take in a session that was exported: /import PATH"),
        "session('import', '')",
        takes_text=True,
    ),
    Command(
        "transcript",
        mark("Transcript"),
        mark("Write the conversation as Markdown: /transcript PATH"),
        "session('transcript', '')",
        takes_text=True,
    ),
    Command(
        "new", mark("New session"), mark("Start a new session; this one is kept"), "new_session"
    ),
    Command(
        "jobs",
        mark("Jobs"),
        mark("All jobs, with pause, resume and cancel"),
        "open('jobs')",
        key="f4",
    ),
    Command(
        "chat",
        mark("Try the tuned model"),
        mark("Talk to it, beside its base model"),
        "open('model_chat')",
        key="f5",
    ),
    Command(
        "why",
        mark("Why do you ask?"),
        mark("Explain the question that waits"),
        "press('why')",
        key="f6",
    ),
    Command(
        "skip",
        mark("I don't know"),
        mark("Take the sensible default for this question"),
        "press('unsure')",
        key="f7",
    ),
    Command("back", mark("Back"), mark("Return to the question before"), "press('back')", key="f8"),
    Command(
        "file",
        mark("Choose a file"),
        mark("Pick a data file from a tree"),
        "press('pick-file')",
        key="f9",
    ),
    Command(
        "stop",
        mark("Stop"),
        mark("Interrupt the guide; what was said is kept"),
        "interrupt",
        key="escape",
    ),
    Command(
        "retry",
        mark("Try again"),
        mark("Ask once more what failed last"),
        "retry",
    ),
    Command(
        "undeploy",
        mark("Delete the deployment"),
        mark("End what a tuned model at Azure costs by the hour; it is asked first"),
        says=mark("delete the deployment"),
        key="f12",
    ),
    Command(
        "data", mark("Data"), mark("Show what is known of your data"), says=mark("show me the data")
    ),
    Command(
        "plan",
        mark("Plan"),
        mark("Show the plan with the reason for each value"),
        says=mark("show me the plan"),
    ),
    Command(
        "results",
        mark("Results"),
        mark("Show the comparison and the verdict"),
        says=mark("show me the results"),
    ),
    Command(
        "report",
        mark("Report"),
        mark("Write the report and the model card"),
        says=mark("write the report"),
    ),
    Command(
        "model",
        mark("Who speaks"),
        mark("The offline guide or a language model of yours"),
        "open('brain')",
    ),
    Command(
        "details",
        mark("Details"),
        mark("Open or close thoughts and tool calls"),
        "details",
        key="ctrl+o",
    ),
    Command(
        "budget",
        mark("Budget"),
        mark(
            "What a language model has used; /budget 50k tokens or /budget $2 sets how much it may"
        ),
        "budget('')",
        takes_text=True,
    ),
    Command(
        "allowed",
        mark("Allowed"),
        mark("What is not asked again in this session; take it back here"),
        "open('allowed')",
    ),
    Command(
        "doctor",
        mark("Doctor"),
        mark("What this machine can do and what is missing"),
        "open('doctor')",
    ),
    Command(
        "language",
        mark("Language"),
        mark("Speak another language: /language en, /language ar"),
        "language('')",
        takes_text=True,
    ),
    Command("theme", mark("Theme"), mark("Choose the colours"), "change_theme"),
    Command(
        "quit",
        mark("Quit"),
        mark("Leave; jobs go on and the session is kept"),
        "quit",
        key="ctrl+q",
    ),
)
BY_NAME = {command.name: command for command in COMMANDS}


def is_command(text: str) -> bool:
    """Whether ``text`` is meant as a slash command; ``/home/me/data.csv`` is a path, not one."""
    head, _rest, _end = text.strip().partition(" ")
    return head.startswith("/") and len(head) > 1 and "/" not in head[1:] and "." not in head


def find(text: str) -> Command | None:
    """The command that ``text`` names, or None."""
    head, _rest, _end = text.strip().partition(" ")
    return BY_NAME.get(head.removeprefix("/").lower())


def matching(text: str) -> tuple[Command, ...]:
    """The commands that begin with what is typed so far, such as ``/se``."""
    if not text.startswith("/") or any(character in text[1:] for character in "/ .\n"):
        return ()
    prefix = text[1:].lower()
    return tuple(command for command in COMMANDS if command.name.startswith(prefix))


def suggestion(text: str) -> str:
    """What to say when ``text`` names no command."""
    head, _rest, _end = text.strip().partition(" ")
    close = get_close_matches(head.removeprefix("/").lower(), BY_NAME, n=1)
    if close:
        return _(
            "There is no command {command}. Did you mean /{close}? /help lists them all.",
            command=head,
            close=close[0],
        )
    return _("There is no command {command}. /help lists them all.", command=head)
