"""Names and shapes of the tensors of models built without weights, to learn structures from.

    python -m venv structures && structures/bin/pip install torch transformers timm diffusers blake3 msgspec numpy tomli
    PYTHONPATH=src structures/bin/python scripts/collect_structures.py bench/out/structures --part 1/2

Every model type of transformers with each of its classes, every architecture of timm, every model of diffusers: the default
configuration (of all classes but the first with few layers: layers are counted, not compared), and some drawn with a fixed
seed in which layers, width, heads, groups of keys, vocabulary, labels and inner size differ. Nothing is downloaded, no value
is made: the tensors are on the meta device. Names are those of the files that the library would write. One line of JSON a
model, in ``structures-*.jsonl.gz``; what could not be built is counted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import signal
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from structure_configs import varied
from structure_tasks import tasks

from filiation.structure.rows import fold

VARIATIONS = 4
MOST_SECONDS = 25
SEED = 7


def main() -> None:
    """Write the structures of one part of all models."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("into", type=Path)
    parser.add_argument("--part", default="1/1", help="which of how many parts: the types are dealt out by their names")
    parser.add_argument("--only", choices=("transformers", "timm", "diffusers"))
    arguments = parser.parse_args()
    part, of = map(int, arguments.part.split("/"))
    warnings.simplefilter("ignore")
    arguments.into.mkdir(parents=True, exist_ok=True)
    sources = {"transformers": of_transformers, "timm": of_timm, "diffusers": of_diffusers}
    counts: Counter[str] = Counter()
    signal.signal(signal.SIGALRM, _too_long)
    with gzip.open(arguments.into / f"structures-{arguments.only or 'all'}-{part}of{of}.jsonl.gz", "wt") as out:
        for name in [arguments.only] if arguments.only else sources:
            for item in sources[name](lambda kind: crc32(kind.encode()) % of == part - 1, counts):
                out.write(json.dumps(item, separators=(",", ":")) + "\n")
                counts[f"{name} models"] += 1
            print(dict(counts), flush=True)


def _too_long(*_: object) -> None:
    raise TimeoutError


class _Limit:
    """Ends what takes longer than `MOST_SECONDS`."""

    def __enter__(self) -> None:
        signal.alarm(MOST_SECONDS)

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def of_transformers(chosen, counts: Counter[str]) -> Iterator[dict]:
    """Yield models of transformers: each class of each model type, in its default configuration and in drawn ones."""
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES

    transformers.logging.set_verbosity_error()
    classes = tasks()
    for model_type in sorted(CONFIG_MAPPING_NAMES):
        if not chosen(model_type) or model_type not in classes:
            continue
        try:
            config_class = CONFIG_MAPPING[model_type]
        except Exception:  # a library that is not there
            counts["transformers types that cannot be had"] += 1
            continue
        for order, (name, task) in enumerate(classes[model_type].items()):
            architecture = getattr(transformers, name, None)
            draw = random.Random(f"{SEED} {model_type} {name}")  # noqa: S311  # nothing secret
            for number in range(VARIATIONS + 1):
                item = _one(architecture, config_class, draw if number or order else None, (3, 3, 2, 1) if number else (0,))
                if item is None:
                    counts["transformers configurations that cannot be built"] += 1
                    continue
                yield {"library": "transformers", "model_type": model_type, "architecture": name, "task": task, **item}


def _one(architecture, config_class, draw: random.Random | None, boldnesses: Sequence[int]) -> dict | None:
    """Return one model's rows; of configurations that do not fit together bolder ones first, then tamer ones."""
    for boldness in boldnesses:
        try:
            with _Limit():
                config = varied(config_class, draw, boldness) if draw else config_class()
                return _built(architecture, config) | {"drawn": boldness}
        except Exception:  # noqa: S112  # whatever a library says of numbers that do not fit; the caller counts
            continue
    return None


def _built(architecture, config) -> dict:
    import torch
    from transformers.core_model_loading import revert_weight_conversion
    from transformers.initialization import no_init_weights

    with torch.device("meta"), no_init_weights():
        model = architecture(config)
    state = revert_weight_conversion(model, model.state_dict())
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    shapes = [(name, tuple(value.shape)) for name, value in state.items()]
    if not shapes:
        raise ValueError
    kept = [(name, shape) for name, shape in shapes if name not in tied]
    return {"rows": fold(kept), "tied": fold((name, shape) for name, shape in shapes if name in tied)}


def of_timm(chosen, counts: Counter[str]) -> Iterator[dict]:
    """Yield the architectures of timm: its name as `variant`, its class as architecture, its module as model type."""
    import timm
    import torch

    for name in timm.list_models():
        if not chosen(name):
            continue
        try:
            with _Limit(), torch.device("meta"):
                model = timm.create_model(name)
        except Exception:
            counts["timm models that cannot be built"] += 1
            continue
        module = type(model).__module__.rpartition(".")[2]
        classifier = (getattr(model, "pretrained_cfg", None) or {}).get("classifier")
        heads = [classifier] if isinstance(classifier, str) else list(classifier or [])
        yield {
            "library": "timm", "model_type": f"timm/{module}", "architecture": type(model).__name__,
            "task": "image-classification", "variant": name, "heads": heads, "tied": [], "drawn": 0,
            "rows": fold((key, tuple(value.shape)) for key, value in model.state_dict().items()),
        }  # fmt: skip


def of_diffusers(chosen, counts: Counter[str]) -> Iterator[dict]:
    """Yield the models of diffusers, in their default configuration and with other numbers of layers, heads and channels."""
    import diffusers
    import torch
    from diffusers import ModelMixin
    from structure_configs import drawn_arguments

    for name in sorted(dir(diffusers)):
        made = getattr(diffusers, name) if name[0].isupper() and chosen(name) else None
        if not (isinstance(made, type) and issubclass(made, ModelMixin)) or made is ModelMixin:
            continue
        draw = random.Random(f"{SEED} {name}")  # noqa: S311  # nothing secret
        for number in range(VARIATIONS + 1):
            try:
                with _Limit(), torch.device("meta"):
                    model = made(**(drawn_arguments(made, draw, 1 + number % 2) if number else {}))
            except Exception:
                counts["diffusers models that cannot be built"] += 1
                continue
            rows = fold((key, tuple(value.shape)) for key, value in model.state_dict().items())
            yield {
                "library": "diffusers", "model_type": f"diffusers/{name}", "architecture": name, "task": None,
                "tied": [], "drawn": min(number, 1), "rows": rows,
            }  # fmt: skip


if __name__ == "__main__":
    main()
