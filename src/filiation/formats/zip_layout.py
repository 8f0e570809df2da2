"""How the parts of a ZIP archive are laid out, for whoever trusts its directory and for whoever does not.

Source:
    PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
"""

from __future__ import annotations

import struct

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
ENCRYPTED, FOLLOWED = 0x1, 0x8
"""Flags of an entry: the bytes are encrypted; a record with the lengths follows them."""
ELSEWHERE = 0xFFFFFFFF
"""Stands for a number that is too large for 32 bits, and is in the ZIP64 part of the extra field."""


def widened(extra: bytes, *numbers: int) -> tuple[int, ...]:
    """Return the `numbers`, those that stand `ELSEWHERE` from the first ZIP64 part of the `extra` field."""
    wide: list[int] = []
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        part = extra[at + 4 : at + 4 + size]
        if kind == 1:
            wide = list(struct.unpack_from(f"<{len(part) // 8}Q", part))
            break
        at += 4 + size
    return tuple(wide.pop(0) if number == ELSEWHERE and wide else number for number in numbers)
