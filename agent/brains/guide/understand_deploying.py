"""What a typed message wishes of deployments at Azure: make, show, check, delete."""

from __future__ import annotations

import re

from luthier.agent.brains.guide.understand_hosting import HostingWish, whole_wish

_NAME = r"(?: (?:called |named )?(?P<name>(?!at\b|on\b|from\b|in\b)[\w.-]+))?"
_AZURE = r"(?: (?:at|on|to|in|from) azure)?"
_THE = r"(?:the |my |all |this |azure )*"
_DEPLOY = re.compile(
    rf"deploy(?: (?:it|this|that|{_THE}(?:tuned |trained )?model)){{0,1}} (?:at|on|to|in) azure"
    rf"|(?:make|create|start) (?:a |the )?deployment{_AZURE}"
)
_CHECKPOINT = re.compile(
    rf"deploy {_THE}(?:checkpoint(?: at| of)?(?: step)?|step) (?P<step>\d{{1,9}}){_AZURE}"
)
_DELETE = re.compile(
    rf"(?:delete|remove|drop|take down|stop|end) {_THE}deployments?{_NAME}{_AZURE}"
    rf"|un-?deploy(?: (?:it|{_THE}model))?{_AZURE}"
)
_SHOW = re.compile(
    rf"(?:(?:show|list|see|display)(?: me)? )?{_THE}deployments?{_AZURE}"
    rf"|what(?: is|s) deployed{_AZURE}"
)
_CHECK = re.compile(rf"(?:check|test|ask) {_THE}deployment{_NAME}{_AZURE}")


def read_deploying(text: str) -> HostingWish | None:
    """The wish about deployments that ``text`` makes as a whole, or None."""
    words = whole_wish(text).lower()
    if _DEPLOY.fullmatch(words):
        return HostingWish("deploy_tuned")
    checkpoint = _CHECKPOINT.fullmatch(words)
    if checkpoint:
        return HostingWish("deploy_tuned", {"step": int(checkpoint["step"])})
    for pattern, tool in ((_DELETE, "delete_deployment"), (_CHECK, "check_deployment")):
        found = pattern.fullmatch(words)
        if found:
            return HostingWish(tool, {"deployment": found.groupdict().get("name") or ""})
    return HostingWish("show_deployments") if _SHOW.fullmatch(words) else None
