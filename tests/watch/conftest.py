"""A registry of three days in which everything changes once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

DAYS = [datetime(2024, 7, day, 12) for day in (9, 10, 11)]  # noqa: DTZ001  # the atlas keeps naive UTC


def model(name: str, number: str, **fields: Any) -> dict[str, Any]:
    return {"_id": number, "id": name, "tags": [], **fields}


def scored(value: float) -> dict[str, Any]:
    result = {"dataset": {"type": "glue"}, "metrics": [{"type": "accuracy", "value": value}, {"type": "f1", "value": 0.1}]}
    return {"cardData": {"model-index": [{"name": "m", "results": [result]}]}}


def weights(digest: str, card: str = "c1") -> list[dict[str, Any]]:
    return [
        {"rfilename": "model.safetensors", "lfs": {"sha256": digest * 64}},
        {"rfilename": "README.md", "blobId": card},
    ]


LISTINGS = [
    [
        model("o/a", "1", tags=["license:mit", "base_model:o/base"], sha="x1", gated=False, siblings=weights("a")),
        model("o/base", "9", tags=["license:apache-2.0"], downloads=5),
        model("o/renamed", "2"),
        model("o/deleted", "3", tags=["license:mit"]),
        model("o/taken", "4"),
        model("o/child", "6", tags=["base_model:o/a", "base_model:o/deleted"], downloads=70),
        model("o/same", "7", tags=["license:mit"]),
        model("o/scored", "8", **scored(0.5)),
    ],
    [
        model(
            "o/a",
            "1",
            tags=["license:cc-by-nc-4.0", "base_model:o/other", "region:eu", "fast"],
            sha="x2",
            gated="auto",
            siblings=weights("b", "c2"),
            cardData={"license": "cc-by-nc-4.0", "datasets": ["d/first"]},
        ),
        model("o/base", "9", tags=["license:apache-2.0"], downloads=99),
        model("o/now", "2", pipeline_tag="text-generation"),
        model("o/taken", "44"),
        model("o/child", "6", tags=["base_model:o/a", "base_model:o/deleted"], downloads=70),
        model("o/same", "7", tags=["license:mit"], cardData={"filiation:gone": {"how": "deleted"}}),
        model("o/born", "5"),
        model("o/scored", "8", **scored(0.7)),
    ],
    [
        model("o/a", "1", tags=["license:mit"], sha="x3", gated="auto", cardData={"license": "mit", "datasets": ["d/second"]}),
        model("o/deleted", "3", tags=["license:mit"]),
    ],
]


@pytest.fixture(scope="session")
def three_days(tmp_path_factory: pytest.TempPathFactory, dump: Callable, chart: Callable) -> Path:
    """The atlas; its second listing is whole."""
    from filiation.pipeline import observe
    from filiation.store.atlas import Atlas

    folder = tmp_path_factory.mktemp("three_days")
    files = [dump(folder / f"models-{number}.jsonl", rows) for number, rows in enumerate(LISTINGS)]
    with Atlas.open(folder / "a", "create") as atlas:
        for moment, file, whole in zip(DAYS, files, (True, True, False), strict=True):
            observe(atlas, [file], moment, None, lambda *_: None, whole=whole)
    return chart(folder / "a")
