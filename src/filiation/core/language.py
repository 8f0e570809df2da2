"""The languages in which readers of reports are spoken to."""

from typing import Literal

Language = Literal["en", "ja"]
