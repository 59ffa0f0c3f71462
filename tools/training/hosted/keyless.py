"""What is said where a provider wants a key and none is known; imports no client, as the chat does."""

from __future__ import annotations

from luthier.tools.azure.token import RESOURCE_VARIABLE
from luthier.tools.endpoints.keys import variable_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _


def missing_key(server: EndpointModel) -> LuthierError:
    """There is no key for a provider that wants one."""
    remedy = _(
        "Set it before you start Luthier: export {variable}=…, or put it into the keyring with "
        "`luthier hosted key`. It is never stored elsewhere.",
        variable=variable_for(server),
    )
    if server.provider == "azure":
        instead = _(
            "A sign-in does as well: `az login` (Azure's command line), the package azure-identity, or "
            "{variable}.",
            variable=RESOURCE_VARIABLE,
        )
        remedy = f"{remedy} {instead}"
    return LuthierError(
        _("No key for {host} is known here.", host=server.host),
        remedy=remedy,
        place=server.host,
        code="hosted.missing_key",
    )
