"""Write the suites that come with filiation from text that every machine has: ``python scripts/make_suites.py``.

`python-docs`: a function's first sentence must find the rest of its documentation among that of all others. Read from the
source of this Python's standard library as a syntax tree; nothing of it is imported. `file-kinds`: which kind some bytes are.
Texts are the beginnings of files of this repository; archives, sounds, pictures and tables are written by the standard library
and numpy as they stand here. Which functions and files are taken is decided by a hash of their names.
"""

from __future__ import annotations

import ast
import base64
import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import platform
import re
import sqlite3
import struct
import subprocess
import sysconfig
import tarfile
import wave
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
INTO = ROOT / "src" / "filiation" / "measure" / "suites"
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
PAIRS = 200
EACH = 8
CUT_CHARS = 1_200
KINDS = {
    "python": "*.py",
    "typescript": "*.ts",
    "toml": "*.toml",
    "markdown": "*.md",
    "json": "*.json",
    "sql": "*.sql",
    "css": "*.css",
    "yaml": "*.y*ml",
    "svg": "*.svg",
    "jinja": "*.jinja",
    "html": "*.html",
    "javascript": "*.mjs",
    "makefile": "*Makefile",
    "shell": "*.sh",
    "csv": "*.csv",
}


def main() -> None:
    """Write both."""
    INTO.mkdir(exist_ok=True)
    pairs = sorted(_pairs(), key=lambda pair: _hash(pair[0]))[:PAIRS]
    samples = [f"[[sample]]\ntext = {json.dumps(query)}\nother = {json.dumps(rest)}\n" for query, rest in sorted(pairs)]
    head = DOCS.format(version=platform.python_version())
    (INTO / "python-docs.toml").write_text(head + "\n".join(samples), encoding="utf-8")
    kinds = list({raw: (label, raw) for label, raw in (*_texts(), *_made())}.values())
    samples = [f'[[sample]]\nlabel = "{label}"\nbase64 = "{base64.b64encode(raw).decode()}"\n' for label, raw in kinds]
    (INTO / "file-kinds.toml").write_text(FILES + "\n".join(samples), encoding="utf-8")
    terms = (LIBRARY / "LICENSE.txt").read_text(encoding="utf-8")
    start = terms.index("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2")
    (INTO / "PSF-2.0.txt").write_text(terms[start : terms.index("BEOPEN.COM LICENSE", start)].rstrip() + "\n", encoding="utf-8")
    print(len(pairs), "pairs,", len(kinds), "files")


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _pairs() -> Iterator[tuple[str, str]]:
    """Yield the first sentence and the rest of what documents a public function, class or method, each sentence once."""
    seen = set()
    for path in sorted(LIBRARY.glob("*.py")):
        if path.stem.startswith("_") or path.stem in ("this", "antigravity"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
                continue
            first, _, rest = (ast.get_docstring(node) or "").partition("\n\n")
            query, told = " ".join(first.split()), " ".join(rest.split())
            if 25 <= len(query) <= 120 and len(told) >= 80 and ">>>" not in told[:80] and query not in seen:
                seen.add(query)
                yield query, told[:400]


def _texts() -> Iterator[tuple[str, bytes]]:
    """Yield the beginnings of text files of this repository, whole lines of them."""
    for label, pattern in KINDS.items():
        listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
        taken = 0
        for name in sorted(listed.stdout.split(), key=_hash):
            raw = (ROOT / name).read_bytes()
            cut = raw if label == "json" and len(raw) <= 4_000 else raw[:CUT_CHARS].rpartition(b"\n")[0]
            if len(cut) >= 150 and b"\0" not in cut and taken < EACH and "corpus" not in name and "golden" not in name:
                taken += 1
                yield label, cut


def _made() -> Iterator[tuple[str, bytes]]:
    """Yield files that are written here, each kind with other contents."""
    words = re.findall(r"[a-z]{3,}", (LIBRARY / "this.py").read_text(encoding="utf-8").lower())
    for number in range(4):
        text = " ".join(words[number::3]).encode()
        yield "gzip", gzip.compress(text, mtime=0)
        yield "bzip", bz2.compress(text)
        yield "xz", lzma.compress(text)
        yield "zip", _zip(f"part{number}.txt", text)
        yield "tar", _tar(f"part{number}.txt", text)[:2_048]
        yield "wav", _wave(200 + 100 * number)
        yield "png", _png(8 + number)
        yield "sqlite", _database(f"part{number}")[:4_096]
        yield "npy", _array(number)
        yield "csv", _table(words, number)


def _zip(name: str, text: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), text)
    return held.getvalue()


def _tar(name: str, text: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        about = tarfile.TarInfo(name)
        about.size = len(text)
        archive.addfile(about, io.BytesIO(text))
    return held.getvalue()


def _wave(pitch: int) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(800) * pitch / 1_273) * 9_000).astype("<i2").tobytes())
    return held.getvalue()


def _png(size: int) -> bytes:
    rows = b"".join(b"\0" + bytes((x * y * 7) % 256 for x in range(size)) for y in range(size))
    parts = [(b"IHDR", struct.pack(">2I5B", size, size, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(one)) + kind + one + struct.pack(">I", zlib.crc32(kind + one)) for kind, one in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _database(name: str) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"create table {name} (id integer primary key, label text)")
        connection.execute(f"insert into {name} (label) values ('a'), ('b')")  # a name of ours
        return connection.serialize()


def _array(number: int) -> bytes:
    held = io.BytesIO()
    np.save(held, np.arange(64, dtype="f4").reshape(8, 8) * number)
    return held.getvalue()


def _table(words: list[str], number: int) -> bytes:
    held = io.StringIO()
    rows = csv.writer(held)
    rows.writerow(["word", "letters", "share"])
    rows.writerows([word, len(word), round(1 / (len(word) + number), 3)] for word in words[number::4])
    return held.getvalue().encode()[:1_500]


DOCS = """# Written by scripts/make_suites.py.
schema = "filiation/suite/v1"
name = "python-docs"
version = "1"
title = "Find the rest of a function's documentation by its first sentence"
task = "retrieval"
metrics = ["ndcg_at_10", "recall_at_1", "mrr_at_10"]

[dataset]
name = "python-docs"
split = "test"
source = "Standard library of Python {version}, what documents its functions; Copyright (c) 2001 Python Software Foundation"
license = "PSF-2.0"

[runners.onnxruntime]
max_tokens = 256

"""
FILES = """# Written by scripts/make_suites.py.
schema = "filiation/suite/v1"
name = "file-kinds"
version = "1"
title = "Which kind of file some bytes are"
task = "classification"
metrics = ["accuracy", "f1"]

[dataset]
name = "file-kinds"
split = "test"
source = "Beginnings of text files of filiation, and files written by the standard library of Python and numpy"
license = "MIT"

# First and last bytes as Magika takes them, and the order of its classes.
[runners.onnxruntime]
first = 1024
last = 1024
pad = 256
block = 4096
strip = true
labels = "config.min.json#/target_labels_space"

"""

if __name__ == "__main__":
    main()
