"""Names that columns, roles and speakers commonly bear, and which part they play."""

from __future__ import annotations

import re

from luthier.tools.data.model import Role

PROMPT_NAMES = (
    "prompt", "instruction", "instructions", "question", "user", "request", "query", "input",
    "message", "utterance", "user_message", "customer_message", "ticket", "source", "problem",
    "text", "sms", "email", "mail", "review", "comment", "post", "tweet", "sentence", "content",
    "body", "description", "document", "article", "passage", "dialogue", "title", "subject", "q",
    "frage", "pregunta", "domanda", "pytanie", "вопрос", "سؤال", "问题", "質問",
)  # fmt: skip
COMPLETION_NAMES = (
    "completion", "response", "answer", "output", "assistant", "reply", "target", "chosen",
    "solution", "label", "labels", "category", "class", "intent", "sentiment", "tag", "topic",
    "emotion", "summary", "highlights", "translation", "command", "code", "sql", "json", "result",
    "expected", "gold", "output_text", "answers", "correct_answer", "best_answer", "a", "antwort",
    "réponse", "reponse", "respuesta", "risposta", "odpowiedź", "ответ", "جواب", "答案", "回答",
)  # fmt: skip
MESSAGES_NAMES = (
    "messages", "conversations", "conversation", "chat", "dialog", "turns", "chat_messages", "chosen",
)  # fmt: skip
CONTEXT_NAMES = ("input", "context", "passage", "document")
NOT_CONTENT = re.compile(
    r"(?i)(^|[_ .])(id|uuid|guid|index|idx|url|uri|date|time|timestamp|created|updated|lang|language"
    r"|split|hash|version|source_file)$|^unnamed|^__"
)

ROLES: dict[str, Role] = {
    "user": "user", "human": "user", "prompter": "user", "customer": "user", "question": "user",
    "usr": "user", "instruction": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "model": "assistant", "ai": "assistant", "agent": "assistant", "chatbot": "assistant",
    "bing": "assistant", "bard": "assistant", "function_call": "assistant", "answer": "assistant",
    "reasoning": "assistant",
    "system": "system", "developer": "system", "context": "system",
    "tool": "tool", "function": "tool", "observation": "tool", "ipython": "tool",
    "function_response": "tool", "tool_response": "tool", "tool_result": "tool",
    "tool_call": "assistant", "tool_calls": "assistant",
}  # fmt: skip


def plain_name(name: str) -> str:
    """A column name for comparing: lower case, one underscore for blanks and hyphens."""
    return re.sub(r"[\s\-_]+", "_", name.strip().lower()).strip("_")


def is_known_name(name: str) -> bool:
    """Whether a column of this name says which part it plays."""
    plain = plain_name(name)
    return plain in PROMPT_NAMES or plain in COMPLETION_NAMES or plain in MESSAGES_NAMES
