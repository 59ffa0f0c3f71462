"""The openai client, which says how long it waits before it asks again. Loads the SDK."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from openai import AsyncOpenAI

from luthier.agent.brains.telling import tell
from luthier.agent.events import ModelWaits

if TYPE_CHECKING:
    import httpx2
    from openai._models import FinalRequestOptions


class PatientClient(AsyncOpenAI):
    """Waits as the SDK's own client does, and tells it second by second."""

    async def _sleep_for_retry(
        self,
        *,
        retries_taken: int,
        max_retries: int,
        options: FinalRequestOptions,
        response: httpx2.Response | None,
    ) -> None:
        seconds = self._calculate_retry_timeout(
            max_retries - retries_taken, options, response.headers if response else None
        )
        await _count_down(seconds, busy=response is not None)


async def _count_down(seconds: float, *, busy: bool) -> None:
    total = math.ceil(seconds)
    for left in range(total, 0, -1):
        tell(ModelWaits(left, total, busy))
        await asyncio.sleep(min(1.0, seconds - (total - left)))
    tell(ModelWaits(0, total, busy))
