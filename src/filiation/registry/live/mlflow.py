"""The model registry of an MLflow server, by its REST API.

Source:
    https://mlflow.org/docs/latest/rest-api.html (``registered-models/search``, ``model-versions/search``).
"""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import uniform
from typing import Any
from urllib.parse import urlencode

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.record import Record, Sighting, Skipped
from filiation.core.ref import Kind
from filiation.registry.live.asking import Asker, own_client, shown
from filiation.registry.live.hub import checked_endpoint, may_be_told
from filiation.registry.live.naming import Names

SOURCE = "mlflow"
PAGE = 1_000
MAX_PAGES = 10_000
MAX_TAGS = 1_000
FIELDS = {"license": "license", "base_model": "base_model", "dataset": "dataset", "datasets": "dataset", "language": "language"}
"""Tags of models and versions that say what the Hub's tags of that form do."""


class _Tag(msgspec.Struct):
    key: str = ""
    value: str = ""


class _Version(msgspec.Struct):
    name: str = ""
    version: str = ""
    source: str = ""
    run_id: str = ""
    status: str = ""
    current_stage: str = ""
    description: str = ""
    creation_timestamp: int | str = 0
    last_updated_timestamp: int | str = 0
    tags: list[_Tag] = []
    aliases: list[str] = []


class _Model(msgspec.Struct):
    name: str = ""
    description: str = ""
    creation_timestamp: int | str = 0
    last_updated_timestamp: int | str = 0
    tags: list[_Tag] = []


class _Models(msgspec.Struct):
    registered_models: list[_Model] = []
    next_page_token: str = ""


class _Versions(msgspec.Struct):
    model_versions: list[_Version] = []
    next_page_token: str = ""


class Mlflow:
    """An MLflow server.

    Args:
        endpoint: Such as ``http://localhost:5000``; empty for ``MLFLOW_TRACKING_URI``. The token is ``MLFLOW_TRACKING_TOKEN``,
            or name and password stand in ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD``, as MLflow's own client
            takes them.
        sleep: Waits.
        chance: Gives a number between two.

    Raises:
        FiliationError: If there is no endpoint, or it is no address.
    """

    source = SOURCE

    def __init__(
        self,
        endpoint: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = uniform,
    ) -> None:
        endpoint = endpoint or os.environ.get("MLFLOW_TRACKING_URI", "")
        if not endpoint:
            raise FiliationError("Which MLflow server? Name it with --endpoint, or set MLFLOW_TRACKING_URI.")
        self.endpoint = checked_endpoint(endpoint)
        headers = {"User-Agent": "filiation"} | (_authorization() if may_be_told(self.endpoint) else {})
        self.asker = Asker(self.endpoint, headers, own_client(), sleep, chance)

    def sightings(self, registry: str) -> Iterator[Sighting | Skipped]:
        """Yield a record for each registered model: what it says of itself, and its versions, the last one first.

        Raises:
            UnreachableError: If the server does not answer.
            FiliationError: If it is none.
        """
        versions: dict[str, list[_Version]] = {}
        for page in self._pages("model-versions/search", _Versions):
            for version in page.model_versions:
                versions.setdefault(version.name, []).append(version)
        names = Names()
        number = 0
        for page in self._pages("registered-models/search", _Models):
            for model in page.registered_models:
                number += 1
                name = names.of(model.name)
                if name is None:
                    yield Skipped(self.endpoint, number, f"{model.name[:100]!r}: another model gives the same name")
                    continue
                yield Sighting(number, _record(name, model, versions.get(model.name, [])), SOURCE, registry)

    def _pages(self, path: str, kind: type[Any]) -> Iterator[Any]:
        token = ""
        for _ in range(MAX_PAGES):
            query = urlencode({"max_results": PAGE} | ({"page_token": token} if token else {}))
            answer = self.asker.get(f"{self.endpoint}/api/2.0/mlflow/{path}?{query}")
            if answer.status in (401, 403):
                raise FiliationError(f"{self.endpoint} asks who you are: set MLFLOW_TRACKING_TOKEN, or name and password.")
            if answer.status != 200:
                raise FiliationError(f"{shown(answer.url)} answers {answer.status}: is an MLflow server there?")
            try:
                page = msgspec.json.decode(answer.body, type=kind)
            except (msgspec.DecodeError, RecursionError) as error:
                raise FiliationError(f"{shown(answer.url)} is no answer of MLflow ({error}): check --endpoint.") from error
            yield page
            token = page.next_page_token
            if not token:
                return
        raise FiliationError(f"The listing of {self.endpoint} does not end: check --endpoint.")


def _authorization() -> dict[str, str]:
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    name, password = (os.environ.get(f"MLFLOW_TRACKING_{word}", "") for word in ("USERNAME", "PASSWORD"))
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()} if name else {}


def _record(name: str, model: _Model, versions: list[_Version]) -> Record:
    """Return a registered model in the shape of the Hub's API; what only MLflow has stands under ``mlflow``."""
    versions = sorted(versions, key=lambda item: (len(item.version), item.version), reverse=True)
    last = versions[0] if versions else _Version()
    said = [*model.tags, *last.tags][:MAX_TAGS]
    card = "\n\n".join(text for text in (model.description.strip(), last.description.strip()) if text)
    body: dict[str, Any] = {
        "id": name,
        "modelId": model.name,
        "createdAt": _moment(model.creation_timestamp),
        "lastModified": _moment(max(int(model.last_updated_timestamp or 0), int(last.last_updated_timestamp or 0))),
        "tags": [f"{FIELDS[tag.key]}:{tag.value}" for tag in said if tag.key in FIELDS and tag.value],
        "mlflow": msgspec.to_builtins({"tags": model.tags, "versions": versions}),
    }
    body |= {key: tag.value for key in ("library_name", "pipeline_tag") for tag in said if tag.key == key}
    if last.version:
        body["sha"] = last.version
    return Record(Kind.MODEL, name, body, {"README.md": card} if card else {})


def _moment(milliseconds: int | str) -> str | None:
    try:
        return (
            datetime.fromtimestamp(int(milliseconds) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") if milliseconds else None
        )
    except (ValueError, OverflowError, OSError):
        return None
