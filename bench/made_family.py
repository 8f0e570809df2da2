"""Makes five families of small language models whose descent is known, about two hundred checkpoints.

``python bench/made_family.py --out bench/out/family [--roots 2]``. Everything is seeded: the same machine makes the same
bytes. ``ROOT.jsonl`` in the folder says of each checkpoint its parents with their shares, the relation, what was done, and
when: a number that grows. A family that is there already is not made again. Three roots share one shape, two of them even
corpus and recipe; between roots nothing descends from anything.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from family_model import Shape, Weights, distil, fresh, logits, merged, train, train_adapter
from family_surgery import (
    copy,
    dare,
    extended,
    linear,
    permuted,
    pruned,
    rescaled,
    rounded,
    save,
    save_adapter,
    save_gguf,
    save_sharded,
    save_torch,
    slerp,
    stacked,
    task_arithmetic,
    ties,
)

ROOTS = {
    "ash": (Shape(), 11, "source"),
    "birch": (Shape(), 12, "source"),  # the same recipe, another seed
    "cedar": (Shape(), 13, "english"),
    "dogwood": (Shape("gpt2"), 14, "source"),
    "elm": (Shape(hidden=96, layers=3, inner=256), 15, "mail"),
}
PRETRAIN, RATE = 300, 2e-3
FINETUNES = {"english": 1e-3, "mail": 5e-4, "tables": 1e-3, "markup": 3e-4, "windows": 5e-4, "source": 5e-4}
STEPS = 40


@dataclass
class Family:
    """One root's checkpoints as they are made.

    Attributes:
        name: Of the root.
        out: Folder of all checkpoints.
        shape: Of its models.
        seed: Of its beginning.
        made: Weights in memory, by name, to go on from.
        truth: What was done, in order.
    """

    name: str
    out: Path
    shape: Shape
    seed: int
    made: dict[str, Weights] = field(default_factory=dict)
    truth: list[dict[str, object]] = field(default_factory=list)

    def note(self, relation: str, parents: dict[str, float], **more: object) -> str:
        """Write down what comes next, and return its name, which says nothing."""
        name = f"{self.name}-{len(self.truth):02}"
        self.truth.append({"name": name, "parents": parents, "relation": relation, "time": len(self.truth), **more})
        return name

    def add(self, weights: Weights, relation: str, parents: dict[str, float], **more: object) -> str:
        """Keep a checkpoint as safetensors."""
        name = self.note(relation, parents, **more)
        self.made[name] = weights
        save(self.out / name, weights, self.shape)
        return name

    def tune(self, parent: str, text: str, rate: float, only: tuple[str, ...] = (), steps: int = STEPS) -> Weights:
        """Return the parent's weights after more training."""
        return train(self.made[parent], self.shape, text, steps, rate, self.seed * 1000 + len(self.truth), only)


def make(name: str, out: Path) -> Family:
    """Make the family of one root."""
    shape, seed, text = ROOTS[name]
    family = Family(name, out, shape, seed)
    _run(family, text)
    root = f"{name}-02"
    tuned = [
        family.add(family.tune(root, about, rate), "finetune", {root: 1}, on=about)
        for about, rate in FINETUNES.items()
        if about != text
    ]
    _descend(family, root, tuned)
    _adapters(family, root)
    _merges(family, root, tuned)
    _surgery(family, root, tuned)
    _other_files(family, root, tuned)
    return family


def _run(family: Family, text: str) -> None:
    """Pretrain, keeping three checkpoints of the run; the last is the root."""
    weights = fresh(family.shape, family.seed)
    before: dict[str, float] = {}
    for part in range(3):
        weights = train(weights, family.shape, text, PRETRAIN // 3, RATE, family.seed * 1000 + part)
        before = {family.add(weights, "checkpoint" if before else "root", before, on=text): 1}


def _descend(family: Family, root: str, tuned: list[str]) -> None:
    last = family.shape.layers - 1
    stem = f"model.layers.{last}." if family.shape.style == "llama" else f"transformer.h.{last}."
    for parent, about in zip(tuned, ("numbers", "trials", "mail"), strict=False):
        child = family.add(family.tune(parent, about, 5e-4), "finetune", {parent: 1}, on=about)
    family.add(family.tune(child, "english", 5e-4), "finetune", {child: 1}, on="english")
    family.add(family.tune(root, "numbers", 1e-3, (stem,)), "partial-finetune", {root: 1}, layers=[last])
    family.add(family.tune(tuned[0], "trials", 1e-3, (stem,)), "partial-finetune", {tuned[0]: 1}, layers=[last])


def _adapters(family: Family, root: str) -> None:
    fused = family.shape.style == "gpt2"
    for about, rank, targets in (
        ("mail", 2, ("c_attn",) if fused else ("q_proj", "v_proj")),
        ("tables", 4, ("c_attn", "c_proj") if fused else ("q_proj", "k_proj", "v_proj", "o_proj")),
        ("windows", 8, ("c_fc",) if fused else ("gate_proj", "up_proj", "down_proj")),
    ):
        seed = family.seed * 1000 + len(family.truth)
        pairs = train_adapter(family.made[root], family.shape, about, STEPS, 3e-3, seed, targets, rank)
        adapter = family.note("adapter", {root: 1}, rank=rank, targets=[*targets])
        save_adapter(family.out / adapter, pairs, root, rank, targets)
        family.add(merged(family.made[root], pairs), "adapter-merged", {root: 1}, adapter=adapter, rank=rank)


def _merges(family: Family, root: str, tuned: list[str]) -> None:
    made, base = family.made, family.made[root]
    a, b, c, d = tuned[:4]

    def add(weights: Weights, method: str, shares: dict[str, float], **more: object) -> None:
        family.add(weights, "merge", shares, method=method, base=root, **more)

    add(linear([made[a], made[b]], [0.3, 0.7]), "linear", {a: 0.3, b: 0.7})
    add(linear([made[a], made[c], made[d]], [0.5, 0.3, 0.2]), "linear", {a: 0.5, c: 0.3, d: 0.2})
    add(linear([made[b], made[d]], [0.5, 0.5]), "linear", {b: 0.5, d: 0.5})
    add(task_arithmetic(base, [made[a], made[b]], [0.6, 0.5]), "task-arithmetic", {a: 0.6, b: 0.5})
    add(task_arithmetic(base, [made[b], made[c], made[d]], [0.4, 0.4, 0.4]), "task-arithmetic", {b: 0.4, c: 0.4, d: 0.4})
    add(slerp(made[a], made[c], 0.4), "slerp", {a: 0.6, c: 0.4})
    add(ties(base, [made[a], made[b]], [0.5, 0.5], 0.5), "ties", {a: 0.5, b: 0.5})
    add(dare(base, [made[b], made[c]], [0.5, 0.5], 0.5, family.seed), "dare", {b: 0.5, c: 0.5})
    depth = family.shape.layers
    halves = [(made[a], n) if n < depth / 2 else (made[b], n) for n in range(depth)]
    add(stacked(halves, family.shape, made[a]), "layers", {a: 0.5, b: 0.5})


def _surgery(family: Family, root: str, tuned: list[str]) -> None:
    made, shape = family.made, family.shape
    family.add(pruned(made[root], 0.5), "pruned", {root: 1}, share=0.5)
    family.add(pruned(made[tuned[1]], 0.3), "pruned", {tuned[1]: 1}, share=0.3)
    longer = extended(made[root], 16, family.seed)
    family.add(longer, "vocabulary-extended", {root: 1}, rows=16)
    depth = shape.layers
    fewer = [(made[root], n) for n in range(depth) if n != 1]
    family.add(stacked(fewer, shape, made[root]), "layer-dropped", {root: 1}, kept=[n for n in range(depth) if n != 1])
    more = [n for n in range(depth) for _ in range(2 if n in {1, depth - 2} else 1)]
    family.add(stacked([(made[root], n) for n in more], shape, made[root]), "upscaled", {root: 1}, layers=more)
    moved = permuted(made[root], shape, family.seed)
    stretched = rescaled(made[tuned[2]], shape, 1.7)
    _same_function(made[root], moved, shape)
    _same_function(made[tuned[2]], stretched, shape)
    family.add(moved, "converted", {root: 1}, how="permuted")
    family.add(stretched, "converted", {tuned[2]: 1}, how="rescaled")
    family.add(distil(made[root], shape, "source", STEPS * 2, RATE, family.seed + 500), "distilled", {}, teacher=root)


def _same_function(a: Weights, b: Weights, shape: Shape) -> None:
    tokens = torch.arange(48).reshape(1, -1)
    torch.testing.assert_close(logits(a, shape, tokens), logits(b, shape, tokens), rtol=1e-3, atol=1e-3)


def _other_files(family: Family, root: str, tuned: list[str]) -> None:
    made, shape, out = family.made, family.shape, family.out
    family.add(rounded(made[root], torch.float16), "quantized", {root: 1}, scheme="F16")
    family.add(rounded(made[tuned[0]], torch.bfloat16), "quantized", {tuned[0]: 1}, scheme="BF16")
    for parent, scheme in ((root, "Q8_0"), (root, "Q4_0"), (tuned[3], "Q5_0"), (tuned[1], "Q4_0")):
        save_gguf(out / family.note("quantized", {parent: 1}, scheme=scheme), made[parent], shape, scheme)
    copy(out / root, out / family.note("duplicate", {root: 1}, how="same bytes"))
    save_sharded(out / family.note("duplicate", {tuned[1]: 1}, how="renamed, two shards"), made[tuned[1]], shape, "backbone.")
    save_torch(out / family.note("duplicate", {tuned[2]: 1}, how="torch"), made[tuned[2]], shape)


def main() -> None:
    """Make them, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--out", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--roots", type=int, default=len(ROOTS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    for name in list(ROOTS)[: given.roots]:
        listed = given.out / f"{name}.jsonl"
        if listed.exists():
            continue
        began = time.process_time()
        family = make(name, given.out)
        partial = listed.with_suffix(".partial")
        partial.write_text("".join(json.dumps(row) + "\n" for row in family.truth), encoding="utf-8")
        partial.replace(listed)
        print(f"{name}: {len(family.truth)} checkpoints, {time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
