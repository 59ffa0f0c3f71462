"""Which encoding a file of text is in, and text cleaned of what no encoder accepts.

Order of the evidence: a byte order mark; UTF-16 by its pattern of zeros; valid UTF-8 (the whole file
is read, in pieces); UTF-8 with emoji written as surrogate halves (CESU-8, Unicode Technical
Report 26); UTF-8 with a few damaged bytes; Windows-1252 where it reads as Western European words;
else the judgement of charset-normalizer.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.language import _

PIECE = 1 << 20
_SAMPLE = 1 << 18
_HOPELESS = 20_000  # broken sequences after which it is certainly not UTF-8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32 LE"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32 BE"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 BE"),
)
# what charset-normalizer may choose from; with its whole list it takes rare encodings for common ones
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r",
    "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH_RUN = re.compile("[^\x00-\x7f]+")
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôõöøùúûüýÿßœÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒ")
_WESTERN_SIGNS = frozenset("«»¿¡°€£§©®·…‘’“”„–—•™\u00a0½¼¾²³ºª×´")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to decode a file: codec and error handler for ``open``, a name and a reason to show."""

    codec: str
    name: str
    reason: str
    errors: str = "replace"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What one pass over the bytes tells: size, hash and encoding."""

    bytes: int
    sha256: str
    encoding: Encoding


class _Utf8Census:
    """Counts valid and broken multi-byte sequences of UTF-8 over pieces of a file."""

    def __init__(self) -> None:
        self.broken = 0
        self.surrogate_halves = 0
        self.wide = 0
        self.sample = bytearray()
        self._tail = b""

    def feed(self, piece: bytes, final: bool) -> None:
        data = self._tail + piece
        self._tail = b""
        if not data.isascii():
            self._census(data, final)

    def _census(self, data: bytes, final: bool) -> None:
        self._keep_sample(data)
        view, start = memoryview(data), 0
        while start < len(data) and self.broken <= _HOPELESS:
            try:
                text, consumed = codecs.utf_8_decode(view[start:], "strict", final)
                self.wide += consumed - len(text)
                self._tail = data[start + consumed :]
                return
            except UnicodeDecodeError as error:
                at = start + error.start
                self.wide += error.start - len(bytes(view[start:at]).decode("utf-8"))
                if _is_half(data, at):
                    self.surrogate_halves += 1
                    start = at + 3
                else:
                    self.broken += 1
                    start += error.end

    def _keep_sample(self, data: bytes) -> None:
        if len(self.sample) >= _SAMPLE:
            return
        for line in data.splitlines(keepends=True):
            if not line.isascii():
                self.sample += line[: _SAMPLE // 8]
                if len(self.sample) >= _SAMPLE:
                    return


def _is_half(data: bytes, at: int) -> bool:
    """Whether the three bytes from ``at`` on are half a character, as CESU-8 writes them."""
    half = data[at : at + 3]
    return len(half) == 3 and half[0] == 0xED and half[1] & 0xE0 == 0xA0 and half[2] & 0xC0 == 0x80


def fingerprint(path: Path) -> Iterator[int | Fingerprint]:
    """Read the file once in pieces, yielding bytes read so far and at last the result."""
    digest = hashlib.sha256()
    census = _Utf8Census()
    read = 0
    head = b""
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            head = head or piece
            if census.broken <= _HOPELESS:
                census.feed(piece, final=False)
            read += len(piece)
            yield read
    census.feed(b"", final=True)
    yield Fingerprint(read, digest.hexdigest(), _judge(head, census))


def _judge(head: bytes, census: _Utf8Census) -> Encoding:
    for mark, codec, name in _BOMS:
        if head.startswith(mark):
            return Encoding(codec, name, _("the file begins with a byte order mark"))
    wide = _utf16_without_mark(head[:4096])
    if wide:
        return wide
    if not census.broken and not census.surrogate_halves:
        return Encoding("utf-8", "UTF-8", _("every byte is valid UTF-8"))
    if not census.broken:
        return Encoding(
            "utf-8",
            "UTF-8 (CESU-8)",
            _(
                "UTF-8, but {count} character(s) are written as surrogate halves; they "
                "were put together",
                count=census.surrogate_halves // 2 or 1,
            ),
            errors="surrogatepass",
        )
    if census.wide >= 5 * census.broken:
        return Encoding(
            "utf-8",
            "UTF-8 (damaged)",
            _(
                "UTF-8, but {count} byte sequence(s) are damaged and shown as �",
                count=census.broken,
            ),
        )
    return _legacy(bytes(census.sample))


def _utf16_without_mark(head: bytes) -> Encoding | None:
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0) / len(head) * 2, head[1::2].count(0) / len(head) * 2
    if odd > 0.4 and even < 0.1:
        return Encoding("utf-16-le", "UTF-16 LE", _("every second byte is zero"))
    if even > 0.4 and odd < 0.1:
        return Encoding("utf-16-be", "UTF-16 BE", _("every second byte is zero"))
    return None


def _legacy(sample: bytes) -> Encoding:
    from charset_normalizer import from_bytes

    if _reads_as_western(sample):
        return Encoding(
            "cp1252",
            "Windows-1252 (Latin-1)",
            _("not valid UTF-8, and the accents make Western European words"),
        )
    best = from_bytes(sample, cp_isolation=list(_LEGACY), preemptive_behaviour=False).best()
    codec = best.encoding if best else "cp1252"
    return Encoding(
        codec, codec.replace("_", "-").upper(), _("not valid UTF-8; the most likely other encoding")
    )


def _reads_as_western(sample: bytes) -> bool:
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    runs = [(run.group(), text[run.start() - 1 : run.start()]) for run in _HIGH_RUN.finditer(text)]
    good = sum(1 for run, before in runs if _is_western_run(run, before))
    return bool(runs) and good >= 0.9 * len(runs)


def _is_western_run(run: str, before: str) -> bool:
    if len(run) > 3:
        return False
    if run[0] in "¿¡" and before.isalpha():
        return False
    return all(char in _WESTERN or char in _WESTERN_SIGNS for char in run)


def mend_text(text: str) -> str:
    """``text`` with surrogate halves joined to characters, and lone ones made U+FFFD.

    JSON's escapes and CESU-8 can both hold halves, which no file or database accepts.
    """
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
