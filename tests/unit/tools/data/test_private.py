"""What names a person or opens a door, and what only looks like it."""

from __future__ import annotations

import pytest

from luthier.tools.data.private import find_personal, find_secrets, masked


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to Anna.Berg@firma-nord.de.", "email", "Anna.Berg@firma-nord.de"),
        ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
        ("call 0049 30 901820", "phone", "0049 30 901820"),
        ("call 030 901820 now", "phone", "030 901820"),
        ("call (415) 555-2671", "phone", "(415) 555-2671"),
        ("call 07885 577 899 please", "phone", "07885 577 899"),
        ("text 08712400200 to win", "phone", "08712400200"),
        ("IBAN DE89 3704 0044 0532 0130 00,", "iban", "DE89 3704 0044 0532 0130 00"),
        ("GB82WEST12345698765432", "iban", "GB82WEST12345698765432"),
        ("card 4539 1488 0343 6467", "card", "4539 1488 0343 6467"),
    ],
)
def test_personal_data(text: str, kind: str, value: str) -> None:
    (found,) = find_personal(text)
    assert (found.kind, found.value) == (kind, value)
    assert text[found.start : found.end] == value
    assert value not in masked(found)


@pytest.mark.parametrize(
    "text",
    [
        "order 123456789 of 05/12/2021, 09/14/1656",
        "version 1.2.3.4, 2023-10-12 08:15:22",
        "write to yourname@yourdomain.com or me@example.org or email@gmail.com",
        "IBAN DE89 3704 0044 0532 0130 01",
        "card 4539 1488 0343 6468, (123) 456-7891, (555) 123-4567",
        "1234567890123456, 0000 0000 0000 0000",
        "@mention and a@b",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    assert find_personal(text) == []


@pytest.mark.parametrize(
    "key",
    [
        "ghp_" + "a1B2" * 9,
        "AKIAIOSFODNN7EXAMPLA",
        "sk-proj-" + "a1B2c3" * 6,
        "xoxb-123456789012-abcdefABCDEF1234",
        "sk_live_" + "a1B2" * 6,
    ],
)
def test_keys_of_services(key: str) -> None:
    (found,) = find_secrets(f"use {key} for it")
    assert found.value == key
    assert key not in masked(found)


def test_ordinary_long_words_are_no_keys() -> None:
    text = (
        "https://shop.example/products/very-long-name-of-a-thing-0123456789 Donaudampfschifffahrt"
    )
    assert find_secrets(text) == []
