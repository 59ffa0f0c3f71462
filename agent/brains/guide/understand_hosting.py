"""What a typed message wishes of the hosting room: export, serve, stop, publish, delete."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HostingWish:
    """The tool that does what was asked, with its arguments; no tool asks what is wanted."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


_FORMAT = re.compile(
    r"\b(?:b?f16|q8(?:_0)?|q6(?:_k)?|q5(?:_k(?:_[ms])?)?|q4_0|q4(?:_k(?:_[ms])?)?|iq4_(?:nl|xs)"
    r"|q3_k_[lms]|q2_k)\b"
)
_WHOLE = {
    "lora": "adapter",
    "q8": "q8_0",
    "q6": "q6_k",
    "q5": "q5_k_m",
    "q5_k": "q5_k_m",
    "q4": "q4_k_m",
    "q4_k": "q4_k_m",
}
_MODEL = r"it|this|that|(?:the |my )?(?:tuned |trained )?(?:model|result)"
_IT = rf"(?: (?:{_MODEL}|(?:the |my )?(?:tuned |trained )?(?:adapter|lora)))?"
_EXPORTED = rf"(?:[0-9a-z]{{4,26}}-)?(?:{_FORMAT.pattern}|merged|adapter|lora|folder)"
_NAMED = rf" (?:the |my )?(?P<which>{_EXPORTED})(?: (?:export|model|adapter|file|one))?"
"""An export by its kind or its format, with the end of its job's id where two are called so."""
_ONE = rf"(?: (?:{_MODEL}))?(?:{_NAMED})?"
_SERVER = rf"(?: (?:of |for )?(?:the )?(?P<which>{_EXPORTED}|[0-9a-z]{{6}}|[0-9a-z]{{26}}))?"
"""A server by what it serves or by the end of its id."""
_PROGRAM = r"vllm|tgi|transformers|lm ?studio|llama\.?cpp"
_MAKE = r"(?:export|convert|save|turn|make|create|quanti[sz]e|get|give me|i (?:want|need))"
_WHAT = (
    r"(?P<what>gguf|llama\.?cpp|merged|full model|safetensors|adapter|lora"
    r"|(?:stand-?alone |self-?contained )?folder)"
)
_EXPORT = re.compile(
    rf"{_MAKE}{_IT}(?: (?:to|as|into|in|for|with))?(?: (?:an?|the))? {_WHAT}(?: adapter| model| files?"
    r"| format)*(?P<rest>.*)"
)
_QUANTISE = re.compile(rf"{_MAKE}{_IT}(?: (?:to|as|into|in))? (?P<rest>(?:b?f16|i?q\d).*)")
_MERGE = re.compile(rf"merge{_IT}(?: into the (?:base )?model)?")
_EXPORT_ALONE = re.compile(
    rf"(?:export|take out|download){_IT}|how (?:do|can) i (?:export|host|deploy|serve) .*"
    r"|(?:exporting|hosting|deployment)|use it elsewhere|take it (?:elsewhere|with me)"
)
_SERVE = re.compile(
    rf"(?:serve|host|deploy|run){_ONE}"
    r"(?: (?:here|locally|(?:on|at) (?:this|my) (?:computer|machine|laptop|pc)|on localhost))?"
    r"(?: (?:on|at|with|under) port (?P<port>\d{1,5}))?"
    r"|(?:start|open|run|launch) (?:a |the |an )?(?:local )?(?:server|endpoint|api)"
)
_STOP = re.compile(
    r"(?:stop|end|kill|shut ?down|close|turn off|terminate) (?:the |my |this )*(?P<all>(?:all|both) )?"
    r"(?:the |my )*(?:(?:server|endpoint|api|hosting|serving)(?P<more>s)?"
    rf"{_SERVER}|(?:serving )?(?P<export>{_EXPORTED})(?: model)?)"
)
_LIST = re.compile(
    r"(?:(?:show|list|see|display)(?: me)? )?(?:the |my |all )*(?:exports?|servers?|hosted(?: models?)?)"
    r"|what(?: i)?s (?:hosted|served|exported)|what is (?:hosted|served|exported)"
)
_SNIPPETS = re.compile(
    r"(?:(?:show|give|write)(?: me)? )?(?:the |a |some )?(?:code )?(?:snippets?|curl(?: command)?"
    r"|example code|code)|how (?:do|can) i (?:call|use|reach) (?:it|the (?:model|server|api))"
    r"(?: from .*)?|(?:the )?(?:api|server|endpoint) (?:address|url)"
    rf"|(?:show me )?(?:the )?snippets for{_SERVER}"
)
_CHECK = re.compile(
    rf"(?:check|compare|measure|test) (?:the )?(?:server|endpoint|served model|parity){_SERVER}"
)
_LOG = re.compile(
    r"(?:show|read|see|print|open)(?: me)? (?:the )?(?:servers? |endpoints? )?log(?:s|file)?"
    rf"(?: of (?:the )?(?:server|endpoint))?{_SERVER}|(?:the )?(?:servers?|endpoint) logs?"
)
_COMMANDS = re.compile(
    r"(?:(?:show|give|print)(?: me)? )?(?:the |a )?commands?(?: lines?)?"
    rf" (?:for|to (?:serve|run|host) it (?:with|on|in)) (?:other programs|(?P<program>{_PROGRAM}))"
    rf"|(?:how (?:do|can) i )?(?:serve|run|host|use){_IT} (?:with|on|in) (?P<other>{_PROGRAM})"
)
_DELETE = re.compile(
    rf"(?:delete|remove|throw away|erase)(?:{_NAMED}| (?:the |my )?(?:export (?P<id>\S+)"
    r"|(?P<name>\S+) export))"
)
_DELETE_SOME = re.compile(
    r"(?:delete|remove|throw away|erase) (?:(?:all|every|an?|the|my|some|old) )*exports?(?: files?)?"
)
_OLLAMA = re.compile(
    rf"(?:put|export|create|add|import|send|use|load|hand){_ONE} (?:in|into|to|with|for) ollama"
    r"(?: as (?P<name>\S+))?"
)
_HUB = re.compile(
    rf"(?:put|push|publish|upload|share|release){_ONE}(?: (?:on|to|onto|at))?(?: the)?"
    r" (?:hugging ?face(?: hub)?|hub|hf)(?: (?:as|at|to|in|under) (?P<name>\S+))?"
    r"(?P<public> public(?:ly)?)?"
)
_TOOLKIT = re.compile(r"(?:get|fetch|install|download) llama\.?cpp")
_KINDS = {
    "gguf": "gguf",
    "llama.cpp": "gguf",
    "llamacpp": "gguf",
    "adapter": "adapter",
    "lora": "adapter",
}


def read_hosting(text: str) -> HostingWish | None:
    """The wish that ``text`` makes as a whole, or None."""
    words = whole_wish(text)
    lower = words.lower()
    found = _COMMANDS.fullmatch(lower)
    if found:
        program = found["program"] or found["other"] or ""
        return HostingWish("show_commands", {"program": program.replace(" ", "")})
    return _publishing(words) or _exporting(lower) or _serving(lower)


def whole_wish(text: str) -> str:
    """``text`` without quotation marks and polite words around the wish."""
    words = " ".join(re.sub(r"[!?“”\"']", "", text).split()).strip(" .,")
    words = re.sub(
        r"^(?:(?:please|now|and|then|can you|could you|lets|let us|ok|okay)[, ]+)+",
        "",
        words,
        flags=re.I,
    )
    return re.sub(r"[, ]+(?:please|now|thanks)$", "", words, flags=re.I)


def _publishing(words: str) -> HostingWish | None:
    """Names of repositories and models keep their case."""
    found = re.fullmatch(_HUB.pattern, words, re.I)
    if found:
        if not found["name"]:
            return HostingWish("ask_repository", {"export": _one_export(found["which"])})
        return HostingWish(
            "push_to_hub",
            {
                "export": _one_export(found["which"]),
                "repository": found["name"],
                "public": bool(found["public"]),
            },
        )
    found = re.fullmatch(_OLLAMA.pattern, words, re.I)
    if found:
        wished = {"export": _one_export(found["which"]), "name": found["name"] or ""}
        return HostingWish("create_in_ollama", wished)
    return None


def _exporting(words: str) -> HostingWish | None:
    if _TOOLKIT.fullmatch(words):
        return HostingWish("get_llama_cpp")
    if _MERGE.fullmatch(words):
        return HostingWish("export_model", {"kind": "merged"})
    found = _EXPORT.fullmatch(words)
    if found and _only_formats(found["rest"]):
        kind = _KINDS.get(found["what"]) or ("folder" if "folder" in found["what"] else "merged")
        return HostingWish("export_model", {"kind": kind, "formats": _formats(found["rest"])})
    found = _QUANTISE.fullmatch(words)
    if found and _only_formats(found["rest"]):
        return HostingWish("export_model", {"kind": "gguf", "formats": _formats(found["rest"])})
    return HostingWish("ask_export") if _EXPORT_ALONE.fullmatch(words) else None


def _serving(words: str) -> HostingWish | None:
    found = _SERVE.fullmatch(words)
    if found and words not in ("run it", "run", "run the model", "run this", "run that"):
        port = {"port": int(found["port"])} if found["port"] else {}
        return HostingWish("serve_export", {"export": _one_export(found["which"]), **port})
    found = _STOP.fullmatch(words)
    if found:
        which = _one_export(found["which"] or found["export"])
        everything = bool(found["all"] or found["more"]) and not which
        return HostingWish("stop_server", {"server": which, "everything": everything})
    for pattern, tool in (
        (_LIST, "list_hosting"),
        (_SNIPPETS, "show_snippets"),
        (_CHECK, "check_server"),
        (_LOG, "show_server_log"),
    ):
        found = pattern.fullmatch(words)
        if found:
            which = _one_export(found.groupdict().get("which"))
            return HostingWish(tool, {"server": which} if which else {})
    if _DELETE_SOME.fullmatch(words):
        return HostingWish("list_hosting")  # which shows their names, and how to delete one
    found = _DELETE.fullmatch(words)
    if found:
        which = _one_export(found["which"] or found["id"] or found["name"])
        return HostingWish("delete_export", {"export": which})
    return None


def _one_export(text: str | None) -> str:
    """An export as its id ends, from its kind or format as it was typed."""
    start, dash, last = (text or "").lower().rpartition("-")
    return f"{start}{dash}{_WHOLE.get(last, last)}".upper()


def _formats(text: str) -> list[str]:
    return [_one_format(one) for one in _FORMAT.findall(text)]


def _one_format(text: str) -> str:
    return _WHOLE.get(text, text).upper()


def _only_formats(rest: str) -> bool:
    """Whether nothing but number formats is left to be understood."""
    return not re.sub(
        r"[ ,()]|\b(?:and|in|as|at|with|quanti[sz]ed|format|to)\b", "", _FORMAT.sub("", rest)
    )
