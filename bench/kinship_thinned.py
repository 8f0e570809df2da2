"""How well TIES and DARE are told apart, and their shares, from sketches and from values: ``python bench/kinship_thinned.py``.

Of each root two pairs of fine-tunes are merged by both, with three shares and three densities. With ``--roots ash cedar``
it prints that on which ``dare_lead`` of ``knowledge/kinship.toml`` was fitted.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from family_surgery import dare, ties
from kinship_family import TEST, family
from safetensors.torch import load_file

from filiation.core.tensor import Tensor
from filiation.weights.aligned import aligned
from filiation.weights.comparison import compare
from filiation.weights.sketch import sketch
from filiation.weights.thinned_values import thinned_values
from filiation.weights.trimmed_merges import Trimmed, trimmed

PAIRS = ((3, 4), (5, 6))
SHARES = (0.5, 0.3, 0.7)
DENSITIES = (0.2, 0.5, 0.8)


class Arrays:
    """Weights in memory, as a checkpoint."""

    name, format, adapter, skipped, bytes_read = "made", "safetensors", None, (), 0

    def __init__(self, weights: dict[str, torch.Tensor], config: dict | None = None) -> None:
        self.config = config  # in some architectures matrices lie the other way round
        self._arrays = {name: value.numpy() for name, value in weights.items()}

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """Its tensors."""
        return tuple(Tensor(name, one.shape, "F32", "f", 0, one.nbytes) for name, one in self._arrays.items())

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the values of one."""
        yield self._arrays[tensor.name].ravel()


def measured(folder: Path, root: str) -> Iterator[tuple[str, float, float, Trimmed, Trimmed | None]]:
    """Yield the method, share and density of each merge, what sketches say, and what values say."""
    sketches = {one.name: one.sketch for one in family(folder, root)}
    config = json.loads((folder / f"{root}-02" / "config.json").read_text(encoding="utf-8"))
    base = load_file(folder / f"{root}-02" / "model.safetensors")
    for numbers in PAIRS:
        names = [f"{root}-{n:02}" for n in numbers]
        parents = [load_file(folder / name / "model.safetensors") for name in names]
        for share in SHARES:
            for density in DENSITIES:
                shares = [share, 1 - share]
                made = {"ties": ties(base, parents, shares, density), "dare": dare(base, parents, shares, 1 - density, 1)}
                for method, weights in made.items():
                    child = Arrays(weights, config)
                    table = aligned(
                        own := sketch(child, threads=1), [compare(sketches[n], own) for n in (f"{root}-02", *names)]
                    )
                    rows = table.rows[:, table.matrix]
                    said = trimmed(table.child[table.matrix] - rows[0], rows[1:] - rows[0])
                    yield method, share, density, said, thinned_values(child, Arrays(base), [Arrays(one) for one in parents])


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
        for method, share, density, said, values in measured(given.family, root):
            leads[method].append(said.lead)
            error = abs(said.shares[0] / sum(said.shares) - share)
            exact = values is not None and values.method == method
            rows[method, density].append(
                (said.method == method, error, exact, abs(values.shares[0] - share) if values else 1.0)
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
