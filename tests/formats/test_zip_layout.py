"""Numbers of an archive's files that are too large for 32 bits."""

from __future__ import annotations

import io
import struct
import zipfile

from filiation.formats.zip_layout import ELSEWHERE, widened


def _part(size):
    return struct.pack("<2HQ", 1, 8, size)


def test_what_is_elsewhere_stands_in_the_extra_field():
    other = struct.pack("<2H3s", 7, 3, b"abc")
    assert widened(other + _part(5), ELSEWHERE, 3) == (5, 3)
    assert widened(other, ELSEWHERE, 3) == (ELSEWHERE, 3)
    assert widened(_part(5)[:-1], ELSEWHERE) == (ELSEWHERE,)


def test_of_two_extra_fields_the_first_counts_as_it_does_for_python():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.extra = _part(1) + _part(9)
        archive.writestr(entry, b"a")
    raw = bytearray(packed.getvalue())
    at = raw.rfind(b"PK\x01\x02") + 24  # the length unpacked, in the directory
    raw[at : at + 4] = b"\xff" * 4
    [read] = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    assert read.file_size == 1 == widened(entry.extra, ELSEWHERE)[0]
