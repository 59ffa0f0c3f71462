"""Who speaks and decides: sessions, the graph, the journey and the brains."""

from __future__ import annotations

import os

# LangGraph reads this once, when it is first imported: checkpoints may then only hold plain types.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

# LangChain would upload every conversation where these are set for another project of the user's.
for _name in (
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
):
    os.environ[_name] = "false"
