"""Change bytes of small files and read them, for as long as you like: ``python bench/fuzz_formats.py --seconds 600 --seed 1``.

The files are those of the tests: each module in ``tests/formats`` that has ``TENSORS`` and files in ``GOOD``, ``SMALL``,
``LIES`` or ``SEEDS``. Only a WeightsError may come out, soon. What breaks a reader, or takes it more than a second, is kept in
``bench/out/fuzz`` and makes the exit code 1; a test should follow.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.core.tensor import TensorFormat

ROOT = Path(__file__).parent.parent
OUT = ROOT / "bench" / "out" / "fuzz"
NUMBERS = (0, 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63, 2**64 - 1)
MAX_VALUES = 1 << 22
MAX_SEED_BYTES = 1 << 16
SLOW_SECONDS = 1.0


def seeds() -> Iterator[tuple[TensorFormat, list[bytes]]]:
    """Yield each format that the tests have files for, with the files."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "formats")]
    for path in sorted((ROOT / "tests" / "formats").glob("test_*.py")):
        module = import_module(path.stem)
        files = [file for name in ("GOOD", "SMALL", "LIES", "SEEDS") for file in contents(getattr(module, name, ()))]
        files = [file for file in files if 0 < len(file) <= MAX_SEED_BYTES]
        if files and hasattr(module, "TENSORS"):
            yield module.TENSORS, files


def contents(found: object) -> list[bytes]:
    """Return the files that a constant of a test holds: bytes, or something of bytes."""
    if isinstance(found, bytes | bytearray):
        return [bytes(found)]
    if isinstance(found, Mapping):
        return [file for value in found.values() for file in contents(value)]
    if isinstance(found, list | tuple):
        return [file for value in found for file in contents(value)]
    return contents(found.content) if hasattr(found, "content") else []


def changed(chance: random.Random, file: bytes, files: list[bytes]) -> bytes:
    """Return `file` with a few bytes overwritten, left out, doubled or taken from another."""
    content = bytearray(file)
    for _ in range(chance.randint(1, 8)):
        if not content:
            break
        at = chance.randrange(len(content))
        other = chance.choice(files)
        begin = chance.randrange(len(other))
        match chance.randrange(6):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                content[at] ^= 1 << chance.randrange(8)
            case 2:
                number = chance.choice([*NUMBERS, len(content), chance.randrange(1 << 20)])
                width = chance.choice([2, 4, 8])
                content[at : at + width] = (number & ((1 << (8 * width)) - 1)).to_bytes(width, chance.choice(["little", "big"]))
            case 3:
                del content[at : at + chance.randint(1, 12)]
            case 4:
                content[at:at] = content[begin : begin + chance.randint(1, 30)]
            case _:
                content[at:at] = other[begin : begin + chance.randint(1, 40)]
    return bytes(content)


def read(form: TensorFormat, content: bytes, name: str) -> bool:
    """Return whether all of it was read; False if it was refused."""
    from file_of_bytes import Held

    file = Held(content, name)
    try:
        form.recognises(file)
        for tensor in form.index(file).tensors:
            if tensor.size <= MAX_VALUES:
                got = sum(len(block) for block in form.values(file, tensor))
                if got != tensor.size:
                    raise AssertionError(f"{got} values of {tensor.size}")
    except WeightsError:
        return False
    return True


def main() -> int:
    """Run until the time is over; return 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a format's name")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    chance = random.Random(asked.seed)
    formats = [(form, files) for form, files in seeds() if asked.only in form.name]
    counts = {form.name: [0, 0, 0.0] for form, _ in formats}
    found = 0
    end = time.monotonic() + asked.seconds
    while time.monotonic() < end:
        form, files = chance.choice(formats)
        content = changed(chance, chance.choice(files), files)
        count = counts[form.name]
        begun = time.process_time()
        broken = False
        try:
            count[1] += read(form, content, "x" + chance.choice(form.suffixes))
        except Exception:  # whatever it is, it is what we look for
            traceback.print_exc()
            broken = True
        count[0] += 1
        taken = time.process_time() - begun
        count[2] = max(count[2], taken)
        if broken or taken > SLOW_SECONDS:
            found += 1
            OUT.mkdir(parents=True, exist_ok=True)
            path = OUT / f"{form.name}-{asked.seed}-{count[0]}"
            path.write_bytes(content)
            print(f"{'broken' if broken else f'{taken:.1f} s'}: {path}", flush=True)
    for name, (tried, whole, slowest) in counts.items():
        print(f"{name:<16}{tried:>9,} files, {whole:>8,} of them read, slowest {slowest:.2f} s")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
