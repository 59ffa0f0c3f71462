"""The files that go into a stand-alone folder."""

from __future__ import annotations
