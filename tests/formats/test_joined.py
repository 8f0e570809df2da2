from __future__ import annotations

import pytest
from file_of_bytes import Held
from hypothesis import given
from hypothesis import strategies as st

from filiation.formats.joined import JoinedFile


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=5), st.data())
def test_it_reads_as_the_parts_one_after_another(parts, data):
    whole = b"".join(parts)
    joined = JoinedFile("all", [Held(part) for part in parts])
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert joined.read(start, stop) == whole[start:stop]
    assert (joined.size_bytes, joined.bytes_read) == (len(whole), stop - start)


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (-1, 2), (3, 2)])
def test_beyond_its_ends_there_is_nothing(start, stop):
    with pytest.raises(ValueError, match="all holds 4 bytes"):
        JoinedFile("all", [Held(b"ab"), Held(b"cd")]).read(start, stop)
