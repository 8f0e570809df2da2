"""The slow twin: Python's own tarfile."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.formats.tar import Member, TarError, members

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/\n", exclude_categories=["Cs"]), min_size=1, max_size=150)


@given(
    st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), st.binary(max_size=2_000)), max_size=6),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_members_are_those_that_tarfile_wrote(entries, form):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for parts, content in entries:
            info = tarfile.TarInfo("/".join(parts))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    buffer.seek(0)
    read = [(member.name, member.read()) for member in members(buffer)]
    assert read == [("/".join(parts).rstrip("/"), content) for parts, content in entries]


@given(st.binary(max_size=2_000))
def test_noise_is_refused(noise):
    try:
        for member in members(io.BytesIO(noise)):
            member.read()
    except TarError:
        return
    assert not noise[:512].strip(b"\0")


@pytest.mark.parametrize("cut", [100, 600, 1_500])
def test_an_archive_that_ends_early_says_so(cut):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("a")
        info.size = 2_000
        tar.addfile(info, io.BytesIO(b"x" * 2_000))
    with pytest.raises(TarError, match="ends"):
        list(map(Member.read, members(io.BytesIO(buffer.getvalue()[:cut]))))
