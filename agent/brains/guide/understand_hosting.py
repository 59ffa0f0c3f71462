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
    "q8": "q8_0",
    "q6": "q6_k",
    "q5": "q5_k_m",
    "q5_k": "q5_k_m",
    "q4": "q4_k_m",
    "q4_k": "q4_k_m",
}
_IT = r"(?: (?:it|this|that|(?:the |my )?(?:tuned |trained )?(?:model|result|adapter|lora)))?"
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
    rf"(?:serve|host|deploy|run){_IT}(?: (?P<which>{_FORMAT.pattern}))?"
    r"(?: (?:here|locally|(?:on|at) (?:this|my) (?:computer|machine|laptop|pc)|on localhost))?"
    r"|(?:start|open|run|launch) (?:a |the |an )?(?:local )?(?:server|endpoint|api)"
)
_STOP = re.compile(
    r"(?:stop|end|kill|shut ?down|close|turn off|terminate) (?:the |my |all |this )*"
    r"(?:servers?|endpoint|api|hosting|serving)"
)
_LIST = re.compile(
    r"(?:(?:show|list|see|display)(?: me)? )?(?:the |my |all )*(?:exports?|servers?|hosted(?: models?)?)"
    r"|what(?: i)?s (?:hosted|served|exported)|what is (?:hosted|served|exported)"
)
_SNIPPETS = re.compile(
    r"(?:(?:show|give|write)(?: me)? )?(?:the |a |some )?(?:code )?(?:snippets?|curl(?: command)?"
    r"|example code|code)|how (?:do|can) i (?:call|use|reach) (?:it|the (?:model|server|api))"
    r"(?: from .*)?|(?:the )?(?:api|server|endpoint) (?:address|url)"
)
_CHECK = re.compile(
    r"(?:check|compare|measure|test) (?:the )?(?:server|endpoint|served model|parity)"
)
_LOG = re.compile(
    r"(?:show|read|see|print|open)(?: me)? (?:the )?(?:servers? |endpoints? )?log(?:s|file)?"
    r"(?: of (?:the )?(?:server|endpoint))?|(?:the )?(?:servers?|endpoint) logs?"
)
_COMMANDS = re.compile(
    r"(?:(?:show|give|print)(?: me)? )?(?:the |a )?commands?(?: lines?)?"
    r" (?:for|to (?:serve|run|host) it (?:with|on|in)) (?:other programs|vllm|tgi|transformers|lm studio)"
    r"|(?:how (?:do|can) i )?(?:serve|run|host|use) it (?:with|on|in) (?:vllm|tgi|transformers|lm studio)"
)
_DELETE = re.compile(
    r"(?:delete|remove|throw away|erase) (?:the |my )?(?:export )?(?P<which>\S+)(?: export)?"
)
_OLLAMA = re.compile(
    rf"(?:put|export|create|add|import|send|use|load|hand){_IT} (?:in|into|to|with|for) ollama"
    r"(?: as (?P<name>\S+))?"
)
_HUB = re.compile(
    rf"(?:put|push|publish|upload|share|release){_IT}(?: (?:on|to|onto|at))?(?: the)?"
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
    if _COMMANDS.fullmatch(lower):
        return HostingWish("show_commands")
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
            return HostingWish("ask_repository")
        return HostingWish(
            "push_to_hub", {"repository": found["name"], "public": bool(found["public"])}
        )
    found = re.fullmatch(_OLLAMA.pattern, words, re.I)
    if found:
        return HostingWish("create_in_ollama", {"name": found["name"] or ""})
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
        return HostingWish("serve_export", {"export": _one_format(found["which"] or "")})
    if _STOP.fullmatch(words):
        return HostingWish("stop_server")
    for pattern, tool in (
        (_LIST, "list_hosting"),
        (_SNIPPETS, "show_snippets"),
        (_CHECK, "check_server"),
        (_LOG, "show_server_log"),
    ):
        if pattern.fullmatch(words):
            return HostingWish(tool)
    found = _DELETE.fullmatch(words)
    if found and ("export" in words or _FORMAT.fullmatch(found["which"])):
        return HostingWish("delete_export", {"export": _one_format(found["which"])})
    return None


def _formats(text: str) -> list[str]:
    return [_one_format(one) for one in _FORMAT.findall(text)]


def _one_format(text: str) -> str:
    return _WHOLE.get(text, text).upper()


def _only_formats(rest: str) -> bool:
    """Whether nothing but number formats is left to be understood."""
    return not re.sub(
        r"[ ,()]|\b(?:and|in|as|at|with|quanti[sz]ed|format|to)\b", "", _FORMAT.sub("", rest)
    )
