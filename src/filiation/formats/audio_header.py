"""What the first bytes of a sound say: its format, its rate, its channels, how long it lasts. Nothing is decoded.

Source:
    WAVE (RIFF MCI 1.0), FLAC (RFC 9639, 8.2), Ogg (RFC 3533) with Vorbis I (4.2.2) and Opus (RFC 7845, 5.1),
    MPEG audio (ISO/IEC 11172-3, 2.4.2.3) with the Xing header.
"""

from __future__ import annotations

import struct

import msgspec

HEAD_BYTES = 1 << 18
TAIL_BYTES = 1 << 16
"""So much of a file's end is looked at, where the length of an Ogg stream stands."""
MAX_CHUNKS = 1_000
SUFFIXES: dict[str, tuple[str, ...]] = {
    "wav": (".wav", ".wave"), "flac": (".flac",), "ogg": (".ogg", ".oga", ".opus"), "mp3": (".mp3",),
}  # fmt: skip
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class AudioHeader(msgspec.Struct, frozen=True):
    """What a sound says of itself.

    Attributes:
        format: A key of `SUFFIXES`.
        rate_hz: Samples a second.
        channels: 1 for one, 2 for stereo.
        seconds: How long it lasts; None where only decoding would tell.
    """

    format: str
    rate_hz: int
    channels: int
    seconds: float | None


def audio_header(head: bytes, tail: bytes, size_bytes: int) -> AudioHeader | None:
    """Return what a sound says; None where it is none that we know.

    Args:
        head: The first `HEAD_BYTES` of the file.
        tail: The last `TAIL_BYTES`.
        size_bytes: Of the whole.
    """
    try:
        found = _read(head, tail, size_bytes)
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return None
    return found if found and found.rate_hz > 0 and found.channels > 0 else None


def _read(head: bytes, tail: bytes, size_bytes: int) -> AudioHeader | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _wav(head, size_bytes)
    if head[:4] == b"fLaC":
        return _flac(head)
    if head[:4] == b"OggS":
        return _ogg(head, tail)
    return _mp3(head, size_bytes)


def _wav(head: bytes, size_bytes: int) -> AudioHeader | None:
    at, rate, channels, second_bytes = 12, 0, 0, 0
    for _ in range(MAX_CHUNKS):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"fmt ":
            _, channels, rate, second_bytes = struct.unpack_from("<HHII", head, at + 8)
        elif name == b"data":
            # What was streamed says 0 or the largest number: then the file's own end counts.
            held = size if 0 < size <= size_bytes - at - 8 else size_bytes - at - 8
            return AudioHeader("wav", rate, channels, held / second_bytes)
        at += 8 + size + size % 2
    return None


def _flac(head: bytes) -> AudioHeader | None:
    if head[4] & 0x7F != 0:
        return None
    bits = int.from_bytes(head[18:26], "big")
    rate, channels, samples = bits >> 44, (bits >> 41 & 7) + 1, bits & (1 << 36) - 1
    return AudioHeader("flac", rate, channels, samples / rate if samples else None)


def _ogg(head: bytes, tail: bytes) -> AudioHeader | None:
    start = 27 + head[26]
    body = head[start : start + 64]
    if body[:7] == b"\x01vorbis":
        channels, rate = struct.unpack_from("<BI", body, 11)
        told, per_second, before = rate, rate, 0
    elif body[:8] == b"OpusHead":
        channels, before, told = struct.unpack_from("<xBHI", body, 8)
        per_second = 48_000  # whatever went in, Opus counts in these
        told = told or per_second
    else:
        return None
    last = tail.rfind(b"OggS")
    position = struct.unpack_from("<q", tail, last + 6)[0] if last >= 0 else -1
    return AudioHeader("ogg", told, channels, max(position - before, 0) / per_second if position >= 0 else None)


def _mp3(head: bytes, size_bytes: int) -> AudioHeader | None:
    at = 0
    if head[:3] == b"ID3":
        at = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(head[6:10]))
    # Where the tag (pictures, say) is longer than what is looked at, only the frame behind it would tell.
    frame = head[at : at + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return None
    version, layer, place, which = frame[1] >> 3 & 3, frame[1] >> 1 & 3, frame[2] >> 2 & 3, frame[2] >> 4
    if version == 1 or layer != 1 or place == 3 or not 0 < which < 15:
        return None
    rate, channels = _RATES_HZ[version][place], 1 if frame[3] >> 6 == 3 else 2
    kbits = _KBITS[3 if version == 3 else 2][which]
    side = (32 if channels == 2 else 17) if version == 3 else (17 if channels == 2 else 9)
    counted = _frames(head[at + 4 + side : at + 4 + side + 12])
    samples = 1152 if version == 3 else 576
    return AudioHeader("mp3", rate, channels, counted * samples / rate if counted else (size_bytes - at) / (kbits * 125))


def _frames(table: bytes) -> int:
    """Return how many frames the table of a file with a varying bit rate counts, 0 where there is no table."""
    if table[:4] not in (b"Xing", b"Info") or not struct.unpack_from(">I", table, 4)[0] & 1:
        return 0
    return struct.unpack_from(">I", table, 8)[0]
