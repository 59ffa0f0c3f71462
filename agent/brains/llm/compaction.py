"""Making a long conversation fit: the newest turns whole, older results dropped, the facts exact.

The facts live in the system message, so nothing that was settled is lost with an old message. A call
and its results are one block and stay or go together.
"""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

BYTES_PER_TOKEN = 3
"""Low, so that the estimate errs on the safe side for code and for scripts other than Latin."""

SHORT = 200
"""Characters that an old tool result keeps."""

LEFT_OUT = "(Earlier messages were left out. What they settled is in the facts above, exactly.)"

Block = list[BaseMessage]


def estimate_tokens(messages: Sequence[BaseMessage]) -> int:
    """About how many tokens these messages take, calls included."""
    size = 0
    for message in messages:
        size += len(message.text.encode()) + 12
        if isinstance(message, AIMessage):
            size += sum(len(str(call["args"]).encode()) + 30 for call in message.tool_calls)
    return size // BYTES_PER_TOKEN


def compact(messages: Sequence[BaseMessage], budget: int) -> list[BaseMessage]:
    """``messages`` (the first being the system message) within about ``budget`` tokens.

    Older results are shortened first, then the oldest blocks left out. The system message and the
    newest block always stay, so a budget that is too small for them is exceeded.
    """
    if estimate_tokens(messages) <= budget:
        return list(messages)
    head, blocks = list(messages[:1]), _blocks(messages[1:])
    room = budget - estimate_tokens(head)
    blocks = [*(_shortened(block) for block in blocks[:-2]), *blocks[-2:]]
    left_out = False
    while len(blocks) > 1 and sum(estimate_tokens(block) for block in blocks) > room:
        blocks.pop(0)
        left_out = True
    if sum(estimate_tokens(block) for block in blocks) > room:
        blocks = [_shortened(block, max(SHORT, room * BYTES_PER_TOKEN // 2)) for block in blocks]
    note: Block = [HumanMessage(LEFT_OUT, name="luthier")] if left_out else []
    return [*head, *note, *(message for block in blocks for message in block)]


def _blocks(messages: Sequence[BaseMessage]) -> list[Block]:
    blocks: list[Block] = []
    for message in messages:
        if isinstance(message, ToolMessage) and blocks:
            blocks[-1].append(message)
        else:
            blocks.append([message])
    return blocks


def _shortened(block: Block, limit: int = SHORT) -> Block:
    return [
        message.model_copy(update={"content": f"{message.text[:limit]} … (shortened)"})
        if isinstance(message, ToolMessage) and len(message.text) > limit
        else message
        for message in block
    ]
