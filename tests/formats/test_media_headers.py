"""Headers of images and sounds, against what writes them; nothing in them raises anything."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.formats.audio_header import AudioHeader, audio_header
from filiation.formats.image_header import ImageHeader, image_header


@pytest.mark.parametrize(
    ("format_", "mode", "channels"),
    [
        ("png", "RGB", 3), ("png", "RGBA", 4), ("png", "L", 1), ("png", "P", 3), ("jpeg", "RGB", 3), ("jpeg", "L", 1),
        ("jpeg", "CMYK", 4), ("gif", "P", 3), ("bmp", "RGB", 3), ("webp", "RGB", 3), ("webp", "RGBA", 4), ("tiff", "RGB", 3),
    ],
)  # fmt: skip
def test_images_as_pillow_writes_them(format_, mode, channels):
    image = pytest.importorskip("PIL.Image")
    held = io.BytesIO()
    image.new(mode, (37, 21)).save(held, format_)
    assert image_header(held.getvalue()) == ImageHeader(format_, 37, 21, channels)


def test_an_animated_image():
    image = pytest.importorskip("PIL.Image")
    held = io.BytesIO()
    frames = [image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(held, "gif", save_all=True, append_images=frames[1:], loop=0)
    assert image_header(held.getvalue()).animated


def test_a_wave_file():
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(b"\0" * 44100 * 4)
    content = held.getvalue()
    assert audio_header(content, content, len(content)) == AudioHeader("wav", 44100, 2, 1.0)


def test_flac_ogg_and_mp3_as_their_standards_write_them():
    bits = 48000 << 44 | 0 << 41 | 15 << 36 | 96000
    flac = b"fLaC\0\0\0\x22" + b"\0" * 10 + bits.to_bytes(8, "big") + b"\0" * 16
    assert audio_header(flac, flac, len(flac)) == AudioHeader("flac", 48000, 1, 2.0)
    head = b"OggS\0\x02" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01" + struct.pack("<HI", 312, 16000) + b"\0" * 9
    tail = b"OggS\0\x04" + struct.pack("<q", 48000 + 312) + b"\0" * 12
    assert audio_header(head, tail, 1000) == AudioHeader("ogg", 16000, 1, 1.0)
    mp3 = b"\xff\xfb\x90\xc0" + b"\0" * 400  # 128 kbit/s, 44.1 kHz, one channel
    assert audio_header(mp3, mp3, 16_000) == AudioHeader("mp3", 44100, 1, 1.0)


MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM",
    b"RIFF____WEBPVP8X",
    b"II*\0\x08\0\0\0",
    b"RIFF____WAVE",
    b"fLaC",
    b"OggS",
    b"ID3",
)


@settings(max_examples=60)
@given(st.sampled_from(MAGIC), st.binary(max_size=200))
def test_whatever_follows_is_read_or_refused(magic, rest):
    head = magic + rest
    image_header(head)
    audio_header(head, head, len(head))
