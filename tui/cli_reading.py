"""Options that say how a data source is read, shared by every command that reads one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from luthier.tools.language import _

if TYPE_CHECKING:
    from luthier.tools.data.model import Mapping

Command = TypeVar("Command", bound=Callable[..., Any])


def reading_options(command: Command) -> Command:
    """The options that say how a source is read, shared by check and prepare."""
    options = (
        click.option("--as", "read_as", default="", metavar="FORMAT",
                     help="Read it as this, whatever is detected: a file format (csv, excel, "
                     "sqlite, whatsapp, …) or a row layout (alpaca, sharegpt, openai, preference, "
                     "kto, chatgpt, pairs, text)."),
        click.option("--part", default="", metavar="NAME",
                     help="Sheet, table or split to read, where there are several."),
        click.option("--prompt", multiple=True, metavar="COL",
                     help="Column of the question; repeatable."),
        click.option("--completion", default="", metavar="COL", help="Column of the answer."),
        click.option("--messages", default="", metavar="COL",
                     help="Column of whole conversations."),
        click.option("--template", default="", metavar="TEXT",
                     help='Make rows by a template, such as "Q: What does {heading} say? '
                     'A: {passage}".'),
        click.option("--assistant", default="", metavar="NAME",
                     help="The person in a chat export whose answers are learned."),
        click.option("--pseudonyms", is_flag=True,
                     help="Replace the names in a chat export by Person A, Person B, …"),
        click.option("--system", default="", metavar="TEXT",
                     help="System message for every row."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def mapping_of(
    *,
    read_as: str = "",
    part: str = "",
    prompt: tuple[str, ...] = (),
    completion: str = "",
    messages: str = "",
    template: str = "",
    assistant: str = "",
    pseudonyms: bool = False,
    system: str = "",
) -> Mapping | None:
    """What was asked for, or None where everything shall be guessed."""
    from luthier.tools.data.inspect import EVERYBODY
    from luthier.tools.data.inspect import read_as as as_told
    from luthier.tools.data.model import Mapping
    from luthier.tools.data.templates import split_template

    if messages and (prompt or completion):
        raise click.UsageError(_("Name either --messages, or --prompt and --completion."))
    if bool(prompt) != bool(completion) and not template:
        raise click.UsageError(_("--prompt and --completion belong together."))
    question, answer = split_template(template) if template else ("", "")
    mapping = Mapping(
        prompt=prompt,
        completion=completion,
        messages=messages,
        system=system,
        part=part,
        template=question,
        answer_template=answer,
        assistant=assistant,
        people=EVERYBODY if pseudonyms else (),
    )
    mapping = as_told(read_as, mapping) if read_as else mapping
    if mapping == Mapping():
        return None
    named = bool(messages or prompt or completion)
    return mapping.model_copy(update={"reason": _("as named")}) if named else mapping
