"""The pretrained weights that the package ``timm`` lists, exported as JSON Lines.

A weight is named ``<architecture>.<tag>``. The tag tells the training, step by step: in ``in22k_ft_in1k`` a model
trained on ImageNet-22k was fine-tuned on ImageNet-1k. Where the list holds the earlier step too, that is the parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.hub_shape import license_fields, trimmed, without_blanks
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import HUB, Kind, is_name
from filiation.formats.compressed import damaged, inner_suffix, peek
from filiation.formats.json_rows import lines

KEYS = (b'"cfg_fn"', b'"family_file"', b'"name"')
OWN_OWNER = "timm/"
TRAINED = frozenset({"in1k", "in12k", "in21k", "in22k"})
DATASETS = {"in1k": "ILSVRC/imagenet-1k"}
"""Only what the tag says beyond doubt: of the larger ImageNets there are several cuts."""
MAX_NAMES = 1_000_000

Place = tuple[str, str]
"""Registry and id."""


class TimmPackage:
    """Weights that the Hub does not hold are of the registry ``timm``; what tags imply is the source ``timm_tag``'s."""

    name = "timm package"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the first row has the fields of timm's pretrained configurations."""
        head = peek(path) if inner_suffix(path) == ".jsonl" else b""
        return all(key in head for key in KEYS)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each row, then one for each tag that tells a parent or a dataset."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = TimmPackage()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    places: dict[str, tuple[int, Place]] = {}
    for row in lines(path):
        if isinstance(row, Skipped):
            yield row
            continue
        number, fields = row
        if len(places) == MAX_NAMES:
            yield damaged(path, number, ValueError(f"more than {MAX_NAMES:,} names"))
            break
        registry, name = place = _place(fields)
        places[str(fields.get("name"))] = number, place
        yield Sighting(number, Record(kind, name, _body(name, fields)), "timm", registry)
    for name, (number, (registry, own_id)) in places.items():
        if card := _implied(name, registry, places):
            body = {"id": own_id, "cardData": card}
            yield Sighting(number, Record(kind, own_id, body), "timm_tag", registry)


def _place(row: dict[str, Any]) -> Place:
    name, hub_id = str(row.get("name")), row.get("hf_hub_id")
    if hub_id == OWN_OWNER:
        return HUB, OWN_OWNER + name
    return (HUB, hub_id) if isinstance(hub_id, str) and is_name(hub_id) else ("timm", name)


def _body(name: str, row: dict[str, Any]) -> dict[str, Any]:
    paper = str(row.get("paper_ids", ""))
    return without_blanks(
        {
            "id": name,
            "library_name": "timm",
            "tags": [f"arxiv:{paper[6:].partition('v')[0]}"] if paper.startswith("arXiv:") else [],
            "cardData": license_fields(row.get("license")),
            "config": {"architectures": [str(row.get("name")).partition(".")[0]]},
            "origin": trimmed(row),
        }
    )


def _implied(name: str, registry: str, places: dict[str, tuple[int, Place]]) -> dict[str, Any]:
    """Return what the tag of `name` says as fields of a card; a parent in another registry is none of ours to name."""
    _, _, tag = name.partition(".")
    datasets = [dataset for token, dataset in DATASETS.items() if token in tag.split("_")]
    card: dict[str, Any] = {"datasets": datasets} if datasets else {}
    earlier = parent(name, places)
    if earlier and places[earlier][1][0] == registry:
        card |= {"base_model": places[earlier][1][1], "base_model_relation": "finetune"}
    return card


def parent(name: str, names: dict[str, Any]) -> str | None:
    """Return the latest earlier step of the training of `name` that is among `names`; None if none is.

    A step ends before ``_ft_``, or after a dataset that follows it: ``a_ft_in22k_in1k`` comes of ``a_ft_in22k``, else
    of ``a``. A size or recipe at the end (``_384``) marks no step: the smaller model need not be the parent.
    """
    architecture, _, tag = name.partition(".")
    tokens = tag.split("_")
    while "ft" in tokens[1:]:
        last = tokens.pop()
        if tokens[-1] == "ft":
            tokens.pop()
        elif last not in TRAINED:
            continue
        candidate = f"{architecture}.{'_'.join(tokens)}"
        if candidate in names:
            return candidate
    return None
