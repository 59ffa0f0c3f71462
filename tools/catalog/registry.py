"""The list of all tools, in the order of the journey."""

from __future__ import annotations

from typing import Any

from luthier.tools.catalog import data, dataset, doctor, guidance, interview, jobs, plan, results
from luthier.tools.catalog.base import Tool

TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool
    for room in (interview, data, dataset, doctor, jobs, plan, results, guidance)
    for tool in room.TOOLS
}
