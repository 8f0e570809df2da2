"""Images, sounds and numbers of one's own against what a model takes: by their headers alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from filiation.formats import audio_header, image_header
from filiation.formats.audio_header import AudioHeader
from filiation.formats.image_header import ImageHeader
from filiation.interface.fit import Notes
from filiation.interface.shape import Port

WIDE = 2.0
"""An image so many times wider than high, or higher than wide, loses half of itself where its middle is cut out."""
MAX_NUMBERS = 1 << 20


class FileCheck:
    """Looks at files that samples name, or hold as bytes.

    Args:
        port: The input that they are for.
        folder: Where they lie.
        notes: Takes what is wrong.
    """

    def __init__(self, port: Port, folder: Path | None, notes: Notes) -> None:
        self._port, self._folder, self._notes = port, folder, notes
        self._bounds = folder.resolve() if folder else None

    def look(self, row: int, value: object) -> str | None:
        """Note what is wrong with the file that `value` names, and return its name; None where there is none."""
        kind = self._port.modality
        if isinstance(value, dict):  # how the datasets library writes a file into Parquet
            value = value.get("bytes") or value.get("path")
        if isinstance(value, bytes):
            self._judge(row, "", value[: image_header.HEAD_BYTES], value[-audio_header.TAIL_BYTES :], len(value))
            return f"row {row}"
        if not isinstance(value, str) or not value.strip():
            self._notes.add(f"{kind}-missing", row)
            return None
        path = self._inside(value)
        if path is None:
            self._notes.add("file-missing", row, value)
            return None
        self._judge(row, value, *_ends(path))
        return value

    def _inside(self, name: str) -> Path | None:
        if self._folder is None or self._bounds is None or "\0" in name:
            return None
        path = self._folder / name
        try:
            return path if path.resolve().is_relative_to(self._bounds) and path.is_file() else None
        except OSError:
            return None

    def _judge(self, row: int, name: str, head: bytes, tail: bytes, size: int) -> None:
        if self._port.modality == "image":
            found = image_header.image_header(head)
            if found is None:
                self._notes.add("image-unreadable", row, name)
            else:
                self._suffix(row, name, found.format, image_header.SUFFIXES)
                self._image(row, name, found)
        elif self._port.modality == "audio":
            heard = audio_header.audio_header(head, tail, size)
            if heard is None:
                self._notes.add("audio-unreadable", row, name)
            else:
                self._suffix(row, name, heard.format, audio_header.SUFFIXES)
                self._audio(row, name, heard)

    def _suffix(self, row: int, name: str, format_: str, suffixes: dict[str, tuple[str, ...]]) -> None:
        own = Path(name).suffix.lower()
        if own and own not in suffixes[format_] and any(own in known for known in suffixes.values()):
            self._notes.add("file-misnamed", row, f"{name}: {format_}")

    def _image(self, row: int, name: str, found: ImageHeader) -> None:
        height, width, edge = (self._port.number(f"{side}_px") for side in ("height", "width", "shortest_edge"))
        wanted = self._port.number("channels")
        told = f"{name} {found.width}x{found.height}"
        if (
            (height and found.height < height)
            or (width and found.width < width)
            or (edge and min(found.height, found.width) < edge)
        ):
            self._notes.add("image-small", row, told, size=f"{width}x{height}" if height and width else f"{edge}")
        if max(found.width, found.height) >= WIDE * min(found.width, found.height) and (height == width or edge):
            self._notes.add("image-long", row, told)
        if wanted and found.channels != wanted:
            is_made = wanted == 3 and self._port.fact("made_rgb") is not None
            self._notes.add(
                "image-channels-made" if is_made else "image-channels", row, f"{name}: {found.channels}", channels=wanted
            )
        if found.animated:
            self._notes.add("image-animated", row, name)

    def _audio(self, row: int, name: str, heard: AudioHeader) -> None:
        rate, most = self._port.number("sampling_rate_hz"), self._port.number("max_seconds")
        if rate and heard.rate_hz != rate:
            self._notes.add("audio-rate", row, f"{name}: {heard.rate_hz} Hz", rate=f"{rate:,}")
        if heard.channels > 1 and self._port.number("channels") in (1, None):
            self._notes.add("audio-channels", row, f"{name}: {heard.channels}")
        if heard.seconds == 0:
            self._notes.add("audio-empty", row, name)
        if most and heard.seconds is not None and heard.seconds > most:
            self._notes.add("audio-long", row, f"{name}: {heard.seconds:.0f} s", seconds=most)


class NumberCheck:
    """Looks at rows of numbers that go into a tensor.

    Args:
        port: The tensor.
        notes: Takes what is wrong.
    """

    def __init__(self, port: Port, notes: Notes) -> None:
        self._port, self._notes = port, notes
        # What stands first is the batch: a sample is one of it.
        self._sizes = port.shape[1:]

    def look(self, row: int, value: object) -> str | None:
        """Note what is wrong with `value`, a list of numbers or lists of them; None where it is none."""
        sizes, numbers = _measured(value, len(self._sizes))
        if sizes is None:
            self._notes.add("tensor-not-numbers", row, value, name=self._port.name)
            return None
        wanted = ", ".join(str(size) for size in self._sizes)
        if len(sizes) != len(self._sizes) or any(
            isinstance(want, int) and want != got for want, got in zip(self._sizes, sizes, strict=True)
        ):
            self._notes.add("tensor-shape", row, f"({', '.join(map(str, sizes))})", name=self._port.name, shape=f"({wanted})")
        if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
            self._notes.add("tensor-not-finite", row, name=self._port.name)
        if self._port.dtype.startswith(("I", "U")) and any(
            number != int(number) for number in numbers if math.isfinite(number)
        ):
            self._notes.add("tensor-not-whole", row, name=self._port.name, dtype=self._port.dtype)
        return str(value)


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    """Return the first and the last bytes of a file, and its length."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(image_header.HEAD_BYTES)
        stream.seek(max(size - audio_header.TAIL_BYTES, 0))
        return head, stream.read(audio_header.TAIL_BYTES), size


def _measured(value: Any, depth: int) -> tuple[tuple[int, ...] | None, list[float]]:
    """Return the shape of nested lists and the numbers in them; None where they are uneven, too many, or no numbers."""
    if isinstance(value, str):
        value = _numeric(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (), [value]
    if not isinstance(value, list) or not value or depth <= 0 or len(value) > MAX_NUMBERS:
        return None, []
    inner = [_measured(one, depth - 1) for one in value]
    shape = inner[0][0]
    if shape is None or any(other != shape for other, _ in inner):
        return None, []
    return (len(value), *shape), [number for _, numbers in inner for number in numbers]


def _numeric(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
