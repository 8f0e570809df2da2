"""Ask everything that the description of the server allows, and what it does not: nothing may be an internal error.

    python bench/described.py --examples 50

Charts a small registry that hides one owner's models, and asks each address by schemathesis as nobody, as somebody who sees
little, and as an administrator; half of the requests are as the description says, half are not; in every other one the names in
the path are there. Prints for each address how often it was asked and what it answered; exits with 1 where an answer is 500,
or not as described.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from filiation.access.rules import Access, Private
from filiation.access.views import Making, build_views
from filiation.ledger.person import Role
from filiation.ledger.store import open_ledger
from filiation.pipeline import build, observe
from filiation.server.app import create_app
from filiation.server.entry import Entry
from filiation.store.atlas import Atlas

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
THERE = {
    "ref": ["o/base", "o/m1", "acme/m2", "dataset:o/data"],
    "node": [0, 1, 2],
    "chart": ["growth", "depth-by-modality", "influence"],
    "figure": ["attention", "license-missing"],
    "item": [3, 4],
    "kind": ["openness", "cost", "regulation", "pilot", "risk"],
    "level": [0],
    "x": [0],
    "y": [0],
}
ACCESS = Access({"lab": ("boss",)}, (Private(("lab",), ("acme/*",)),))


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=50, help="requests to each address, for each of the three")
    parser.add_argument("--only", default="", help="addresses that contain this")
    asked = parser.parse_args()
    clock = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        app, tokens = served(Path(folder))
        failed = ask(app, tokens, asked.examples, asked.only)
    print(f"{time.process_time() - clock:.0f} s of processor time, {len(failed)} failures")
    for label, why in failed.items():
        print(f"\n{label}: {why}")
    return bool(failed)


def served(folder: Path) -> tuple[Any, dict[str, str]]:
    """Return an application over a small registry, and tokens by name."""
    models = [{"id": "o/base", "downloads": 5, "pipeline_tag": "text-generation", "tags": ["license:mit", "dataset:o/data"]}]
    models += [
        {
            "id": f"{'acme' if n % 2 == 0 else 'o'}/m{n}",
            "tags": ["base_model:o/base"],
            "createdAt": f"2024-0{n}-01T00:00:00.000Z",
        }
        for n in range(1, 9)
    ]
    (folder / "models.jsonl").write_text("".join(json.dumps(row) + "\n" for row in models))
    (folder / "datasets.jsonl").write_text('{"id": "o/data", "tags": ["license:cc0-1.0"]}\n')
    atlas = folder / "a.atlas"
    with Atlas.open(atlas, "create") as opened:
        for name in ("models", "datasets"):
            observe(opened, [folder / f"{name}.jsonl"], datetime(2024, 7, 1), None, lambda *_: None)  # noqa: DTZ001  # naive UTC
        build(opened, lambda *_: None, draw=True)
    build_views(atlas, ACCESS, Making(lambda *_: None))
    ledger = open_ledger(atlas / "ledger.db", create=True)
    tokens = {
        name: ledger.add_token(name, role, "root", Role.ADMINISTRATOR)
        for name, role in (("guest", Role.REVIEWER), ("boss", Role.ADMINISTRATOR))
    }
    ledger.open_item("model:o/base", "license-missing", "root", Role.REVIEWER, message="None is there.")
    return create_app(atlas, entry=Entry(ACCESS)), tokens


def ask(app: Any, tokens: dict[str, str], examples: int, only: str = "") -> dict[str, str]:
    """Ask each address so often as each of the three; return what failed, by address."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    failed: dict[str, str] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if only not in operation.label:
            continue
        answers: Counter[int] = Counter()
        for who, token in {"nobody": None, **tokens}.items():
            try:
                _ask_one(operation, token, examples, answers)
            except (Exception, BaseExceptionGroup) as error:  # whatever schemathesis finds
                failed[f"{operation.label} as {who}"] = "\n".join(str(part) for part in getattr(error, "exceptions", [error]))[
                    :1500
                ]
        print(f"{operation.label:52} {sum(answers.values()):5}  {dict(sorted(answers.items()))}", flush=True)
    return failed


def _ask_one(operation: Any, token: str | None, examples: int, answers: Counter[int]) -> None:
    modes = st.sampled_from(list(GenerationMode)).flatmap(lambda mode: operation.as_strategy(generation_mode=mode))

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(case=modes, pick=st.integers(0, 1000))
    def one(case: Any, pick: int) -> None:
        chance = random.Random(pick)
        if pick % 2:
            case.path_parameters = {
                name: chance.choice(THERE.get(name, [value])) for name, value in (case.path_parameters or {}).items()
            }
        headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
        case.headers = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = case.call()
        answers[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    one()


if __name__ == "__main__":
    sys.exit(main())
