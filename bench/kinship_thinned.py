"""How well TIES and DARE are told apart, and their shares, from sketches and from values: ``python bench/kinship_thinned.py``.

Of each root two pairs of fine-tunes are merged by both, with three shares and three densities. `fit_thinned` fits ``dare_lead``
and ``ties_even`` of ``knowledge/kinship.toml`` on ash and cedar; ``bench/kinship.py --fit`` calls it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from family_surgery import dare, ties
from kinship_family import TEST, family
from safetensors.torch import load_file

from filiation.core.tensor import Quantization, Tensor
from filiation.knowledge import load
from filiation.weights.aligned import aligned
from filiation.weights.comparison import compare
from filiation.weights.sketch import sketch
from filiation.weights.thinned_values import thinned_values
from filiation.weights.trimmed_merges import trimmed

PAIRS = ((3, 4), (5, 6))
SHARES = (0.5, 0.3, 0.7)
DENSITIES = (0.2, 0.5, 0.8)


class Arrays:
    """Weights in memory, as a checkpoint; of some it may be told with which scales they were stored in bytes."""

    name, format, adapter, skipped, bytes_read = "made", "safetensors", None, (), 0

    def __init__(
        self, weights: dict[str, torch.Tensor], config: dict | None = None, scales: dict[str, tuple[float, ...]] | None = None
    ) -> None:
        self.config = config  # in some architectures matrices lie the other way round
        self._scales = scales or {}
        self._arrays = {name: value.numpy() for name, value in weights.items()}

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """Its tensors."""
        stored = {name: ("I8", Quantization("int8", 8, scales)) for name, scales in self._scales.items()}
        return tuple(
            Tensor(name, one.shape, kind, "f", 0, one.nbytes, quantization=how)
            for name, one in self._arrays.items()
            for kind, how in (stored.get(name, ("F32", None)),)
        )

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the values of one."""
        yield self._arrays[tensor.name].ravel()


class Made(NamedTuple):
    """One merge: how it was made, what sketches tell of it (as `trimmed` takes it), and the weights of all four models."""

    method: str
    share: float
    density: float
    wanted: np.ndarray
    changes: np.ndarray
    models: tuple[Arrays, Arrays, list[Arrays]]


def made(folder: Path, root: str) -> Iterator[Made]:
    """Yield the merges of one root."""
    sketches = {one.name: one.sketch for one in family(folder, root)}
    config = json.loads((folder / f"{root}-02" / "config.json").read_text(encoding="utf-8"))
    base = load_file(folder / f"{root}-02" / "model.safetensors")
    for numbers in PAIRS:
        names = [f"{root}-{n:02}" for n in numbers]
        parents = [load_file(folder / name / "model.safetensors") for name in names]
        for share, density in itertools.product(SHARES, DENSITIES):
            shares = [share, 1 - share]
            merged = {"ties": ties(base, parents, shares, density), "dare": dare(base, parents, shares, 1 - density, 1)}
            for method, weights in merged.items():
                child = Arrays(weights, config)
                own = sketch(child, threads=1)
                table = aligned(own, [compare(sketches[n], own) for n in (f"{root}-02", *names)])
                rows = table.rows[:, table.matrix]
                models = child, Arrays(base), [Arrays(one) for one in parents]
                yield Made(method, share, density, table.child[table.matrix] - rows[0], rows[1:] - rows[0], models)


def fit_thinned(folder: Path, roots: Sequence[str]) -> None:
    """Print the spread of shares with the least error of those of TIES, and the lead that tells most of the two apart."""
    merges = [one._replace(models=()) for root in roots for one in made(folder, root)]
    table = load("kinship")["merging"]
    held = table["ties_even"], table["dare_lead"]
    errors, leads = {}, {}
    table["dare_lead"] = np.inf  # so that the shares of TIES are told of all
    for even in (0.0125, 0.025, 0.05, 0.1, 0.2):
        table["ties_even"] = even
        said = [trimmed(one.wanted, one.changes) for one in merges]
        apart = [abs(told.shares[0] - one.share) for told, one in zip(said, merges, strict=True) if one.method == "ties"]
        shares = [one.share for one in merges if one.method == "ties"]
        errors[even] = float(np.mean(apart))
        by_share = {
            share: round(float(np.mean([e for e, s in zip(apart, shares, strict=True) if s == share])), 3) for share in SHARES
        }
        leads[even] = [(told.lead, one.method == "dare") for told, one in zip(said, merges, strict=True)]
        print(f"  ties_even {even}: error of shares of TIES {errors[even]:.3f}, by share of the first {by_share}", flush=True)
    table["ties_even"], table["dare_lead"] = held
    best = min(errors, key=errors.__getitem__)
    print(f"[merging] ties_even = {best}  # it is {held[0]}")
    for even in dict.fromkeys((held[0], best)):
        lead, dares = np.array(sorted(leads[even])).T
        middles = (lead[1:] + lead[:-1]) / 2
        right = [int(((lead > one) == dares).sum()) for one in middles]
        widest = max(range(len(middles)), key=lambda n: (right[n], lead[n + 1] - lead[n]))
        print(
            f"[merging] dare_lead = {middles[widest]:.2f}  # {right[widest]} of {len(lead)} told with ties_even {even};"
            f" it is {held[1]}: {int(((lead > held[1]) == dares).sum())}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--family", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--roots", nargs="+", default=TEST)
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.process_time()
    rows = defaultdict(list)
    leads = defaultdict(list)
    for root in given.roots:
        for one in made(given.family, root):
            said, values = trimmed(one.wanted, one.changes), thinned_values(*one.models)
            leads[one.method].append(said.lead)
            error = abs(said.shares[0] / sum(said.shares) - one.share)
            exact = values is not None and values.method == one.method
            rows[one.method, one.density].append(
                (said.method == one.method, error, exact, abs(values.shares[0] - one.share) if values else 1.0)
            )
    print("method  kept  merges  by sketches: method  error of shares   by values: method  error of shares")
    for (method, density), seen in sorted(rows.items()):
        right, error, exact, left = np.array(seen, float).T
        print(
            f"{method:6}  {density}   {len(seen):3}     {int(right.sum()):3}                  {error.mean():.3f}             "
            f"{int(exact.sum()):3}                {left.mean():.4f}"
        )
    for method, lead in leads.items():
        print(f"lead of DARE where it is {method}: {np.round(np.quantile(lead, (0, 0.1, 0.5, 0.9, 1)), 2).tolist()}")
    print(f"\n{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
