"""Talking to a tuned model at its provider, beside the untuned one there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

from luthier.tools.data.exports.turns import openai_turns
from luthier.tools.data.model import Message
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.chat import Side
from luthier.tools.hosting.served_chat import streamed
from luthier.tools.language import _


class HostedChat:
    """The two sides behind their address; every answer costs what the provider takes for it."""

    def __init__(self, tuned: EndpointModel, base: EndpointModel | None) -> None:
        self.served_at = tuned.base_url
        self._sides: dict[Side, EndpointModel | None] = {"tuned": tuned, "base": base}

    async def ask(
        self, messages: Sequence[Message], sides: Sequence[Side] = ("tuned", "base")
    ) -> AsyncIterator[tuple[Side, str]]:
        """Stream the answers as pairs of side and next piece of text, one side after the other.

        Raises:
            LuthierError: the provider cannot be reached or refuses.
        """
        for side in sides:
            model = self._sides[side]
            if model is None:
                yield side, _("The untuned model cannot be asked at this provider.")
                continue
            async for piece in streamed(lambda one=model: _answer(one, messages)):  # type: ignore[misc]
                yield side, piece

    async def stop(self) -> None:
        """Nothing runs here that would have to end."""


def _answer(model: EndpointModel, messages: Sequence[Message]) -> Iterator[str]:
    import openai

    from luthier.tools.endpoints.client import open_client
    from luthier.tools.endpoints.failures import explain

    client, secret = open_client(model)
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in openai_turns(messages)]
    try:
        with (
            client,
            client.chat.completions.create(
                model=model.model,
                messages=cast("Any", turns),
                stream=True,
            ) as stream,
        ):
            for part in stream:
                text = part.choices[0].delta.content if part.choices else ""
                if text:
                    yield text
    except openai.APIError as error:
        raise explain(error, model, secret) from None
    except OSError as error:
        raise LuthierError(
            _("The connection to the model was lost in the middle of its answer."),
            remedy=_("Say it again."),
            code="endpoint.dropped",
        ) from error
