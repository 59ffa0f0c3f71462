"""What the patterns of Arabic wishes share, in the plain letters of ``arabic``."""

from __future__ import annotations

PATH = r"(?:~|\.{0,2}/|[A-Za-z]:\\).+"
FILE = rf"(?:(?:في |من |ب)?(?:ال)?(?:ملف|مجلد) )?(?:(?:الذي|التي) )?(?:في )?(?P<path>{PATH})"
"""A path, also behind "in the file"."""
ANSWERS = r"(?:ال)?(?:اجابات|ردود|اجوبه)"
EACH = r"(?:ها|هم| كلها)?"
"""Behind a verb: them."""
