"""What the first bytes of an image say: its format, its size, its channels. Nothing is decoded.

Source:
    PNG (ISO/IEC 15948), JPEG (ITU-T T.81, B.2.2), GIF89a, BMP (BITMAPINFOHEADER), WebP (RFC 9649), TIFF 6.0.
"""

from __future__ import annotations

import struct

import msgspec

HEAD_BYTES = 1 << 18
"""So much of a file is looked at: pictures in a camera's own notes stand before the frame of a JPEG."""
MAX_SEGMENTS = 1_000
MAX_ENTRIES = 512
SUFFIXES: dict[str, tuple[str, ...]] = {
    "png": (".png", ".apng"), "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"), "gif": (".gif",), "bmp": (".bmp", ".dib"),
    "webp": (".webp",), "tiff": (".tif", ".tiff"),
}  # fmt: skip
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})


class ImageHeader(msgspec.Struct, frozen=True):
    """What an image says of itself.

    Attributes:
        format: A key of `SUFFIXES`.
        width: In pixels.
        height: In pixels.
        channels: After a palette is looked up: 1 gray, 2 gray and alpha, 3 colour, 4 colour and alpha, or four inks in a JPEG.
        animated: Whether it has several frames, as far as the header tells.
    """

    format: str
    width: int
    height: int
    channels: int
    animated: bool = False


def image_header(head: bytes) -> ImageHeader | None:
    """Return what `head`, the first `HEAD_BYTES` of a file, says; None where it is no image that we know, or says no size."""
    for magic, reader in _READERS:
        if head.startswith(magic):
            try:
                found = reader(head)
            except (struct.error, IndexError, ValueError):
                return None
            return found if found and found.width > 0 and found.height > 0 else None
    return None


def _png(head: bytes) -> ImageHeader | None:
    width, height, _, kind = struct.unpack_from(">IIBB", head, 16)
    if head[12:16] != b"IHDR" or kind not in _PNG_CHANNELS:
        return None
    before = head[: head.find(b"IDAT")] if b"IDAT" in head else head
    alpha = kind in (2, 3) and b"tRNS" in before
    return ImageHeader("png", width, height, 4 if alpha else _PNG_CHANNELS[kind], b"acTL" in before)


def _jpeg(head: bytes) -> ImageHeader | None:
    at = 2
    for _ in range(MAX_SEGMENTS):
        if head[at] != 0xFF:
            return None
        while head[at] == 0xFF:
            at += 1
        marker = head[at]
        at += 1
        if marker in _FRAMES:
            height, width, channels = struct.unpack_from(">HHB", head, at + 3)
            return ImageHeader("jpeg", width, height, channels)
        at += 0 if marker in _ALONE else struct.unpack_from(">H", head, at)[0]
    return None


def _gif(head: bytes) -> ImageHeader | None:
    width, height = struct.unpack_from("<HH", head, 6)
    return ImageHeader("gif", width, height, 3, b"NETSCAPE2.0" in head[:1024])


def _bmp(head: bytes) -> ImageHeader | None:
    width, height, _, bits = struct.unpack_from("<iiHH", head, 18)
    return ImageHeader("bmp", abs(width), abs(height), 4 if bits == 32 else 3)


def _riff(head: bytes) -> ImageHeader | None:
    """Read WebP in its three forms: lossy, lossless, and extended."""
    if head[8:12] != b"WEBP":
        return None
    form = head[12:16]
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return ImageHeader("webp", width & 0x3FFF, height & 0x3FFF, 3)
    if form == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return ImageHeader("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 4 if bits >> 28 & 1 else 3)
    if form == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return ImageHeader("webp", width, height, 4 if head[20] & 16 else 3, bool(head[20] & 2))
    return None


def _tiff(head: bytes) -> ImageHeader | None:
    order = "<" if head[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", head, 4)
    (count,) = struct.unpack_from(f"{order}H", head, at)
    told = {}
    for number in range(min(count, MAX_ENTRIES)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHI4s", head, at + 2 + 12 * number)
        if kind in (3, 4):
            told[tag] = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", value)[0]
    return ImageHeader("tiff", told.get(256, 0), told.get(257, 0), told.get(277, 1))


_READERS = (
    (b"\x89PNG\r\n\x1a\n", _png), (b"\xff\xd8\xff", _jpeg), (b"GIF87a", _gif), (b"GIF89a", _gif), (b"BM", _bmp),
    (b"RIFF", _riff), (b"II*\0", _tiff), (b"MM\0*", _tiff),
)  # fmt: skip
