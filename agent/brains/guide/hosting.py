"""The guide at the last stage: what it proposes, and what it says of exports and servers."""

from __future__ import annotations

import re

from luthier.agent.brains.guide import questions_hosting
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.understand_hosting import HostingWish
from luthier.tools.catalog import exports, publishing, servers
from luthier.tools.catalog.exports import GGUF_FORMATS
from luthier.tools.facts import Facts
from luthier.tools.language import _

TOOL_NAMES = frozenset(tool.name for room in (exports, servers, publishing) for tool in room.TOOLS)


def host_step(facts: Facts) -> Reply | None:
    """What to ask once the tuned model was measured; None where nothing is left to ask."""
    if facts.evaluation is None or facts.training is None:
        return None
    if facts.export_job:
        return say("")
    if facts.served or facts.has("host.later"):
        return None
    if facts.training.get("endpoint"):
        return None  # it answers at its provider already, and cannot be taken away
    if facts.host_proposal is None:
        return call("propose_export")
    if any(one["state"] == "ready" for one in facts.exports):
        return ask(questions_hosting.after_export(facts))
    return ask(questions_hosting.how_to_use(facts))


def respond_to_wish(facts: Facts, wish: HostingWish) -> Reply:
    """Do what was asked; what needs a tuned model says so where there is none."""
    awaits = (facts.training or {}).get("awaits_deployment")
    if wish.tool == "deploy_tuned" and facts.training is None and facts.backend == "azure":
        return call("deploy_base")
    if wish.tool == "serve_export" and awaits:
        return call("deploy_tuned")
    free = (
        "show_deployments",
        "check_deployment",
        "delete_deployment",
        "get_llama_cpp",
        "list_hosting",
        "stop_server",
        "show_snippets",
        "check_server",
        "show_server_log",
    )
    if wish.tool not in free and facts.training is None:
        return say(
            _("There is no tuned model yet. Finish a training first; then it can be exported.")
        )
    if wish.tool == "ask_export":
        if facts.host_proposal is None:
            return call("propose_export")
        return ask(questions_hosting.how_to_use(facts))
    if wish.tool == "ask_repository":
        return ask(questions_hosting.repository(str(wish.arguments.get("export") or "")))
    return call(wish.tool, **wish.arguments)


def export_first(facts: Facts) -> Reply:
    """Make the proposed export, because there is none yet to serve."""
    proposal = facts.host_proposal or {"kind": "merged", "formats": []}
    return call(
        "export_model",
        _("To be served it has to be exported first: {what}.", what=f"**{_what(proposal)}**"),
        kind=proposal["kind"],
        formats=proposal["formats"],
    )


def _what(proposal: dict[str, object]) -> str:
    formats = proposal.get("formats") or ()
    assert isinstance(formats, list | tuple)
    return " ".join((str(proposal["kind"]), *(str(one) for one in formats)))


def host_answer(facts: Facts, question_id: str, chosen: str) -> Reply:
    """What each choice of the questions at this stage leads to."""
    if chosen == "later":
        return call("take_decision", decision="host.later")
    if chosen == "serve":
        return call("serve_export")
    if chosen == "gguf":
        return call("export_model", kind="gguf", formats=list(GGUF_FORMATS))
    if chosen == "ollama":
        return call("create_in_ollama")
    if chosen == "hub":
        return ask(questions_hosting.repository())
    if chosen == "folder":
        return call("export_model", kind="folder")
    return ask(questions_hosting.how_to_use(facts))


def repository_words(question_id: str, text: str) -> Reply | None:
    """A repository's name typed as the answer to where to publish; None to any other question."""
    start, asked, export = question_id.partition(questions_hosting.REPOSITORY)
    found = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:[ ,]+(public)(?:ly)?)?", text.strip())
    if start or not asked or not found:
        return None
    return call(
        "push_to_hub",
        export=export.removeprefix("."),
        repository=found[1],
        public=bool(found[2]),
    )


def missing_llama_cpp(result: Result, text: str) -> Reply:
    """Offer to fetch llama.cpp, and remember what it was wanted for."""
    formats = result.arguments.get("formats") or GGUF_FORMATS
    return call("get_llama_cpp", text, then_formats=list(formats))


def got_llama_cpp(result: Result) -> Reply | None:
    """Go on with the export that llama.cpp was fetched for."""
    formats = result.data.get("then_formats") or []
    if not formats:
        return None
    return call("export_model", _("llama.cpp is ready."), kind="gguf", formats=formats)


def export_started() -> str:
    """What to say while an export is made."""
    return _(
        "I make the export, check its files, and put the held-out test rows to it, to see whether it "
        "still says what the tuned model says. This takes a few minutes; ask me anything meanwhile."
    )


def export_words(facts: Facts) -> str:
    """What became of the exports, and which one to take."""
    ready = [one for one in facts.exports if one["state"] == "ready"]
    failed = [one for one in facts.exports if one["state"] == "failed"]
    lines = []
    if ready:
        shares = ", ".join(f"{one['title']}: {one['identical'] or 0:.0%}" for one in ready)
        lines.append(
            _(
                "Ready, with the share of answers equal to the tuned model's: {shares}.",
                shares=shares,
            )
        )
    if failed:
        names = ", ".join(str(one["title"]) for one in failed)
        lines.append(
            _(
                "**Not usable: {names}.** It lost too much on the way; the table says what. Use a "
                "finer format or the merged model instead.",
                names=names,
            )
        )
    return "\n\n".join(lines)


def served_words(facts: Facts) -> str:
    """Where the server answers and what can be done with it."""
    served = facts.served or {}
    return _(
        "**{title}** answers at `{url}/v1`, to this computer alone. The key is in a file that only you "
        "can read: `luthier host key` prints it, `luthier host open` gives the page to try it, `/chat` "
        "now talks to this server beside the base model. Say “show me the snippets” for programs, “check "
        "the server”, or “stop the server”.",
        title=served.get("title", ""),
        url=served.get("url", ""),
    )


def ended(facts: Facts, kind: str, state: str, words: str) -> Reply:
    """An export that did not succeed, or a server that runs no longer."""
    if kind == "serve":
        if state in ("cancelled", "paused"):
            return say("")
        return say(f"{words}\n\n" + _("Say “serve it” to start it again."))
    question = ask(questions_hosting.how_to_use(facts))
    return question.after(words) if state == "failed" else say(words)


def listed_words(result: Result) -> str:
    """What the list shows, or what to do where it is empty."""
    if result.data.get("servers"):
        return _("These run on this computer; “stop the server” ends one.")
    if result.data.get("exports"):
        return _("No server is running. “Serve it” starts one, “delete q4_k_m” removes an export.")
    return _("There are no exports and no servers yet. “Export to gguf” or “serve it” makes one.")


def snippets_words() -> str:
    """How to use the programs above."""
    return _("Each of these asks the running server once; `luthier host snippets` prints them.")


def log_words() -> str:
    """Where the whole log is."""
    return _("These are its last lines; `luthier host log` prints more of them.")


def commands_words(result: Result) -> str:
    """What the commands need, or which export to make for them."""
    found = result.data.get("commands")
    if found:
        words = _(
            "Run it in a terminal where that program is installed; Luthier prints it and does not run it."
        )
        if {"vLLM", "TGI"} & set(found):
            words += " " + _("vLLM and TGI want a computer with a graphics processor.")
        if any("KEY" in command for command in found.values()):
            words += " " + _(
                "In place of KEY put a password of your own, in place of KEY_FILE a file that holds "
                "one: requests must give it."
            )
        return words
    return _("“Export to gguf”, “merge it” or “export the adapter” makes one that they take.")


def checked_words(result: Result) -> str:
    """What the comparison with the tuned model came to."""
    problems = result.data.get("problems") or []
    if problems:
        words = _("The server does not answer as the tuned model does.")
        return f"**{words}** {problems[0]}"
    return _("The server answers as the tuned model does; the table has the figures.")


def stopped_words(result: Result) -> str:
    """Which servers have ended, how to start them again, and which of this session still run."""
    words = _(
        "{titles} is stopped. Its export is kept; “serve it” starts it again.",
        titles=result.data.get("titles", ""),
    )
    left = result.data.get("left") or []
    return f"{words} " + _("Still running: {titles}.", titles=", ".join(left)) if left else words


def deleted_words(result: Result) -> str:
    """That an export is gone."""
    return str(result.data.get("words", ""))


def ollama_words(result: Result) -> str:
    """Whether the model in Ollama passed."""
    if result.data.get("state") == "ready":
        return _("It is in Ollama and answers as the tuned model does.")
    return _(
        "Ollama answered otherwise than the tuned model, so I removed it again. A finer format, such "
        "as Q8_0, may do."
    )


def pushed_words(result: Result) -> str:
    """Where it was published."""
    return _(
        "Published as **{name}**, with its model card.", name=result.data.get("repository", "")
    )
