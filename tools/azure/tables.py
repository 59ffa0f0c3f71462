"""Dated tables on Azure: what a deployment costs by the hour, and which models can be tuned where."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from luthier.tools.language import _

HOURS_A_MONTH = 730


@dataclass(frozen=True, slots=True)
class HostingPrice:
    """US dollars an hour for a deployment, the day this stands for, and where it was read.

    ``lasts`` is after how many hours Azure removes it by itself; None: never.
    """

    sku: str
    hour: float
    lasts: float | None
    read: str
    source: str

    @property
    def month(self) -> float:
        """US dollars for a month of 730 hours, asked or not."""
        return self.hour * HOURS_A_MONTH


@dataclass(frozen=True, slots=True)
class TunableModel:
    """How and where a model can be tuned, as of ``read``."""

    name: str
    methods: tuple[str, ...]
    regions: tuple[str, ...]
    tiers: tuple[str, ...]
    until: str
    read: str
    source: str


def hosting_price(sku: str) -> HostingPrice | None:
    """What a deployment of this kind costs by the hour; None where it is not known here."""
    return _hosting().get(sku.lower())


def tunable_model(name: str) -> TunableModel | None:
    """What is known of a model, with or without its date; None where nothing is."""
    known = _models()
    if name in known:
        return known[name]
    return next((model for full, model in known.items() if full.startswith(f"{name}-")), None)


def price_words(price: HostingPrice | None) -> str:
    """The hourly price with its sum per month, or that it is not known."""
    if price is None:
        return _("not known to Luthier; see Azure's price page before you agree")
    if price.hour == 0:
        return _(
            "no hourly price; Azure removes it by itself after {hours:g} hours (as of {read})",
            hours=price.lasts or 0,
            read=price.read,
        )
    return _(
        "{hour:.2f} US dollars for every hour it exists, asked or not: about {month:,.0f} a month "
        "(as of {read}; Azure's price page decides)",
        hour=price.hour,
        month=price.month,
        read=price.read,
    )


@cache
def _hosting() -> Mapping[str, HostingPrice]:
    return {
        row["sku"]: HostingPrice(
            sku=row["sku"],
            hour=float(row["hour"]),
            lasts=float(row["lasts"]) if row["lasts"] else None,
            read=row["read"],
            source=row["source"],
        )
        for row in _rows("hosting.csv")
    }


@cache
def _models() -> Mapping[str, TunableModel]:
    return {
        row["model"]: TunableModel(
            name=row["model"],
            methods=tuple(row["methods"].split()),
            regions=tuple(row["regions"].split()),
            tiers=tuple(
                tier
                for tier, there in (
                    ("Standard", row["regions"]),
                    ("GlobalStandard", row["global"] == "yes"),
                    ("DataZoneStandard", row["zone"]),
                    ("developerTier", row["developer"] == "yes"),
                )
                if there
            ),
            until=row["until"],
            read=row["read"],
            source=row["source"],
        )
        for row in _rows("models.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines))
