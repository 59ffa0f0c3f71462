"""ChatGPT's exported conversations: a tree of messages, of which one branch was followed to its end."""

from __future__ import annotations

from typing import Any

_TEXT_TYPES = ("text", "multimodal_text", "code")


def is_chat_tree(value: Any) -> bool:
    """Whether ``value`` is the ``mapping`` of an exported conversation: nodes that name a parent."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(
            isinstance(node, dict)
            and "message" in node
            and ("parent" in node or "children" in node)
            for node in value.values()
        )
    )


def branch_turns(tree: dict[str, Any], current: Any) -> list[dict[str, Any]]:
    """The turns of the branch that ends in ``current``, or in the newest leaf where that is missing.

    Hidden messages, the model's thoughts and calls of its own tools are no turns. Answers that were
    edited away lie on other branches and stay out.
    """
    here = current if isinstance(current, str) and current in tree else _newest_leaf(tree)
    nodes: list[dict[str, Any]] = []
    seen: set[str] = set()
    while isinstance(here, str) and here in tree and here not in seen:
        seen.add(here)
        nodes.append(tree[here])
        here = tree[here].get("parent")
    turns = [turn for node in reversed(nodes) if (turn := _turn(node.get("message")))]
    return _joined(turns)


def _newest_leaf(tree: dict[str, Any]) -> str:
    leaves = [key for key, node in tree.items() if not node.get("children")] or list(tree)

    def when(key: str) -> float:
        message = tree[key].get("message")
        moment = message.get("create_time") if isinstance(message, dict) else None
        return float(moment) if isinstance(moment, (int, float)) else 0.0

    return max(leaves, key=when)


def _turn(message: Any) -> dict[str, Any] | None:
    if not isinstance(message, dict):
        return None
    author = message.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    metadata = message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    recipient = message.get("recipient") or "all"
    content = message.get("content")
    if role not in ("user", "assistant") or hidden or recipient != "all":
        return None
    text = _text(content)
    return {"role": role, "content": text} if text else None


def _text(content: Any) -> str:
    if not isinstance(content, dict) or content.get("content_type") not in _TEXT_TYPES:
        return ""
    parts = content.get("parts")
    if not isinstance(parts, list):
        parts = [content.get("text")]
    return "\n".join(part for part in parts if isinstance(part, str) and part.strip()).strip()


def _joined(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers that were given in several messages as one turn."""
    joined: list[dict[str, Any]] = []
    for turn in turns:
        if joined and joined[-1]["role"] == turn["role"] == "assistant":
            joined[-1]["content"] += "\n\n" + turn["content"]
        else:
            joined.append(dict(turn))
    return joined
