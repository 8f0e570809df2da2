"""Files of tensors that hold no code by design: safetensors, GGUF, NumPy, ONNX. What hides in what they say of themselves."""

from __future__ import annotations

import re

from filiation.core.errors import WeightsError
from filiation.core.tensor import TensorIndex
from filiation.formats import gguf, npz, safetensors
from filiation.formats.file_part import FilePart
from filiation.formats.stored_values import take
from filiation.scan import configs, pickles, secrets, templates
from filiation.scan.kinds import RUNS, kind_of
from filiation.scan.look import Look, Part

MAX_TEXT_CHARS = 1 << 20
MAX_TENSORS = 4_096
MAX_HEADER_BYTES = 64 << 20
MAX_NPY_HEADER_BYTES = 64 << 10
BLOCK_BYTES = 1 << 20
_FIELDS = re.compile(rb"""['"]descr['"]\s{0,8}:\s{0,8}\[""")
_OBJECT = re.compile(rb"""['"][|<>=]?O\d?['"]""")
_PLAIN_OBJECT = re.compile(rb"""['"]descr['"]\s{0,8}:\s{0,8}['"][|<>=]?O""")
_LOCATION = re.compile(rb"\x0a\x08location\x12([\x01-\xff])")
_OUT = re.compile(r"(?:^|/)\.\.(?:/|$)")


def read_safetensors(part: Part, look: Look) -> None:
    """Note what a safetensors header says that it should not, and whether its layout has room for something else."""
    try:
        index = safetensors.TENSORS.index(part.file)
    except WeightsError as error:
        _tell_header(str(error), part, look)
        _raw_header(part, look)
        return
    _metadata({key: str(value) for key, value in index.metadata.items()}, part, look)
    _hidden(index, part, look)


_LIES = re.compile(
    r"overlaps|leaves a gap|says something twice|do not fit its type|same name|stands twice|is its place|speaks of"
    r"|a tensor of|a dimension of"
)
_SHORT = re.compile(r"ends at byte [\d,]+ of [\d,]+|ends inside the header")


def _tell_header(problem: str, part: Part, look: Look) -> None:
    """Tell what is wrong with a header: cut short as by a broken download, at odds with the file, or unreadable."""
    text = re.sub(rf"^{re.escape(part.file.name)}\W{{0,2}}", "", problem)
    is_short = _SHORT.search(text) or ("its header speaks of" in text and _is_short(text))
    rule = "header-cut-short" if is_short else "header-lies" if _LIES.search(text) else "header-unreadable"
    look.say(rule, part.place, "", text)


def _is_short(text: str) -> bool:
    """Return whether a file holds less than its header speaks of, as one does that was not fetched to its end."""
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text.rpartition("holds")[2])]
    return len(numbers) == 2 and numbers[0] < numbers[1]


def _raw_header(part: Part, look: Look) -> None:
    """Look at the texts of a header that cannot be read as one."""
    length = min(int.from_bytes(take(part.file, 0, 8), "little"), MAX_HEADER_BYTES, part.file.size_bytes - 8)
    if length > 0:
        head = take(part.file, 8, 8 + min(length, MAX_TEXT_CHARS)).decode("utf-8", "replace")
        secrets.read(head, part.at("header"), look)


def _metadata(told: dict[str, str], part: Part, look: Look) -> None:
    """Look into the texts of a header: templates, pickles as text, addresses, code."""
    for key, whole in told.items():
        place, text = part.at(key), whole[:MAX_TEXT_CHARS]
        if len(whole) > MAX_TEXT_CHARS:
            look.say("metadata-long", place, f"{len(whole):,}", key)
        if "chat_template" in key and templates.is_template(text):
            templates.read(text, place, look)
        elif text.startswith(("{", "[")):
            configs.read_json(text, Part(part.file, f"{key}.json", place, part.depth + 1), look)
        else:
            configs.read_json(
                f'{{"{key if key.isidentifier() else "value"}": {_quoted(text)}}}',
                Part(part.file, key, place, part.depth + 1),
                look,
            )
            if _CODE.search(text):
                look.say("metadata-code", place, text, key)
        secrets.read(text, place, look)


_CODE = re.compile(
    r"__import__\s*\(|\b(?:exec|eval)\s*\(\s*[\w.'\"]{1,40}|\bos\.(?:system|popen)\s*\(|\bsubprocess\.\w{3,12}\s*\(|<script\b|\bcurl\s[^\n|]{1,200}\|\s*(?:ba)?sh",
    re.IGNORECASE,
)


def _quoted(text: str) -> str:
    import msgspec  # noqa: PLC0415  # only metadata asks

    return msgspec.json.encode(text).decode()


def _hidden(index: TensorIndex, part: Part, look: Look) -> None:
    """Look at the first bytes of tensors of single bytes, in which a program or a pickle fits as it is."""
    for tensor in [tensor for tensor in index.tensors if tensor.dtype in {"U8", "I8"} and tensor.start >= 0][:MAX_TENSORS]:
        inner = FilePart(part.file, tensor.start, tensor.stop - tensor.start)
        kind = kind_of(inner)
        if kind in RUNS:
            look.say("hidden-in-tensor", part.at(tensor.name), kind, tensor.name, kind)
        elif kind in {"pickle", "zip", "tar", "gzip"}:
            look.into(part.within(inner, tensor.name))


def read_gguf(part: Part, look: Look) -> None:
    """Note what the keys of a GGUF header carry: templates above all."""
    try:
        told = gguf.TENSORS.metadata_of(part.file)
    except (WeightsError, OSError) as error:
        _tell_header(str(error), part, look)
        return
    _metadata({key: value for key, value in told.items() if isinstance(value, str)}, part, look)
    for key, value in told.items():
        if isinstance(value, list):
            for text in [item for item in value if isinstance(item, str) and templates.is_template(item)]:
                templates.read(text, part.at(key), look)
    try:
        index = gguf.TENSORS.index(part.file)
    except WeightsError as error:
        _tell_header(str(error), part, look)
        return
    for skipped in index.skipped:
        look.say("trailing-bytes", part.place, skipped.reason, skipped.reason)


def read_npy(part: Part, look: Look) -> None:
    """Look into an array of objects, which is a pickle after a header."""
    head = take(part.file, 0, min(part.file.size_bytes, 12))
    begin = 10 if head[6:7] == b"\1" else 12
    length = int.from_bytes(head[8:begin], "little")
    told = take(part.file, begin, min(begin + min(length, MAX_NPY_HEADER_BYTES), part.file.size_bytes))
    if _PLAIN_OBJECT.search(told) or (_FIELDS.search(told) and _OBJECT.search(told)):
        pickles.read(part, look, start=begin + length)
    elif b"__" in told or (
        b"(" in told.replace(b"(", b"", told.count(b"'shape': (") + told.count(b'"shape": (')) and b"lambda" in told
    ):
        look.say("header-lies", part.place, told[:80].decode("latin-1"), "its header is no plain dictionary")
    elif begin + length < part.file.size_bytes and head[:6] == npz.MAGIC:
        start = take(part.file, begin + length, min(begin + length + 2, part.file.size_bytes))
        if start[:1] == b"\x80" and not _PLAIN.search(told):
            pickles.read(part, look, start=begin + length, is_sure=False)


_PLAIN = re.compile(rb"['\"]descr['\"]\s*:\s*['\"][<>|=]?[fiubcSUV?]")


def read_onnx(part: Part, look: Look) -> None:
    """Note values that an ONNX graph keeps in files outside of its folder, and what its texts carry."""
    for at in range(0, part.file.size_bytes, BLOCK_BYTES):
        block = take(part.file, at, min(at + BLOCK_BYTES + 300, part.file.size_bytes))
        look.budget.check_time()
        for match in _LOCATION.finditer(block):
            name = block[match.end() : match.end() + match[1][0]].decode("utf-8", "replace").replace("\\", "/")
            if name.startswith("/") or _OUT.search(name) or re.match(r"[A-Za-z]:", name):
                look.say("graph-file-outside", part.at(at + match.start()), name, name)
