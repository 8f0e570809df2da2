"""What an assistant may ask. A tool's docstring is what the assistant reads of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

import filiation.api as fl
from filiation.core.errors import FiliationError
from filiation.mcp.bounds import marked
from filiation.policy.settings import presets

MAX_TARGETS = 10
MAX_REASONS = 12
MAX_FINDINGS = 25
MAX_LICENSES = 20
Name = Annotated[str, Field(min_length=1, max_length=300, description="owner/name, or dataset:owner/name")]


class Tools:
    """The tools over one atlas, which is opened anew for each question: a long talk sees what was built meanwhile.

    Args:
        atlas: The atlas's folder.
        ledger: Where people's decisions are kept; None for the atlas's own.
        policies: Files of policies besides ours; an assistant names them by their stem, never by a path.

    Raises:
        FiliationError: If there is no atlas.
    """

    def __init__(self, atlas: Path, ledger: str | None = None, policies: tuple[str, ...] = ()) -> None:
        self._path, self._ledger = atlas, ledger
        self._policies: dict[str, str | Path] = {name: name for name in presets()} | {
            Path(path).stem: Path(path) for path in policies
        }
        self._default = Path(policies[0]).stem if policies else "internal"
        self._opened()

    def _opened(self) -> fl.Atlas:
        return fl.open(self._path, ledger=self._ledger)

    def find(
        self,
        text: Annotated[
            str, Field(min_length=1, max_length=200, description="words; or elements as arch:bert task:ner lang:ja")
        ],
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
    ) -> dict[str, Any]:
        """Find models and datasets by words of their names and cards, or by what their names say."""
        return _told(self._opened().find(text, limit).answer)

    def trace(
        self,
        ref: Name,
        direction: Annotated[
            Literal["up", "down"], Field(description="up: what it comes from; down: what comes from it")
        ] = "up",
        depth: Annotated[int, Field(ge=1, le=1000)] | None = None,
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """Trace a model's lineage: relation, basis (declared, stated, inferred, measured) and confidence of each edge.

        `total` counts all that there are; of these the nearest `limit` are named.
        """
        answer = self._opened().trace(ref, down=direction == "down", depth=depth).answer
        nodes = answer.nodes[:limit]
        shown = {node.ref for node in nodes} | {answer.ref}
        edges = [edge for edge in answer.edges if edge.child in shown and edge.parent in shown]
        return _told(msgspec.structs.replace(answer, nodes=nodes, edges=edges))

    def impact(self, ref: Name, top: Annotated[int, Field(ge=1, le=50)] = 10) -> dict[str, Any]:
        """Tell what stands on a model or dataset, and so changes or breaks with it: counts, licenses, the most downloaded."""
        answer = self._opened().impact(ref, top).answer
        licenses = dict(list(answer.licenses.items())[:MAX_LICENSES])
        return _told(msgspec.structs.replace(answer, licenses=licenses))

    def audit(
        self,
        refs: Annotated[list[Name], Field(min_length=1, max_length=MAX_TARGETS)],
        policy: Annotated[str, Field(max_length=100, description="pilot, internal or product; none for the house's own")] = "",
        lang: Literal["en", "ja"] = "en",
    ) -> dict[str, Any]:
        """Tell whether models may be used under a policy (pass, review, block), why, what to do, and the evidence."""
        name = policy or self._default
        if name not in self._policies:
            raise FiliationError(f"There is no policy {name!r} here: take {', '.join(self._policies)}.")
        answer = self._opened().audit(refs, self._policies[name], lang=lang).answer
        plain = msgspec.to_builtins(answer)
        return marked(plain | {"policy": name, "targets": [_target(item) for item in plain["targets"]]})


def _told(answer: msgspec.Struct) -> dict[str, Any]:
    return marked(msgspec.to_builtins(answer))


def _target(item: dict[str, Any]) -> dict[str, Any]:
    """Return what of a target's audit fits into a talk; the command line has all of it."""
    kept = ("ref", "revision", "verdict", "todo", "scores", "lineage", "notes", "waived")
    declared = item["license"]["declared"]
    return {key: item[key] for key in kept} | {
        "license": declared["expression"] or declared["text"] or declared["state"],
        "license_inherited": item["license"]["inherited"],
        "reasons": [
            {key: reason[key] for key in ("rule", "verdict", "message", "because", "remedy", "is_unknown")}
            for reason in item["reasons"][:MAX_REASONS]
        ],
        "findings": [
            {key: found[key] for key in ("check", "severity", "confidence", "message", "evidence", "remedy")}
            | ({"waived": found["waived"]["why"]} if found["waived"] else {})
            for found in item["findings"][:MAX_FINDINGS]
        ],
        "findings_total": len(item["findings"]),
    }
