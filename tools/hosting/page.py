"""The page in the browser to try a served model: one file, nothing from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from luthier.tools.files import write_atomic
from luthier.tools.language import _, current_language


def write_page(folder: Path, model: str, system: str) -> Path:
    """Write ``index.html`` into ``folder`` and return the folder.

    Args:
        folder: made if absent.
        model: the name that requests give.
        system: the system text that every request was trained with; the page sends it, too.
    """
    language = current_language()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    settings = json.dumps({"model": model, "system": system, "words": _words()}, ensure_ascii=False)
    page = environment.get_template("page.html.j2").render(
        language=language.code,
        direction="rtl" if language.right_to_left else "ltr",
        title=model,
        # inside a script element only "<" could end it
        settings=settings.replace("<", "\\u003c"),
        key=_("Key"),
        ask=_("Ask"),
        stop=_("Stop"),
        clear=_("Start over"),
        placeholder=_("Say something to the model"),
        about=_("This model runs on your computer. Nothing you write here leaves it."),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "index.html", page)
    return folder


def _words() -> dict[str, str]:
    return {
        "you": _("You"),
        "refused": _("The server refused: "),
        "unreachable": _("The server cannot be reached. Is it still running?"),
        "no_key": _("Give the key first; `luthier host key` prints it."),
    }
