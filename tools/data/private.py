"""What in a text names a person or opens a door: e-mail, phone, IBAN, card; and keys of services.

Phone numbers are told by phonenumbers (Google's rules: only valid numbers count), keys by the patterns
of detect-secrets, of which nothing but the patterns is used: nothing is ever sent anywhere to be tried.
IBANs and card numbers are checked by their own check digits (ISO 7064 mod 97-10; ISO/IEC 7812, Luhn).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["email", "phone", "iban", "card", "secret"]

_EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b")
# reserved by RFC 2606, and what people write for "your address here"
_EXAMPLE_MAIL = re.compile(
    r"@[\w.-]*(?:example|your|domain|sample|placeholder|mycompany)[\w.-]*$"
    r"|@(?:e?mail|test|host|company)\.\w+$|\.(?:test|invalid|localhost)$"
    r"|^(?:e-?mail|name|user(?:name)?|your[\w.]*|someone|foo|test)@",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d.-])(?:\d[ -]?){12,18}\d(?![\d.-])")
_ABROAD = re.compile(r"(?:\+|\b00)\d[\d ().\-/]{6,18}\d")
_NATIONAL = re.compile(r"\(?\b0\d{1,4}\)?[ .\-/]\d[\d ().\-/]{4,16}\d|\b0\d{10}\b")
_AMERICAN = re.compile(r"(?:\b1[ .-])?(?:\(\d{3}\) ?|\b\d{3}[.-])\d{3}[.-]\d{4}\b")
_PHONES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_ABROAD, ("",)),
    (_NATIONAL, ("GB", "DE", "FR", "IN")),
    (_AMERICAN, ("US",)),
)
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:\D|$)")
_DIGITS = re.compile(r"\d\D{0,2}\d\D{0,2}\d\D{0,2}\d")
_CARD_STARTS = (
    "4",
    "51",
    "52",
    "53",
    "54",
    "55",
    "2",
    "34",
    "37",
    "6011",
    "65",
    "35",
    "30",
    "36",
    "38",
)
_PLUGINS = (
    "artifactory.ArtifactoryDetector", "aws.AWSKeyDetector", "azure_storage_key.AzureStorageKeyDetector",
    "discord.DiscordBotTokenDetector", "github_token.GitHubTokenDetector",
    "gitlab_token.GitLabTokenDetector", "jwt.JwtTokenDetector", "mailchimp.MailchimpDetector",
    "npm.NpmDetector", "openai.OpenAIDetector", "private_key.PrivateKeyDetector",
    "pypi_token.PypiTokenDetector", "sendgrid.SendGridDetector", "slack.SlackDetector",
    "square_oauth.SquareOAuthDetector", "stripe.StripeDetector",
    "telegram_token.TelegramBotTokenDetector", "twilio.TwilioKeyDetector",
)  # fmt: skip
_NEWER_KEYS = re.compile(
    r"\bsk-(?:proj|svcacct|ant|or)-[A-Za-z0-9_-]{20,}|\bhf_[A-Za-z0-9]{30,}|\bAIza[0-9A-Za-z_-]{35}\b"
)
_MAY_BE_KEY = re.compile(r"[A-Za-z0-9_\-./+]{20,}|-----BEGIN")


@dataclass(frozen=True, slots=True)
class Private:
    """One thing found: its kind, its place in the text, and the thing itself."""

    kind: Kind
    start: int
    end: int
    value: str


def find_personal(text: str) -> list[Private]:
    """Personal data in order of the text, without overlaps."""
    found: list[Private] = []
    if "@" in text:
        found += [
            Private("email", m.start(), m.end(), m.group())
            for m in _EMAIL.finditer(text)
            if not _EXAMPLE_MAIL.search(m.group())
        ]
    if _DIGITS.search(text):
        found += _numbers(text)
    return _without_overlaps(found)


def find_secrets(text: str) -> list[Private]:
    """Keys and tokens in order of the text, without overlaps."""
    if not _MAY_BE_KEY.search(text):
        return []
    return _without_overlaps(
        Private("secret", m.start(), m.end(), m.group())
        for pattern in _secret_patterns()
        for m in pattern.finditer(text)
    )


def masked(found: Private) -> str:
    """The thing as it may be shown: enough to find it again, too little to use it."""
    value = found.value
    if found.kind == "email":
        name, _, host = value.partition("@")
        return f"{name[:1]}…@{host[:1]}…{host[host.rfind('.') :]}"
    return f"{value[:3]}…{value[-2:]}" if found.kind != "secret" else f"{value[:4]}…"


def _numbers(text: str) -> Iterator[Private]:
    for m in _IBAN.finditer(text):
        if is_iban(m.group()):
            yield Private("iban", m.start(), m.end(), m.group())
    for m in _CARD.finditer(text):
        if is_card(m.group()):
            yield Private("card", m.start(), m.end(), m.group())
    for pattern, regions in _PHONES:
        for m in pattern.finditer(text):
            if not _DATE.match(m.group()) and is_phone(m.group(), regions):
                yield Private("phone", m.start(), m.end(), m.group())


def is_iban(text: str) -> bool:
    """Whether the check digits are right (ISO 13616: remainder 1 modulo 97)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def is_card(text: str) -> bool:
    """Whether it begins as card numbers do and its check digit is right (Luhn)."""
    digits = [int(char) for char in text if char.isdecimal()]
    plain = "".join(map(str, digits))
    if not 13 <= len(digits) <= 19 or not plain.startswith(_CARD_STARTS) or len(set(plain)) < 2:
        return False
    doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


@lru_cache(maxsize=4096)
def is_phone(text: str, regions: tuple[str, ...]) -> bool:
    """Whether it is a valid number of one of the regions; "" where it begins with its country."""
    import phonenumbers

    written = "+" + text[2:] if text.startswith("00") else text
    for region in regions:
        try:
            number = phonenumbers.parse(written, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


@lru_cache(maxsize=1)
def _secret_patterns() -> tuple[re.Pattern[str], ...]:
    from importlib import import_module

    patterns = [_NEWER_KEYS]
    for plugin in _PLUGINS:
        module, name = plugin.split(".")
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), name)
        patterns += detector.denylist
    return tuple(patterns)


def _without_overlaps(found: list[Private] | Iterator[Private]) -> list[Private]:
    kept: list[Private] = []
    for one in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept
