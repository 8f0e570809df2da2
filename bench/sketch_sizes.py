"""How large sketches are by the number of tensors, beside folding alone; and what kinship tells of them.

``python bench/sketch_sizes.py``: models of random values under the names of a language model, each with a fine-tune (every
tensor changed by a twentieth), one of which the first tenth of the layers stayed, a merge of two of those and a stranger.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator

import numpy as np

from filiation.core.tensor import Tensor
from filiation.weights.kinship import kinship
from filiation.weights.parentage import parentage
from filiation.weights.sketch import Sketch, sketch
from filiation.weights.sketch_file import encoded, fitted

SIDE = 24
MATRICES = {"q": (SIDE, SIDE), "k": (SIDE, SIDE), "v": (SIDE, SIDE), "o": (SIDE, SIDE)}
CHANGE = 0.05
Arrays = dict[str, np.ndarray]


class Made:
    """A checkpoint of arrays in memory."""

    name, format, config, skipped, bytes_read = "made", "safetensors", None, (), 0

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self.weights = tuple(Tensor(name, array.shape, "F32", "x", 0, array.nbytes) for name, array in arrays.items())

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the values of one."""
        yield self._arrays[tensor.name].ravel().copy()


def model(seed: int, tensors: int) -> Arrays:
    """Return a model of so many tensors: an embedding, and nine to a layer."""
    rng = np.random.default_rng(seed)
    arrays = {"model.embed_tokens.weight": rng.standard_normal((4 * SIDE, SIDE))}
    shapes = {f"self_attn.{name}_proj": shape for name, shape in MATRICES.items()}
    shapes |= {f"mlp.{name}_proj": (2 * SIDE, SIDE) for name in ("gate", "up")} | {"mlp.down_proj": (SIDE, 2 * SIDE)}
    shapes |= {f"{name}_layernorm": (SIDE,) for name in ("input", "post_attention")}
    for layer in range(-(-tensors // len(shapes))):
        for name, shape in shapes.items():
            arrays[f"model.layers.{layer}.{name}.weight"] = rng.standard_normal(shape) + (len(shape) == 1) * 4
    return {name: array.astype(np.float32) for name, array in list(arrays.items())[:tensors]}


def tuned(arrays: Arrays, seed: int, frozen: int = 0) -> Arrays:
    """Return a copy of which all changed but what lies in the first `frozen` layers."""
    rng = np.random.default_rng(seed)
    result = {}
    for name, array in arrays.items():
        layer = re.search(r"layers\.(\d+)", name)
        still = frozen and (layer is None or int(layer[1]) < frozen)
        noise = rng.standard_normal(array.shape, dtype=np.float32)
        result[name] = array if still else array + np.float32(CHANGE) * array.std() * noise
    return result


def kept(arrays: Arrays) -> Sketch:
    """Return the sketch as a folder would keep it."""
    return fitted(sketch(Made(arrays)))


def folded_alone(made: Sketch) -> int:
    """Return the bytes of the smallest sketch with a line for each tensor."""
    return len(encoded(made.fold(1) if made.recipe.buckets > 1 else made))


def row(tensors: int, most_compared: int) -> None:
    """Print one row."""
    base = model(1, tensors)
    made = sketch(Made(base))
    clock = time.process_time()
    one = fitted(made)
    spent = time.process_time() - clock
    said = told(base, one, tensors) if tensors <= most_compared else "| | | | |"
    print(
        f"| {tensors:,} | {folded_alone(made):,} | {len(encoded(one)):,} | {len(one.tensors)} | {one.recipe.buckets} |"
        f" {one.recipe.together} | {spent:.1f} {said}",
        flush=True,
    )


def told(base: Arrays, one: Sketch, tensors: int) -> str:
    """Return what kinship tells of a fine-tune, a partial one, a merge and a stranger, as cells."""
    left, right = tuned(base, 3), tuned(base, 4)
    merge = {name: np.float32(0.6) * left[name] + np.float32(0.4) * right[name] for name in base}
    child, other = kept(left), kept(right)
    half = kinship(one, kept(tuned(base, 5, frozen=tensors // 90)))
    found = parentage(kept(merge), [one, child, other])
    shares = ", ".join(f"{parent.weight:.3f}" for parent in found.parents)
    stranger = kinship(one, kept(model(2, tensors)))
    return f"| {kinship(one, child).relation} | {half.relation} | {shares} | {stranger.relation} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tensors", type=int, nargs="+", default=[291, 700, 850, 1080, 5000, 20_000])
    parser.add_argument("--compared", type=int, default=5000, help="tell kinship of models of at most so many tensors")
    options = parser.parse_args()
    print(
        "| tensors | a line each, 1 x 1 | bytes kept | lines | buckets | tensors a line | s to fit | fine-tune | first tenth"
        " stayed | merge 0.6, 0.4 | stranger |\n|--:|--:|--:|--:|--:|--:|--:|---|---|---|---|"
    )
    for tensors in options.tensors:
        row(tensors, options.compared)


if __name__ == "__main__":
    main()
