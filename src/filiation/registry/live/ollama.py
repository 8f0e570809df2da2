"""The models that an Ollama server holds, by its API.

Source:
    https://github.com/ollama/ollama/blob/main/docs/api.md (``GET /api/tags``, ``POST /api/show``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from random import uniform
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.record import Record, Sighting, Skipped
from filiation.core.ref import Kind
from filiation.formats.model_files import GGUF_METADATA, telling
from filiation.registry.live.asking import Asker, own_client, shown
from filiation.registry.live.hub import checked_endpoint
from filiation.registry.live.naming import Names

SOURCE = "ollama"
PORT = 11434
MAX_MODELS = 10_000
MAX_LICENSE_CHARS = 1 << 20


class _Tagged(msgspec.Struct):
    name: str = ""
    modified_at: str = ""
    size: int = 0
    digest: str = ""
    details: dict[str, Any] = {}


class _Tags(msgspec.Struct):
    models: list[_Tagged] = []


class _Shown(msgspec.Struct):
    license: str | list[str] = ""
    model_info: dict[str, Any] = {}
    capabilities: list[str] = []


class Ollama:
    """An Ollama server.

    Args:
        endpoint: Such as ``http://localhost:11434``; empty for ``OLLAMA_HOST``, and without it for that one.
        sleep: Waits.
        chance: Gives a number between two.

    Raises:
        FiliationError: If it is no address.
    """

    source = SOURCE

    def __init__(
        self,
        endpoint: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = uniform,
    ) -> None:
        endpoint = endpoint or os.environ.get("OLLAMA_HOST", "") or f"http://localhost:{PORT}"
        self.endpoint = checked_endpoint(endpoint if "://" in endpoint else f"http://{endpoint}")
        self.asker = Asker(self.endpoint, {"User-Agent": "filiation"}, own_client(), sleep, chance)

    def sightings(self, registry: str) -> Iterator[Sighting | Skipped]:
        """Yield a record for each model and tag.

        Raises:
            UnreachableError: If the server does not answer.
            FiliationError: If it is none.
        """
        names = Names()
        for number, item in enumerate(self._asked("api/tags", None, _Tags).models[:MAX_MODELS], 1):
            name = names.of(item.name.removesuffix(":latest"))
            if name is None:
                yield Skipped(self.endpoint, number, f"{item.name[:100]!r}: another model gives the same name")
                continue
            try:
                told = self._asked("api/show", {"model": item.name}, _Shown)
            except FiliationError as error:
                yield Skipped(self.endpoint, number, str(error))
                told = _Shown()
            yield Sighting(number, _record(name, item, told), SOURCE, registry)

    def _asked(self, path: str, given: dict[str, str] | None, kind: type[Any]) -> Any:
        answer = self.asker.get(f"{self.endpoint}/{path}", given=None if given is None else msgspec.json.encode(given))
        if answer.status != 200:
            raise FiliationError(f"{shown(answer.url)} answers {answer.status}: is an Ollama server there?")
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise FiliationError(f"{shown(answer.url)} is no answer of Ollama ({error}): check --endpoint.") from error


def _record(name: str, item: _Tagged, told: _Shown) -> Record:
    """Return a model in the shape of the Hub's API; what its one file says of itself lies beside it."""
    family = item.details.get("family")
    body: dict[str, Any] = {
        "id": name,
        "modelId": item.name,
        "sha": item.digest,
        "lastModified": item.modified_at or None,
        "library_name": "gguf",
        "tags": ["gguf", *(tag for tag in told.capabilities if isinstance(tag, str))],
        "config": {"model_type": family} if isinstance(family, str) and family else None,
        "ollama": {"details": item.details, "size": item.size},
    }
    terms = "\n".join(told.license) if isinstance(told.license, list) else told.license
    files = {"LICENSE": terms[:MAX_LICENSE_CHARS]} if terms.strip() else {}
    if told.model_info:
        files[GGUF_METADATA] = msgspec.json.encode({"model.gguf": telling(told.model_info)}).decode()
    return Record(Kind.MODEL, name, body, files)
