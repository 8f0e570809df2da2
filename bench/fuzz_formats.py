"""Change bytes of small files and read them: ``python bench/fuzz_formats.py [--seconds 180] [--seed 0] [FILE ...]``.

The files are those of the tests, good ones and some that lie: each module in ``tests/formats`` that has files in ``GOOD`` or
``LIES``; or those that are given. Each format gets as much of the processor's time. A file must be read or refused with a
sentence, soon, within 4 GB; what breaks a reader, or takes it more than a second, is kept in ``bench/out/fuzz`` and makes the
exit code 1; a test should follow.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, TensorFormat
from filiation.formats.tensor_formats import format_of

ROOT = Path(__file__).parent.parent
OUT = ROOT / "bench" / "out" / "fuzz"
NUMBERS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
MAX_VALUES = 1 << 22
MAX_SEED_BYTES = 1 << 16
SLOW_SECONDS = 1.0
GOOD_SHARE = 0.9


class Seeds(NamedTuple):
    """Files to start from: good ones, and some that lie."""

    form: TensorFormat
    good: list[bytes]
    lies: list[bytes]

    def one(self, chance: random.Random) -> bytes:
        """Return one of them, mostly a good one."""
        return chance.choice(self.good if not self.lies or chance.random() < GOOD_SHARE else self.lies)


def seeds(given: list[Path]) -> dict[str, Seeds]:
    """Return the files that are given, or those of the tests, by the names of their formats."""
    from file_of_bytes import Held

    found: dict[str, Seeds] = {}
    for lies, file in [(False, path.read_bytes()) for path in given] or from_tests():
        form = format_of(Held(file)) if file and (given or len(file) <= MAX_SEED_BYTES) else None
        if form is not None:
            found.setdefault(form.name, Seeds(form, [], []))[1 + lies].append(file)
    return {name: files for name, files in found.items() if files.good}


def from_tests() -> Iterator[tuple[bool, bytes]]:
    """Yield the files of the tests, and whether each lies."""
    for path in sorted((ROOT / "tests" / "formats").glob("test_*.py")):
        module = import_module(path.stem)
        for lies, name in enumerate(("GOOD", "LIES")):
            yield from ((bool(lies), file) for file in contents(getattr(module, name, ())))


def contents(found: object) -> Iterator[bytes]:
    """Yield the files that a constant of a test holds: bytes, or something of bytes."""
    if isinstance(found, bytes | bytearray):
        yield bytes(found)
    elif isinstance(found, Mapping | list | tuple):
        for value in found.values() if isinstance(found, Mapping) else found:
            yield from contents(value)


def changed(chance: random.Random, files: Seeds) -> bytes:
    """Return a file with a few bytes overwritten, left out, doubled or taken from another, oftener near its two ends."""
    content = bytearray(files.one(chance))
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        if not content:
            break
        at = min(int(chance.expovariate(1 / 600)), len(content) - 1)
        at = chance.choice([at, len(content) - 1 - at, chance.randrange(len(content))])
        other = files.one(chance)
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


def is_read(form: TensorFormat, content: bytes, name: str) -> bool:
    """Return whether all of it was read; False if it was refused."""
    from file_of_bytes import Held

    file = Held(content, name)
    try:
        form.recognises(file)
        for tensor in form.index(file).tensors:
            if tensor.size <= MAX_VALUES:
                count = 0
                for block in form.values(file, tensor):
                    count += len(block)
                    if block.dtype != np.float32 or len(block) > BLOCK:
                        raise AssertionError(f"a block of {len(block)} values of {block.dtype}")
                if count != tensor.size:
                    raise AssertionError(f"{count} values of {tensor.size}")
    except WeightsError:
        return False
    return True


def tried(files: Seeds, seconds: float, seed: int) -> int:
    """Change and read files until the time is over, print how it went, and return how many broke the reader."""
    form = files.form
    chance = random.Random(f"{seed} {form.name}")
    count = read = found = 0
    slowest = 0.0
    end = time.process_time() + seconds
    while time.process_time() < end:
        content = changed(chance, files)
        begun = time.process_time()
        broken = False
        try:
            read += is_read(form, content, "x" + chance.choice(form.suffixes))
        except Exception:  # whatever it is, it is what we look for
            traceback.print_exc()
            broken = True
        count += 1
        taken = time.process_time() - begun
        slowest = max(slowest, taken)
        if broken or taken > SLOW_SECONDS:
            found += 1
            OUT.mkdir(parents=True, exist_ok=True)
            path = OUT / f"{form.name}-{seed}-{count}"
            path.write_bytes(content)
            print(f"{'broken' if broken else f'{taken:.1f} s'}: {path}", flush=True)
    refused = count - read - found
    print(
        f"{form.name:<16}{len(files.good):>6}{count:>10,}{read:>9,}{refused:>10,}{found:>6}{1e3 * slowest:>13.1f}", flush=True
    )
    return found


def main() -> int:
    """Try each format; return 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="good files, instead of those of the tests")
    parser.add_argument("--seconds", type=float, default=60, help="of the processor, for all formats together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a format's name")
    asked = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "formats")]
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ResourceWarning)
    formats = [files for name, files in sorted(seeds(asked.files).items()) if asked.only in name]
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    print(f"{'format':<16}{'good':>6}{'changed':>10}{'read':>9}{'refused':>10}{'else':>6}{'slowest, ms':>13}")
    found = sum(tried(files, asked.seconds / len(formats), asked.seed) for files in formats)
    print(f"most memory held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MB")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
