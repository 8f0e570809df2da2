"""Policies over every model of an atlas: ``python bench/policy.py --atlas ATLAS [--policy NAME]...``.

Facts are drawn from the tables of a built atlas: states, licences, findings, scores, files, ages. What the tables lack (the
answer for a use, evidence of cards, the revision that somebody asks for) is made up, with a fixed seed. Prints the verdicts,
how long all take at once, and how many times longer a sample takes model by model with nothing remembered. Times are those of
the processor, since the machine may have other work.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

import filiation.policy as policies
from filiation.policy.expression import expression
from filiation.policy.facts import (
    EvidenceFacts,
    Facts,
    FindingFacts,
    LicenseFacts,
    PublisherFacts,
    ScoreFacts,
    formats_of,
    named_licenses,
)
from filiation.store.atlas import Atlas

SAMPLE = 500
QUERY = """
SELECT node.kind, split_part(node.name, '/', 1), node.name, node.state, gated, term.state, term.expression, score.documentation,
    score.provenance, score.reproducibility, score.portability, node.downloads,
    date_diff('day', modified_at, TIMESTAMP '2024-07-11'), file_names, found.findings
FROM node LEFT JOIN trait USING (record_id) LEFT JOIN term USING (node_id) LEFT JOIN score USING (node_id)
LEFT JOIN (
    SELECT node_id, list({'check': check_name, 'severity': severity, 'confidence': round(confidence, 3)}) AS findings
    FROM finding GROUP BY node_id
) AS found USING (node_id)
WHERE node.kind = 'model' AND node.state = 'present'
"""


def main() -> None:
    """Ask each policy about every model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, required=True)
    parser.add_argument("--policy", action="append", default=[])
    parser.add_argument("--models", type=int, default=10_000_000, help="at most so many")
    given = parser.parse_args()
    with Atlas.open(given.atlas) as atlas:
        start = time.process_time()
        facts = list(drawn(atlas.con, given.models))
        print(f"{len(facts):,} models' facts drawn in {time.process_time() - start:.1f} s")
    for name in given.policy or policies.presets():
        measure(name, facts)


def drawn(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[Facts]:
    """Yield the facts of each model."""
    chance = random.Random(5)
    rows = con.execute(f"{QUERY} LIMIT {limit}")
    while chunk := rows.fetchmany(4096):
        for row in chunk:
            yield fact(row, chance)


def fact(row: tuple, chance: random.Random) -> Facts:
    """Return the facts in a row."""
    kind, owner, name, state, gated, license_state, text, *scores, downloads, age, files, findings = row
    scores = [round(chance.betavariate(2, 4) if score is None else score, 3) for score in scores]
    named = named_licenses(text)
    found = [
        FindingFacts(
            item["check"], item["check"].partition("-")[0], item["severity"], item["confidence"], chance.random() < 0.01
        )
        for item in findings or ()
    ]
    return Facts(
        ref=f"model:{name}", kind=kind, owner=owner, name=name.rpartition("/")[2], state=state, is_pinned=chance.random() < 0.1,
        gated=None if gated is None else gated != "False",
        license=LicenseFacts(
            license_state or "undeclared", text, tuple(item.id for item in named), tuple(item.kind for item in named),
            tuple(item.check for item in found if item.topic == "license"), chance.choice(["yes", "no", "ask a lawyer"]),
        ),
        licenses=named, scores=ScoreFacts(*scores), findings=tuple(found), downloads=downloads, age_days=age,
        formats=formats_of(files) if files else None, files_known=bool(files),
        publisher=PublisherFacts(owner, chance.randint(1, 40)),
        evidence=EvidenceFacts(*[chance.choice([True, False, None]) for _ in EvidenceFacts.__struct_fields__]),
    )  # fmt: skip


def measure(name: str, facts: list[Facts]) -> None:
    """Print what the policy says, and how long that took."""
    policy = policies.load(name)
    start = time.process_time()
    verdicts, reasons = Counter(), Counter()
    for decision in policies.decide_many(policy, facts):
        verdicts[decision.verdict] += 1
        reasons.update(reason.rule for reason in decision.reasons)
    seconds = time.process_time() - start
    start = time.process_time()
    for one in facts[:: max(1, len(facts) // SAMPLE)][:SAMPLE]:
        expression.cache_clear()
        policies.decide(policy, one)
    alone = (time.process_time() - start) / min(SAMPLE, len(facts))
    print(
        f"{name}: {len(policy.rules)} rules, {len(facts):,} models in {seconds:.1f} s ({len(facts) / seconds:,.0f} a second);"
        f" one by one, compiling anew, {alone * 1e3:.1f} ms each, {alone * len(facts) / seconds:,.0f} times longer"
    )
    print(f"  {dict(verdicts)}; most often {', '.join(f'{rule} {count:,}' for rule, count in reasons.most_common(4))}")


if __name__ == "__main__":
    main()
