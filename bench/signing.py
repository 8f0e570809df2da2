"""Sign and verify 2 GB: ``python bench/signing.py [--gigabytes 2] [--model-signing COMMAND]``.

A folder of random weights with a card, a licence and settings is made, and signed with a key made for it.

1. What happens to it (one byte changed, a file added, removed, renamed, a signature from elsewhere), and what the four answers
   say, beside what model-signing's own command line says of the same folder and signature.
2. What is read again with `--hashes` after one file changed: by our own count, and by the kernel's (``/proc/self/io``).
3. How long it takes beside ``sha256sum`` and model-signing's command line, each in a process of its own, turn by turn; seconds
   of the processor first, since the machine may have other work.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.signing.answers import Verified
from filiation.signing.hash_store import HashStore
from filiation.signing.keys import pem
from filiation.signing.proof import Trust
from filiation.signing.signature import sealed_with_key, sign_folder
from filiation.signing.verification import verify

SHARDS = 8
OURS = (sys.executable, "-c", "from filiation.cli import main; main()")
SETTLING = 2.1
"""Seconds until the hash of a new file is kept."""


class Keys(NamedTuple):
    """A key made for this run, private and public, in PEM files."""

    private: Path
    public: Path


def main() -> None:
    """Make the folder, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--model-signing", default=str(Path(sys.executable).with_name("model_signing")))
    parser.add_argument("--place", type=Path, help="where to make the folder (default: a temporary one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.place) as place:
        keys = made_keys(Path(place) / "ours"), made_keys(Path(place) / "theirs")
        model = made_model(Path(place) / "acme" / "story", int(given.gigabytes * 1e9))
        what_happens(model, *keys, given.model_signing)
        read_again(model, keys[0], Path(place) / "hashes.db")
        speed(model, keys[0], given.model_signing)


def made_keys(path: Path) -> Keys:
    """Make a key on the curve P-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = path.with_suffix(".pem"), path.with_suffix(".pub")
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    public.write_bytes(pem(key.public_key()))
    return Keys(private, public)


def made_model(folder: Path, size_bytes: int) -> Path:
    """Make a model's folder of about so many bytes."""
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# A story\n")
    (folder / "LICENSE").write_text("MIT License\n")
    (folder / "config.json").write_text("{}")
    (folder / "original").mkdir()
    (folder / "original" / "params.json").write_text("{}")
    rng = np.random.default_rng(20261122)
    for number in range(1, SHARDS + 1):
        name = f"model-{number:05}-of-{SHARDS:05}.safetensors"
        rng.integers(0, 256, size_bytes // SHARDS, dtype=np.uint8).tofile(folder / name)
    return folder


def what_happens(model: Path, ours: Keys, theirs: Keys, peer: str) -> None:
    """Print the four answers for each thing that may happen to a signed folder; everything is put back after."""
    signed(model, ours)
    shard, card = model / f"model-00003-of-{SHARDS:05}.safetensors", model / "README.md"
    aside, elsewhere = model.parent / "aside", model.parent / "elsewhere.sig"
    other = made_model(model.parent.parent / "zeta" / "tale", 80_000)
    elsewhere.write_bytes(signed(other, theirs).read_bytes())
    own = (model / "model.sig").read_bytes()
    cases: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("as it was signed", lambda: None, lambda: None),
        ("one byte changed", lambda: flipped(shard), lambda: flipped(shard)),
        ("a file added", lambda: (model / "new.py").write_text("x"), (model / "new.py").unlink),
        ("a file removed", lambda: card.rename(aside), lambda: aside.rename(card)),
        ("a file renamed", lambda: card.rename(model / "CARD.md"), lambda: (model / "CARD.md").rename(card)),
        (
            "a signature from elsewhere",
            lambda: (model / "model.sig").write_bytes(elsewhere.read_bytes()),
            lambda: (model / "model.sig").write_bytes(own),
        ),
    ]
    print(f"{'what happened':46}{'valid':7}{'identity':11}{'coverage':10}{'what is named':52}model-signing")
    for name, happen, undo in cases:
        happen()
        answers = [("", verify(model, Trust(key=ours.public)))]
        if "elsewhere" in name:
            answers.append((" (their key given)", verify(model, Trust(key=theirs.public))))
        for given, answer in answers:
            key = theirs if given else ours
            done = subprocess.run(peers(peer, model, key), capture_output=True, text=True, check=False)
            said = "succeeds" if done.returncode == 0 else (done.stderr + done.stdout).strip().splitlines()[-1][:60]
            four = f"{answer.valid!s:7}{answer.identity.standing:11}{answer.extent or '-':10}"
            print(f"{name + given:46}{four}{named(answer):52}{said}")
        undo()
    again = verify(model, Trust(key=ours.public))
    print(f"put back: {'all four good' if again.is_good() else 'not as before'}\n")


def named(answer: Verified) -> str:
    """Return the files that an answer names, in a few words."""
    fields = ("changed_files", "missing_files", "unsigned_files")
    told = [f"{field.split('_')[0]} {len(getattr(answer, field))}" for field in fields if getattr(answer, field)]
    told += [f"renamed {item.from_} -> {item.to}" for item in answer.renamed_files[:1]]
    return ", ".join(told) or f"{len(answer.covered)} files as signed"


def read_again(model: Path, keys: Keys, kept: Path) -> None:
    """Print what is read with a store of hashes: at first, again, and after one file changed."""
    time.sleep(SETTLING)
    shard = model / f"model-00005-of-{SHARDS:05}.safetensors"
    size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    print(f"{'verified with --hashes':28}{'seconds':>9}{'bytes by our count':>22}{'by the kernel':>16}  files read")
    for name, before in (
        ("at first", lambda: None),
        ("again", lambda: None),
        ("after one byte changed", lambda: flipped(shard)),
    ):
        before()
        clock, read = time.process_time(), bytes_of_kernel()
        with HashStore(kept) as store:
            answer = verify(model, Trust(key=keys.public), store=store)
        seconds, kernel = time.process_time() - clock, bytes_of_kernel() - read
        files = ", ".join(answer.files_read) if len(answer.files_read) < 3 else f"{len(answer.files_read)} files"
        print(f"{name:28}{seconds:9.2f}{answer.bytes_read:22,}{kernel:16,}  {files or 'none'}")
    flipped(shard)
    print(f"the folder holds {size:,} bytes; the changed file {shard.stat().st_size:,}\n")


def speed(model: Path, keys: Keys, peer: str) -> None:
    """Print how long each takes, in turns."""
    files = [str(path) for path in sorted(model.rglob("*")) if path.is_file()]
    theirs = model.parent / "theirs.sig"
    sign = ["sign", "key", str(model), "--signature", str(theirs), "--private_key", str(keys.private)]
    ways: list[tuple[str, list[str]]] = [
        ("sha256sum", ["sha256sum", *files]),
        ("filiation sign", [*OURS, "sign", str(model), "--key", str(keys.private)]),
        ("filiation verify", [*OURS, "verify", str(model), "--key", str(keys.public)]),
        ("model_signing sign", [peer, *sign]),
        ("model_signing verify", peers(peer, model, keys)),
    ]
    size = sum(Path(path).stat().st_size for path in files)
    print(f"{size / 1e9:.2f} GB in {len(files)} files, {os.cpu_count()} cores; the least of three turns")
    best: dict[str, tuple[float, float, int]] = {}
    for _ in range(3):
        for name, command in ways:
            if shutil.which(command[0]):
                best[name] = min(best.get(name, (9e9, 9e9, 0)), measured(command))
    base = best["sha256sum"][0]
    print(f"{'':24}{'processor s':>12}{'x sha256sum':>13}{'wall s':>9}{'peak MB':>9}")
    for name, (processor, wall, peak) in best.items():
        print(f"{name:24}{processor:12.2f}{processor / base:13.2f}{wall:9.2f}{peak:9,}")


def measured(command: Sequence[str]) -> tuple[float, float, int]:
    """Return the seconds of the processor and of the clock that a command takes, and its peak memory in MB."""
    clock = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done, peak = 0, 0
    while not done:
        time.sleep(0.02)
        peak = max(peak, peak_of(process.pid))  # what wait4 tells begins with the memory of whoever forked
        done, status, used = os.wait4(process.pid, os.WNOHANG)
    wall = time.perf_counter() - clock
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed")
    return used.ru_utime + used.ru_stime, wall, peak >> 10


def peak_of(pid: int) -> int:
    """Return the peak memory of a process in kB, 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def peers(peer: str, model: Path, keys: Keys) -> list[str]:
    """Return the command that verifies in model-signing's own way."""
    return [peer, "verify", "key", str(model), "--signature", str(model / "model.sig"), "--public_key", str(keys.public)]


def signed(model: Path, keys: Keys) -> Path:
    """Sign a folder, and return the signature."""
    from filiation.signing.keys import private_key

    return Path(sign_folder(model, sealed_with_key(private_key(keys.private))).signature)


def flipped(path: Path) -> None:
    """Change one byte in the middle of a file; a second time puts it back."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def bytes_of_kernel() -> int:
    """Return how many bytes this process has read, as the kernel counts them."""
    return int(Path("/proc/self/io").read_text().split()[1])


if __name__ == "__main__":
    main()
