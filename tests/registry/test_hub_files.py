from __future__ import annotations

import json

import httpx2
import numpy as np
import pytest
from safetensors.numpy import save
from served_file import served

from filiation.core.errors import WeightsError
from filiation.registry.byte_ranges import Link
from filiation.registry.hub_files import hub_repository
from filiation.weights.checkpoint import open_checkpoint

SHA = "0123456789abcdef" * 2
WEIGHTS = save({"a b": np.ones(3, "f4")})
FILES = {"config.json": b'{"model_type": "x"}', "model.safetensors": WEIGHTS, "sub folder/odd #1.txt": b"odd"}
LISTED = [
    {"rfilename": "config.json", "size": len(FILES["config.json"])},
    {
        "rfilename": "model.safetensors",
        "size": len(WEIGHTS),
        "lfs": {"sha256": "f" * 64, "size": len(WEIGHTS), "pointerSize": 1},
    },
    {"rfilename": "sub folder/odd #1.txt"},
    {"rfilename": "../../up.txt"},
    {"rfilename": "/etc/passwd"},
    {"rfilename": "a\nb"},
]


def hub(listing: object):
    told = listing if isinstance(listing, bytes) else json.dumps(listing).encode()
    files = {"/api/models/o/m/revision/refs%2Fpr%2F1": told, "/api/models/o/m/revision/main": told}
    for name, content in FILES.items():
        files[f"/o/m/resolve/{SHA}/{name.replace(' ', '%20').replace('#', '%23')}"] = content
    return served(files)


def test_a_repository_is_listed_and_read_in_parts():
    with hub({"sha": SHA, "siblings": LISTED, "more": 1}) as (address, seen), httpx2.Client(trust_env=False) as client:
        found = hub_repository(Link(address, client=client), "o/m", "refs/pr/1")
        assert (found.id, found.revision) == ("o/m", SHA)
        assert [file.name for file in found.files] == list(FILES)
        assert found.sha256 == {"model.safetensors": "f" * 64}
        assert len(seen) == 1
        assert found.files[1].size_bytes == len(WEIGHTS)
        assert len(seen) == 1
        assert found.files[2].read(0, 3) == b"odd"
        with open_checkpoint(found.files) as checkpoint:
            assert [tensor.name for tensor in checkpoint.tensors] == ["a b"]
            assert checkpoint.config == {"model_type": "x"}
        assert len(seen) == 4


@pytest.mark.parametrize(
    "listing",
    [
        b"",
        b"[]",
        {"siblings": []},
        {"sha": "../x"},
        {"sha": SHA, "siblings": [1]},
        b'{"sha":' + b"[" * 100_000,
        b'{"more":' + b"[" * 100_000,
    ],
)
def test_a_listing_that_is_none_is_refused(listing):
    with hub(listing) as (address, _), httpx2.Client(trust_env=False) as client, pytest.raises(WeightsError):
        hub_repository(Link(address, client=client), "o/m")


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "o/m?x", "o m"])
def test_a_name_that_is_none_is_not_asked_for(name):
    with pytest.raises(WeightsError, match="no name"):
        hub_repository(Link("https://hub.example"), name)
