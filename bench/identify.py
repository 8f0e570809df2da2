"""How well structures are told: ``python bench/identify.py`` after ``scripts/collect_structures.py bench/out/structures``.

Four folds. In each a quarter of all structures and a quarter of all families of model types are held out: equal names and
shapes never straddle, whatever the number of layers, and no type of a held-out family is learned. Confidence of a fold is
judged by what the other folds showed. Then, with what the package ships: checkpoints from packages (``bench/real_families.py``
fetches them), weights of ``--shared``, timm's published list.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from structure_learning import Example, cached, families  # noqa: E402  # the scripts are beside, no package
from structure_trials import FOLDS, VIEWS, Trial, fold_of, how_many, trials  # noqa: E402
from train_structure import JUDGED, covered, current, judged, of_known, popularity, threshold, vocabularies  # noqa: E402

from filiation.core.errors import FiliationError  # noqa: E402
from filiation.knowledge import load  # noqa: E402
from filiation.structure.answers import identified  # noqa: E402
from filiation.structure.identity import identify  # noqa: E402
from filiation.structure.model import knowledge  # noqa: E402
from filiation.structure.ranking import TOKENS_TELL, chance  # noqa: E402
from filiation.weights.checkpoint import open_checkpoint  # noqa: E402

SEEN = {"all": "names and shapes", "names": "names alone", "shapes": "shapes alone"}
BERTS = ("minilm", "MiniLM")
ENDINGS = (".pt", ".pth", ".tar", ".onnx", ".jit", ".safetensors", ".tflite", ".h5")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--structures", type=Path, default=ROOT / "bench/out/structures")
    parser.add_argument(
        "--most", type=int, default=400, help="structures tried in each fold, and half as many of types held out"
    )
    parser.add_argument("--only", choices=("folds", "real"))
    arguments = parser.parse_args()
    if arguments.only != "real":
        folds(arguments.structures, arguments.shared / "data", arguments.most)
    if arguments.only != "folds":
        real(arguments.shared / "data")
        timm(arguments.shared / "data")


def folds(folder: Path, data: Path, most: int) -> None:
    """Print accuracy on held-out structures, and how well unknown ones are told."""
    found = cached(folder)
    family = families(found)
    popular = data / "hub-2026-10/llmfit_models.jsonl.gz"
    start = _seconds()
    tokens = vocabularies(current(popular), family)
    tried = trials(found, family, popularity(popular, family), most, vocabularies=tokens)
    kinds = Counter(one.library for one in found if one.variant == "native")
    print(f"{len(found):,} examples of {dict(kinds)} structures")
    print(f"{len(family):,} model types in {len(set(family.values())):,} families of the same names")
    print(f"{len(tried):,} trials, {_seconds() - start:.0f} s of processor time, learning four times included\n")
    print("held-out structures of known types            model type  up to same names  architecture  task")
    print("  DARA, as committed                                94 %                         50 %   54 %")
    print("  DARA, as claimed                                  94 %                       > 70 % > 70 %")
    for view in VIEWS:
        _accuracies(SEEN[view], [one for one in tried if one.view == view and one.known])
    own = [one for one in tried if one.view == "all" and one.known]
    _accuracies("all, and the type that is stated", own, "told ")
    _accuracies("gguf, and the type that is stated", [one for one in own if one.example.variant == "gguf"], "told ")
    print(f"  with the numbers of tokens of current models, which drawn ones lack: type {_mean(own, 'current type'):.1%}")
    _among(tried)
    for library in ("transformers", "timm", "diffusers"):
        _accuracies(
            f"all, {library}", [one for one in tried if one.view == "all" and one.known and one.example.library == library]
        )
    for variant in sorted({one.example.variant for one in tried}):
        _accuracies(
            f"all, {variant}", [one for one in tried if one.view == "all" and one.known and one.example.variant == variant]
        )
    _by_tokens(popular, family)
    _types_of_dara(found, family, data, most)
    _as_on_the_hub(tried, data)
    _strangers(tried)
    _sure_enough(tried)


def _seconds() -> float:
    """Return the processor time of this process and of those that it started and that ended."""
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _types_of_dara(found: Sequence[Example], family: dict[str, int], data: Path, most: int) -> None:
    """Print accuracies where only the types of DARA's published graphs are learned: as there, no other can be the answer."""
    path = data / "naming/dara_graphs_681.json.gz"
    if not path.exists():
        return
    names = {one["model_type"] for one in json.loads(gzip.decompress(path.read_bytes()))}
    own = [one for one in found if one.model_type in names]
    tried = trials(own, family, {}, most, closed=True)
    print(f"  the {len({one.model_type for one in own})} types of DARA's graphs alone, learned and tried")
    for view in VIEWS:
        _accuracies(f"  {SEEN[view]}", [one for one in tried if one.view == view])
        _accuracies(
            f"  {SEEN[view]}, as written", [one for one in tried if one.view == view and one.example.variant == "native"]
        )


def _mean(own: Sequence[Trial], what: str) -> float:
    return float(np.mean([one.right[what] for one in own]))


def _among(tried: Sequence[Trial]) -> None:
    """Print how often the right answer is among those that are given together, and how many these are; by the other folds."""
    print(
        "  answered together, for nine of ten: share right, answers, of one answer only    type      architecture          task"
    )
    for view in VIEWS:
        cells = []
        for what in ("type", "architecture", "task"):
            inside, counts = [], []
            for fold in range(FOLDS):
                least = covered([one for one in tried if one.fold != fold])[f"{what} {view}"]
                for one in of_known([one for one in tried if one.fold == fold], what, view):
                    inside.append(one.before[what] < least)
                    counts.append(how_many(one.shares[what], least))
            cells.append(f"{np.mean(inside):.1%} {np.mean(counts):.2f} {np.mean(np.array(counts) == 1):.0%}")
        print(f"    {SEEN[view]:30} {'    '.join(cells)}")


def _by_tokens(path: Path, family: dict[str, int]) -> None:
    """Print how often the number of tokens tells current models of types whose tensors have the same names apart."""
    kin = Counter(family.values())
    models = [one for one in current(path) if kin[family.get(str(one.get("architecture")), -1)] > 1 and one.get("vocab_size")]
    groups = {
        "publishers held out": lambda one: one["provider"],
        "tokens, width and layers held out": lambda one: (one["vocab_size"], one["hidden_size"], one["num_hidden_layers"]),
    }
    print(
        f"  {len(models):,} current models of types with kin of the same names: by how many models are of each, by tokens too"
    )
    for title, group in groups.items():
        right, fold = [], [fold_of(str(group(one))) for one in models]
        for held in range(FOLDS):
            learned = [one for one, number in zip(models, fold, strict=True) if number != held]
            popular, tokens = Counter(one["architecture"] for one in learned), vocabularies(learned, family)
            for one in (one for one, number in zip(models, fold, strict=True) if number == held):
                own = [name for name in sorted(popular) if family[name] == family[one["architecture"]]]
                liked = np.array([0.2 * np.log1p(popular[name]) for name in own] or [0.0])
                count = tokens.get(one["vocab_size"], {})
                told = liked + TOKENS_TELL * np.log1p([count.get(name, 0) for name in own] or [0.0])
                right.append([bool(own) and own[int(np.argmax(by))] == one["architecture"] for by in (liked, told)])
        print(f"    {title:40} {'  '.join(f'{share:.1%}' for share in np.mean(right, axis=0))}")


def _accuracies(title: str, own: Sequence[Trial], heard: str = "") -> None:
    if not own:
        return
    cells = []
    for what in ("type", "family", "architecture", "task"):
        asked = [one for one in own if what in {"type", "family"} or getattr(one.example, what)]
        key = what if what == "family" else heard + what
        cells.append(f"{100 * _mean(asked, key):5.1f} %" if asked else "      -")
    print(f"  {title:34} {len(own):6,}       {cells[0]}           {cells[1]}       {cells[2]} {cells[3]}")


def _as_on_the_hub(tried: Sequence[Trial], data: Path) -> None:
    """Print accuracies with each architecture counted as often as 8,650 models of the Hub have it."""
    path = data / "hub-2024-07/models_full_8650.jsonl.gz"
    if not path.exists():
        return
    counts: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            counts.update((json.loads(line).get("config") or {}).get("architectures") or [])
    own: defaultdict[str, list[Trial]] = defaultdict(list)
    for one in tried:
        if one.known and one.view == "all" and one.example.variant == "native" and one.example.architecture in counts:
            own[one.example.architecture].append(one)
    weight = sum(counts[name] for name in own)
    total = sum(counts.values())
    print(f"\n  each class as often as {total:,} models have it ({len(own)} classes tried, {weight / total:.0%} of those)")
    for what in ("type", "family", "architecture", "task"):
        right = sum(counts[name] * np.mean([one.right[what] for one in some]) for name, some in own.items())
        print(f"    {what:14} {right / weight:.1%}")


def _strangers(tried: Sequence[Trial]) -> None:
    """Print how well types that were never learned are told, by judges fitted on the other folds."""
    print("\ntypes held out                     AUROC  known kept  unknown told  balanced  type right, ECE, if named  by head")
    for view in VIEWS:
        own = [one for one in tried if one.view == view]
        sure, kept, named = {}, {True: [], False: []}, []
        for fold in range(FOLDS):
            others = [one for one in tried if one.fold != fold]
            judges = {f"{what} {view}": judged(others, what, view) for what in JUDGED}
            at = threshold(others, judges, view)
            for one in (one for one in own if one.fold == fold):
                known = chance(judges[f"family {view}"], one.signs["family"])
                sure[id(one)] = known
                kept[one.known].append(known >= at)
                if known >= at:
                    named.append((min(known, chance(judges[f"type {view}"], one.signs["type"])), one.right["type"]))
        marks = [(sure[id(one)], one.known) for one in own]
        told = [1 - np.mean(kept[False]), np.mean(kept[True])]
        tasks = [one.right["head task"] for one in own if not one.known and one.example.task]
        print(
            f"  {SEEN[view]:32} {_auroc(marks):.3f}  {told[1]:10.1%}  {told[0]:12.1%}  {np.mean(told):8.1%}"
            f"  {np.mean([right for _, right in named]):17.1%}, {_ece(named):.3f}  {np.mean(tasks):12.1%}"
        )


def _sure_enough(tried: Sequence[Trial]) -> None:
    """Print how often a structure that is sure enough to contradict a name is of another family; judged by the other folds."""
    least = load("name_exceptions")["least"]["structure"]
    told: dict[bool, list[bool]] = {True: [], False: []}
    passed: dict[bool, int] = {True: 0, False: 0}
    for fold in range(FOLDS):
        judge = judged([one for one in tried if one.fold != fold], "family", "all")
        for one in (one for one in tried if one.fold == fold and one.view == "all"):
            passed[one.known] += 1
            if chance(judge, one.signs["family"]) >= least:
                told[one.known].append(one.right["family"])
    print(
        f"  known to {least}, enough to contradict a name: {len(told[True])} of {passed[True]} of known types,"
        f" {told[True].count(False)} of another family; {len(told[False])} of {passed[False]} of types held out"
    )


def _auroc(marks: Sequence[tuple[float, bool]]) -> float:
    from scipy.stats import rankdata

    ranks = rankdata([mark for mark, _ in marks])
    known = np.array([is_known for _, is_known in marks])
    count = known.sum()
    return float((ranks[known].sum() - count * (count + 1) / 2) / (count * (len(known) - count)))


def _ece(named: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error in ten equal steps of confidence."""
    sure, right = (np.array([one for one, _ in named]), np.array([right for _, right in named], dtype=float))
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(
        sum(abs(sure[bins == i].mean() - right[bins == i].mean()) * (bins == i).mean() for i in range(10) if (bins == i).any())
    )


def real(data: Path) -> None:
    """Print what is said of checkpoints from packages; of all but sentence encoders of BERT no type was learned."""
    places = [*(ROOT / "bench/out/real").glob("*/**/*"), *(data / "weights").glob("*/*")]
    paths = sorted(path for path in places if path.is_file() and path.name.endswith(ENDINGS))
    knowledge()
    outcomes: Counter[str] = Counter()
    print("\nreal checkpoints                                              model type, confidence; architecture; task")
    for path in paths:
        expected = "bert" if any(word in str(path) for word in BERTS) else None
        try:
            with open_checkpoint(path) as checkpoint:
                answer = identified(checkpoint)
        except FiliationError as error:
            outcomes["not read"] += 1
            print(f"  {path.name[:48]:50} not read: {error}")
            continue
        right = answer.model_type.value == expected
        outcomes[f"{'known' if expected else 'unknown'} {'right' if right else 'wrong'}"] += 1
        if expected or not right:
            said = f"{answer.model_type.value} {answer.model_type.confidence:.2f}; {answer.architecture.value}"
            print(f"  {path.name[:48]:50} {said}; {answer.task.value} (known {answer.known:.2f}, {answer.format})")
    print(f"  {dict(outcomes)}")


def timm(data: Path) -> None:
    """Print how many of the architectures that timm publishes weights for are known exactly, and how long an answer takes."""
    path = data / "pypi/timm-1.0.31_pretrained_cfgs.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            names = {json.loads(line)["name"].partition(".")[0] for line in lines}
        exact = {name for some in knowledge().told.exact.values() for name in some}
        print(f"\ntimm publishes weights of {len(names):,} architectures; {len(names & exact):,} are told by their tensors")
    layer = {
        "self_attn.q_proj": (4096, 4096),
        "self_attn.k_proj": (1024, 4096),
        "mlp.up_proj": (14336, 4096),
        "mlp.down_proj": (4096, 14336),
    }
    tensors = [(f"model.layers.{i}.{name}.weight", shape) for i in range(80) for name, shape in layer.items()]
    start = time.process_time()
    for _ in range(20):
        identify(tensors)
    print(f"an answer on {len(tensors)} tensors takes {(time.process_time() - start) / 20 * 1000:.1f} ms of processor time")


if __name__ == "__main__":
    main()
