"""The verb that builds views, and what `serve` asks for."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner, Result

from filiation.cli import filiation
from filiation.cli.accessing import access_of
from filiation.core.errors import FiliationError
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

RULES = '[groups]\nlab = ["ann"]\n\n[[private]]\nrefs = ["acme/*"]\ngroups = ["lab"]\n'
LESS = ("names", "predict", "audit", "search")


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, dump):
    folder = tmp_path_factory.mktemp("verb")
    path = dump(folder / "models.jsonl", [{"id": "o/base", "tags": []}, {"id": "acme/x", "tags": ["base_model:o/base"]}])
    with Atlas.open(folder / "a", "create") as opened:
        observe(opened, [path], datetime(2024, 7, 1), None, lambda *_: None)  # noqa: DTZ001  # naive UTC
        build(opened, lambda *_: None, without=LESS)
    return folder / "a"


def asked(*words: object) -> Result:
    return CliRunner().invoke(filiation, ["views", *map(str, words)], standalone_mode=False)


def test_views_are_built_told_and_needed(atlas, tmp_path):
    assert "Nothing says who may see what" in str(asked("--atlas", atlas).exception)
    assert access_of(atlas, None) is None
    (tmp_path / "rules.toml").write_text(RULES)
    done = asked("--atlas", atlas, "--access", tmp_path / "rules.toml", "--json")
    assert done.exception is None
    answer = json.loads(done.stdout)
    schema = json.loads(files("filiation.cli").joinpath("schemas/views.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(answer)
    (view,) = answer["views"]
    assert (view["groups"], view["records"], view["hidden"], view["mentions"]) == ([], 1, 1, {})
    with pytest.raises(FiliationError, match="has views for people who may not see everything"):
        access_of(atlas, None)  # `serve` would show everything to everybody
    (atlas / "access.toml").write_text("")
    assert access_of(atlas, None) == atlas / "access.toml"
    assert "Everybody may see everything" in asked("--atlas", atlas).stdout
