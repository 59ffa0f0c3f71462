"""Who speaks and decides: sessions, the graph, the journey and the brains."""

from __future__ import annotations

import os

# LangGraph reads this once, when it is first imported: checkpoints may then only hold plain types.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
