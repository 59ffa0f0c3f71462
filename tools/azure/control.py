"""Azure's control plane for deployments: made, looked at, listed and deleted over REST.

https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments (2024-10-21). Every call may
be repeated without a second effect, so broken connections and busy servers are simply asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from luthier.tools.azure.token import management_token
from luthier.tools.endpoints.address import is_loopback
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

if TYPE_CHECKING:
    import httpx2

VERSION = "2024-10-21"
TRIES = 6
LONGEST_WAIT = 60.0
BUSY = (408, 409, 429, 500, 502, 503, 504)
READY = "Succeeded"
OVER = (READY, "Failed", "Canceled")


@dataclass(frozen=True, slots=True)
class Account:
    """The resource that holds deployments, as the control plane finds it."""

    subscription: str
    resource_group: str
    name: str
    management_url: str

    @property
    def path(self) -> str:
        """Its place below the control plane's address."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.CognitiveServices/accounts/{self.name}"
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """A deployment as Azure shows it; ``state`` is its provisioning state, an open set of words."""

    name: str
    model: str
    state: str
    sku: str


class ControlPlane:
    """The deployments of one account: ``with ControlPlane(account) as plane``.

    Raises, in every method:
        LuthierError: Azure refuses (``azure.*``), or cannot be reached after several tries.
    """

    def __init__(self, account: Account, sleep: Callable[[float], None] = time.sleep) -> None:
        import httpx2  # when it is needed: the chat opens without it

        self._account = account
        self._sleep = sleep
        self._secret = management_token(account.management_url)
        local = is_loopback(urlsplit(account.management_url).hostname or "")
        self._client = httpx2.Client(
            base_url=account.management_url,
            timeout=httpx2.Timeout(60.0, connect=10.0),
            trust_env=not local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._client.close()

    def look(self, name: str) -> Seen | None:
        """The deployment of this name, or None where there is none."""
        reply = self._ask("GET", f"/deployments/{name}", missing=(404,))
        return _seen(reply.json()) if reply.status_code != 404 else None

    def list(self) -> list[Seen]:
        """Every deployment of the account."""
        return [_seen(one) for one in self._ask("GET", "/deployments").json().get("value", [])]

    def deploy(self, name: str, model: str, version: str, sku: str, capacity: int) -> Seen:
        """Ask for a deployment; asking again with the same values changes nothing."""
        body = {
            "sku": {"name": sku, "capacity": capacity},
            "properties": {"model": {"format": "OpenAI", "name": model, "version": version}},
        }
        return _seen(self._ask("PUT", f"/deployments/{name}", body).json())

    def delete(self, name: str) -> None:
        """Remove a deployment; one that is gone already is as good."""
        self._ask("DELETE", f"/deployments/{name}", missing=(404,))

    def _ask(
        self,
        method: str,
        below: str,
        body: dict[str, Any] | None = None,
        missing: tuple[int, ...] = (),
    ) -> httpx2.Response:
        import httpx2

        wait = 1.0
        for left in range(TRIES - 1, -1, -1):
            try:
                reply = self._client.request(
                    method,
                    self._account.path + below,
                    params={"api-version": VERSION},
                    json=body,
                    headers={"Authorization": f"Bearer {self._secret.get_secret_value()}"},
                )
            except httpx2.TransportError as error:
                if not left:
                    raise _unreachable(self._account) from error
                self._sleep(wait)
            else:
                if reply.is_success or reply.status_code in missing:
                    return reply
                if reply.status_code not in BUSY or not left:
                    raise _refused(reply, self._account)
                self._sleep(_wait_of(reply, wait))
            wait = min(LONGEST_WAIT, wait * 2)
        raise _unreachable(self._account)


def _seen(body: dict[str, Any]) -> Seen:
    properties = body.get("properties") or {}
    model = properties.get("model") or {}
    return Seen(
        name=str(body.get("name", "")),
        model=str(model.get("name", "")),
        state=str(properties.get("provisioningState", "")),
        sku=str((body.get("sku") or {}).get("name", "")),
    )


def _wait_of(reply: httpx2.Response, usual: float) -> float:
    """As long as the server says, within reason."""
    try:
        return min(LONGEST_WAIT, float(reply.headers.get("retry-after", usual)))
    except ValueError:  # a date, which nobody's clock has to agree with
        return usual


def _refused(reply: httpx2.Response, account: Account) -> LuthierError:
    """Azure's refusal with what can be done about it; its own code and words are passed on."""
    code, message = _words_of(reply)
    what, remedy = {
        401: (
            _("Azure does not accept the sign-in: it has ended or is for something else."),
            _("Sign in again with `az login`, or set a fresh token, and try again."),
        ),
        403: (
            _("Your sign-in may not deploy models at {account}.", account=account.name),
            _(
                "Ask the owner of the subscription for the role Foundry Owner (or Cognitive Services "
                "Contributor) on this resource."
            ),
        ),
        404: (
            _("Azure does not find the resource {account}.", account=account.name),
            _("Check the subscription, the resource group and the resource's name in the plan."),
        ),
    }.get(
        reply.status_code,
        (
            _("Azure refused the deployment."),
            _("Change what Azure names, or deploy the model in the Azure portal."),
        ),
    )
    if "quota" in code.lower():
        remedy = _(
            "Delete a deployment that is not needed, or ask for more quota in the Azure portal."
        )
    return LuthierError(
        what,
        why=_("Azure says: {code}: {message}", code=code, message=message),
        remedy=remedy,
        place=account.name,
        code=f"azure.{reply.status_code}",
    )


def _words_of(reply: httpx2.Response) -> tuple[str, str]:
    try:
        error = reply.json().get("error") or {}
        return str(error.get("code", reply.status_code)), str(error.get("message", ""))[:400]
    except (ValueError, AttributeError):
        return str(reply.status_code), reply.text[:200]


def _unreachable(account: Account) -> LuthierError:
    return LuthierError(
        _("Azure's control plane cannot be reached."),
        why=_("It was asked {tries} times and did not answer.", tries=TRIES),
        remedy=_(
            "Check the connection and try again. A deployment that was made meanwhile is found then; "
            "until then the Azure portal shows it."
        ),
        place=account.management_url,
        code="azure.unreachable",
    )
