"""Good files with bytes changed, for every reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from file_of_bytes import Held, refused_or_read
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.formats.tensor_formats import format_of

ANY = st.binary(min_size=1, max_size=8) | st.just(b"\xff" * 8)


def when_bytes_change(*good: bytes, new: st.SearchStrategy[bytes] = ANY) -> Callable[..., None]:
    """Return a test that each `good` file is refused or read when bytes of it are changed, put in, cut off or put after.

    Args:
        good: Small files, each of which its own reader recognises.
        new: What is put into them.
    """

    @pytest.mark.parametrize("content", good, ids=range(len(good)))
    @settings(max_examples=50)
    @given(st.data())
    def refused_or_read_when_bytes_change(content: bytes, data: st.DataObject) -> None:
        form = format_of(Held(content))
        assert form is not None
        made = bytearray(content)
        for _ in range(data.draw(st.integers(1, 6))):
            at, put = data.draw(st.integers(0, len(made) - 1)), data.draw(new)
            made[at : at + data.draw(st.sampled_from([len(put), 0]))] = put
        stop = data.draw(st.just(len(made)) | st.integers(0, len(made)))
        refused_or_read(form, bytes(made[:stop]) + data.draw(st.just(b"") | st.binary(max_size=20)))

    return refused_or_read_when_bytes_change
