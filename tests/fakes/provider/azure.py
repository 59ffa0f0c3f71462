"""Azure OpenAI's addresses: the same API below ``/openai``, and the control plane for deployments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.provider.dataplane import DataPlane
from fakes.provider.wire import Answer, Refused, Request

TIERS = ("Standard", "GlobalStandard", "DataZoneStandard", "developerTier")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_DEPLOYMENTS = re.compile(
    r"/subscriptions/(?P<sub>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.CognitiveServices/accounts/(?P<account>[^/]+)"
    r"/deployments(?:/(?P<name>[^/]+))?"
)


@dataclass
class Azure:
    """The resource, as its data plane (``api-key``) and the control plane (bearer token) see it.

    ``looks_to_deploy`` is how often a deployment is looked at before it is there; ``fate`` is the
    state in which it then is.
    """

    plane: DataPlane
    key: str
    token: str
    subscription: str = "sub-1"
    group: str = "group-1"
    account: str = "127"  # what a resource's name is read from is here an address of loopback
    looks_to_deploy: int = 2
    fate: str = "Succeeded"
    removed: list[str] = field(default_factory=list)
    needs_mark: bool = False

    def data(self, request: Request) -> Answer:
        """A request below ``/openai``: the v1 surface, or dated with ``api-version``."""
        self._authorise(request)
        path = request.path.removeprefix("/openai")
        if path.startswith("/v1/"):
            return self._served(request, path.removeprefix("/v1"))
        version = request.query.get("api-version", "")
        if not _DATED.fullmatch(version):
            raise Refused(404, "Resource not found", "404")
        deployed = re.fullmatch(r"/deployments/([^/]+)/chat/completions", path)
        if deployed:
            return self._chat(request, deployed[1])
        return self._served(request, path)

    def _served(self, request: Request, path: str) -> Answer:
        if path == "/chat/completions":
            return self._chat(request, str(request.json().get("model", "")))
        if (request.method, path) == ("POST", "/fine_tuning/jobs"):
            self._check_job(request.json())
            self.plane.keeper.azure = True
        if (request.method, path) == ("POST", "/files"):
            self._check_file(request)
        return self.plane.answer(request, path)

    def _authorise(self, request: Request) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.headers.get("api-key") != self.key and bearer not in (self.key, self.token):
            raise Refused(
                401,
                "Access denied due to invalid subscription key or wrong API endpoint.",
                "401",
            )

    def _check_file(self, request: Request) -> None:
        if self.needs_mark and not request.parts()["file"][1].startswith(b"\xef\xbb\xbf"):
            raise Refused(400, "The file must be UTF-8 with a byte-order mark (BOM).")

    def _check_job(self, asked: dict[str, Any]) -> None:
        suffix = str(asked.get("suffix") or "")
        if len(suffix) > 18 or "." in suffix:
            raise Refused(400, "The suffix must be at most 18 characters, without dots.")
        tier = asked.get("trainingType")
        if tier is not None and tier not in TIERS:
            raise Refused(400, f"Unknown trainingType '{tier}'.", param="trainingType")

    def _chat(self, request: Request, deployment: str) -> Answer:
        found = self.plane.store.deployments.get(deployment)
        if found is None or found["properties"]["provisioningState"] != "Succeeded":
            raise Refused(
                404,
                "The API deployment for this resource does not exist. If you created the deployment "
                "within the last 5 minutes, please wait a moment and try again.",
                "DeploymentNotFound",
            )
        model = found["properties"]["model"]["name"]
        tuned = self.plane.store.models.get(model)
        adapter = (tuned.adapter or "") if tuned else None
        return self.plane.say(request.json(), model, adapter)

    def control(self, request: Request) -> Answer:
        """A request to the control plane, which answers errors in a form of its own."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _control_error(401, "InvalidAuthenticationToken", "The access token is invalid.")
        if not _DATED.fullmatch(request.query.get("api-version", "")):
            return _control_error(
                400, "MissingApiVersionParameter", "The api-version query parameter is required."
            )
        found = _DEPLOYMENTS.fullmatch(request.path)
        if not found:
            return _control_error(404, "NotFound", "There is no such resource type here.")
        named = (found["sub"], found["group"], found["account"])
        if named != (self.subscription, self.group, self.account):
            return _control_error(404, "ResourceNotFound", f"No account '{found['account']}'.")
        name = found["name"] or ""
        acts: dict[str, Callable[[Request, str], Answer]] = {
            "PUT": self._deploy,
            "GET": self._look if name else self._list,
            "DELETE": self._remove,
        }
        return acts[request.method](request, name)

    def _deploy(self, request: Request, name: str) -> Answer:
        asked = request.json()
        named = asked["properties"]["model"]
        model = named["name"]
        dated = f"{model}-{named.get('version', '')}"
        known = dated in self.plane.models or model in self.plane.store.models
        if not known or asked["properties"]["model"].get("format") != "OpenAI":
            return _control_error(
                400, "InvalidResourceProperties", f"The model '{model}' cannot be deployed."
            )
        first = name not in self.plane.store.deployments
        self.plane.store.counted["deployments"] = (
            self.plane.store.counted.get("deployments", 0) + first
        )
        deployment = {
            "id": request.path,
            "name": name,
            "type": "Microsoft.CognitiveServices/accounts/deployments",
            "sku": asked["sku"],
            "properties": {**asked["properties"], "provisioningState": "Creating"},
            "looks": 0,
        }
        self.plane.store.deployments[name] = deployment
        return Answer(_shown(deployment), 201 if first else 200)

    def _look(self, _request: Request, name: str) -> Answer:
        deployment = self.plane.store.deployments.get(name)
        if deployment is None:
            return _control_error(404, "ResourceNotFound", f"No deployment '{name}'.")
        deployment["looks"] += 1
        if deployment["looks"] >= self.looks_to_deploy:
            deployment["properties"]["provisioningState"] = self.fate
        return Answer(_shown(deployment))

    def _list(self, _request: Request, _name: str) -> Answer:
        return Answer({"value": [_shown(one) for one in self.plane.store.deployments.values()]})

    def _remove(self, _request: Request, name: str) -> Answer:
        if self.plane.store.deployments.pop(name, None) is None:
            return Answer({}, 204)
        self.removed.append(name)
        return Answer({}, 202)


def _shown(deployment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in deployment.items() if name != "looks"}


def _control_error(status: int, code: str, message: str) -> Answer:
    return Answer({"error": {"code": code, "message": message}}, status)
