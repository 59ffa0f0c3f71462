"""The messages that are commands as a whole: which words, typed by a user, mean which of them."""

from __future__ import annotations

import re
from typing import Literal

IntentKind = Literal[
    "question",
    "change",
    "go_back",
    "path",
    "yes",
    "no",
    "unsure",
    "help",
    "greeting",
    "thanks",
    "report",
    "status",
    "pause",
    "resume",
    "cancel",
    "launch",
    "once_more",
    "chat_model",
    "show_data",
    "show_plan",
    "show_results",
    "example",
    "export_data",
    "count_tokens",
    "session",
    "sessions",
    "restart",
    "quit",
    "doctor",
    "allowed",
    "ask_again",
    "hosting",
    "autotrain",
    "reading",
    "alternatives",
    "where",
    "trials",
    "none",
]


Stage = Literal["", "decide", "data", "baseline", "plan", "train", "evaluate", "host"]

_STAGES: tuple[tuple[Stage, str], ...] = (
    ("data", r"data(?: ?sets?)?|rows|columns?|mapping|file|splits?|csv|examples|duplicates"),
    ("baseline", r"base ?lines?|few[ -]shot|base model"),
    ("plan", r"plan|settings?|parameters|hyper ?parameters|estimates?|model"),
    ("train", r"train(?:ing)?|job|run"),
    ("evaluate", r"evaluat(?:e|ion)|verdict|test(?: results?)?|results?|comparison"),
    ("host", r"host(?:ing)?|export|serving|deploy(?:ment)?"),
    ("decide", r"interview|advice|questions?|decision|beginning|start|use case|decide|goal"),
)
_JOB = (
    r"(?:the |this |that |my )?"
    r"(?:training|job|run|process|tuning|baselines?|evaluation|export|it|everything|all)"
)
_MODEL = (
    r"(?:the |my |your )?(?:(?:tuned|trained|new|finished|fine-?tuned|base) )?"
    r"(?:model|it|result|elle)"
)
_SHOW = r"(?:show|see|view|display|list|print|look at|give|open)(?: me| us)?(?: again)?"

_COMMANDS: tuple[tuple[IntentKind, tuple[str, ...]], ...] = (
    (
        "restart",
        (
            r"(?:start|begin) (?:over|again|afresh|anew|from scratch)|restart|reset|from the top",
            r"(?:start |open |make )?a? ?new (?:session|chat|conversation)",
        ),
    ),
    (
        "sessions",
        (
            r"sessions?|(?:switch|change) (?:the )?session",
            rf"{_SHOW} (?:sessions?|conversations)",
            r"(?:.* )?(?:saved|old|previous|earlier|last|my|other|all|the)"
            r" (?:sessions?|conversations?|chats?)",
        ),
    ),
    (
        "resume",
        (
            rf"(?:resume|unpause|restart|continue|carry on with|go on with) {_JOB}",
            r"resume|unpause|(?:continue|keep) training|go on training",
        ),
    ),
    (
        "pause",
        (
            rf"pause(?: {_JOB})?(?: for .*)?|(?:halt|suspend|interrupt) {_JOB}",
            r"hold (?:on|it)|take a break",
        ),
    ),
    (
        "cancel",
        (
            rf"(?:stop|cancel|abort|kill|end|terminate|quit) {_JOB}(?: now| immediately)?",
            r"stop|cancel|abort|stop now|stop training|cancel that|never ?mind",
        ),
    ),
    (
        "allowed",
        (
            r"(?:what (?:have|did) i|what(?: i)?s) allow(?:ed)?(?: .*)?|allowed|permissions?"
            rf"|{_SHOW} (?:the |my )?(?:permissions?|allowed .*|what i (?:have )?allowed)",
        ),
    ),
    (
        "ask_again",
        (
            r"ask (?:me )?(?:again|every time|each time|first|anew)(?: .*)?",
            r"(?:take back|revoke|withdraw|undo) (?:my |the |all |every )*(?:yes(?:es)?|permissions?)"
            r"(?: .*)?|do not do (?:that|it) without asking.*",
        ),
    ),
    (
        "launch",
        (
            r"(?:start|launch|begin|run|do) (?:the |a |my )?(?:training|tuning|fine-?tuning)(?: now)?",
            r"launch|train(?: it| now| the model)?|start it now|launch it|go on regardless",
            r"(?:train|tune) (?:it |the model )?(?:now|anyway|regardless)|tune it",
        ),
    ),
    (
        "once_more",
        (
            r"(?:please )?(?:try (?:it |that )?again|retry|once more|again)",
            r"(?:measure|evaluate|compare)(?: (?:it|them|the (?:tuned )?model))?"
            r"(?: now| after all| there)?",
        ),
    ),
    (
        "status",
        (
            r"status|progress|eta|news|any (?:news|progress)|how far.*",
            r"how(?:s| is| are| far) .*(?:go|doing|come|along|train|job|run|far|it|things).*",
            r"how much longer.*|are we there yet|where are we(?: now)?",
            r"how (?:long|much time)(?: is)? (?:left|remain\w*|to go|until|till).*",
            r"when (?:will|is|does) (?:it|the \w+|this|everything)"
            r" (?:be )?(?:done|finish\w*|ready|over|end).*",
            r"is (?:it|the training|the job|everything)"
            r" (?:done|finished|ready|running|over|still running|still going)(?: yet)?",
            r"what(?:s| is) (?:happening|going on|running|the status)(?: now)?",
            r"what are you doing(?: now)?",
            rf"{_SHOW} (?:the )?(?:status|progress|loss|jobs?|curve|plot)",
        ),
    ),
    (
        "chat_model",
        (
            rf"(?:talk|chat|speak)(?: (?:to|with) {_MODEL})?(?: now)?|talk to elle",
            rf"(?:try|test|ask|use|question) {_MODEL}(?: (?:out|myself|now|something))*",
            rf"try out {_MODEL}|side by side",
            r"compare (?:them|it|both) (?:side by side|live|myself).*",
        ),
    ),
    (
        "report",
        (
            rf"(?:(?:write|make|create|save|export|get|{_SHOW}) )?(?:me )?(?:the |a |my )?"
            r"(?:final |html )?(?:report|model card)(?: .*)?",
            r"where (?:is|s) (?:the|my) report",
        ),
    ),
    (
        "show_plan",
        (
            rf"(?:{_SHOW} )?(?:the |my |your )?(?:plan|settings|config(?:uration)?|estimate)(?: again)?",
            r"what(?: i)?s (?:the|your|my) plan|what are the settings|which settings .*",
        ),
    ),
    (
        "show_results",
        (
            rf"{_SHOW} (?:the |my )*(?:results?|scores?|comparison|verdict|evaluation|baselines?)"
            r"(?: again)?",
            r"what (?:are|were) (?:the|my) (?:results|scores)|what (?:is|was) the verdict",
        ),
    ),
    (
        "show_data",
        (
            rf"{_SHOW} (?:the |my |some |a few |three |more |\d+ )*"
            r"(?:data|rows?|samples?|columns?|mapping|examples|file|tokens|splits?|problems"
            r"|duplicates)(?: again)?.*",
            r"what (?:does|do) (?:the |my )?(?:data|file|rows) look like|data",
            r"what (?:is|s) in (?:the|my) (?:data|file)|what will (?:it|the model) learn.*",
        ),
    ),
    (
        "example",
        (
            r"(?:try|use|take|open|load|start|show me|run)(?: with)? (?:the |your |an |a )?"
            r"(?:built-? ?in )?(?:example|demo|sample)(?: data| file| set)?(?: instead)?",
            r"example|demo|the example|shop tickets",
        ),
    ),
    (
        "help",
        (
            r"help(?: me)?|commands?|options|menu|what can (?:you|i|we) (?:do|say|type|ask).*",
            r"what now|what(?: i)?s next|what next|what should i do.*",
            r"(?:i am|im) (?:lost|stuck|confused)|who are you|what are you",
            r"how (?:does|do) (?:this|it|you|i use (?:this|it|you)) ?(?:work)?",
            r"what (?:are|is) (?:my|the) (?:options|choices)",
            r"what (?:is|does) (?:this|luthier)(?: do| for)?",
        ),
    ),
    (
        "quit",
        (r"quit|exit|bye|goodbye|good bye|see you(?: later| tomorrow)?|close|leave|good night|q",),
    ),
    (
        "greeting",
        (
            r"(?:hi|hello|hey|hiya|yo|howdy|greetings|good (?:morning|evening|afternoon|day)|hallo)"
            r"(?: there| luthier| you| again| all| everyone)*",
            r"whats up|how are you.*",
        ),
    ),
    (
        "thanks",
        (
            r"(?:many |ok |okay |great |cool |perfect )*(?:thanks?|thank you|thx|ty|cheers|tnx)"
            r"(?: you)?(?: (?:so|very|a) (?:much|lot|million))*(?: .{0,20})?|much appreciated",
            r"well done|nice(?: one| work)?|great job|good job|awesome|cool|wow|brilliant",
        ),
    ),
)
_PATTERNS = tuple((kind, re.compile("|".join(patterns))) for kind, patterns in _COMMANDS)
_POLITE_END = re.compile(r"[\s,.]+(?:please|now please|then|luthier|thanks)$")

_GO_BACK = re.compile(
    r"^(?:(?:go|get|take me|bring me|come|move|step|jump)(?: (?:back|return))+|back|undo|return"
    r"|previous|jump|go|redo|do over|repeat|revisit|change|correct|edit|choose|pick|re-?split)\b"
    r"(?: (?:one|a) (?:step|question))?(?: again)?"
    r"(?: (?:to|the|my|a|an|another|different|that|on)\b)*"
)
_BACK_ALONE = re.compile(
    r"(?:go |get |step |one step |a step )?back(?: (?:one|a) (?:step|question))?"
    r"|undo|undo that|previous|go to the previous.*|the (?:previous|last) question"
    r"|change (?:my|an|the|that) (?:last )?answers?|that was wrong"
    r"|i (?:made a mistake|misspoke|changed my mind)"
)


def read_command(words: str) -> tuple[IntentKind, Stage] | None:
    """The command that ``words`` (lower case, no marks) make as a whole, with its stage if any."""
    bare = _POLITE_END.sub("", words)
    kind = next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(bare)), None)
    if kind:
        return kind, ""
    if _BACK_ALONE.fullmatch(bare):
        return "go_back", ""
    return _read_going_back(bare)


def _read_going_back(words: str) -> tuple[IntentKind, Stage] | None:
    """ "go back to the data", "redo the split", "choose another file"."""
    lead = _GO_BACK.match(words)
    if not lead or len(words.split()) > 9:
        return None
    rest = words[lead.end() :].strip()
    for stage, pattern in _STAGES:
        if re.match(rf"(?:{pattern})\b(?! to\b| =| as\b| from\b)", rest):
            return "go_back", stage
    return ("go_back", "") if words.startswith(("go back", "back to")) else None
