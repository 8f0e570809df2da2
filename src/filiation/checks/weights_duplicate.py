"""The weights of another publisher under another name, byte for byte, without a word of where they come from.

**Why it matters.** A copy has the licence, the data and the defects of what it was copied from; who does not know of it
takes the copy for a work of its own, and hears of no correction. Under another licence, or open where the original asks
for consent, it offers what is not its own to give.

**What to do.** Look at both. Build on the original, or ask the publisher to name it in `base_model`.

Digests are those that the registry tells of large files; nothing is downloaded. It is said where every file of weights is
among those of the other, the other was there first, and no model that has them is named; less surely where nobody knows
which was first. Severity is medium where the licences differ, or only the original is gated.

**When it is wrong.** Where a mirror is agreed upon, where two names belong to one publisher, or where two made the same
conversion of one model with the same program: of conversions and quantisations that name one source it is not said.
"""

from __future__ import annotations

from typing import Any

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.core.record import Record
from filiation.lineage.copies import holding

KNOWN_ORDER, UNKNOWN_ORDER = 0.95, 0.6
DIGITS = 12
"""So many of a digest are told in the message; the claim has all."""
_SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def _holding(name: str, year: int, *digits: str, **fields: Any) -> Record:
    """Return a model with two files of weights, each with a digest of one digit, as the Hub tells with ``blobs=true``."""
    large = [{"rfilename": file, "lfs": {"sha256": digit * 64}} for file, digit in zip(_SHARDS, digits, strict=True)]
    siblings = [{"rfilename": "config.json"}, *large]
    return model(name, createdAt=f"{year}-01-01T00:00:00.000Z", siblings=siblings, **fields)


_ORIGINAL = _holding("p/original", 2023, "a", "b")
CHECK = Check(
    name="weights-duplicate",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Weights of another model, which it does not name",
        "Its weights are those of {0}, byte for byte ({1}, SHA-256 {2}...), and it does not name it.",
        "Look at both, build on the original, or ask the publisher to name it in base_model.",
    ),
    ja=Wording(
        "名前を挙げていない別モデルと同一の重み",
        "重みは {0} とバイト単位で同一 ({1}、SHA-256 {2}...) だが、その名前を挙げていない。",
        "両方を確かめて元のモデルを使うか、base_model への記載を公開者に求める。",
    ),
    bad=among(_holding("q/mine", 2024, "a", "b"), _ORIGINAL),
    good=among(
        _holding("q/mirror", 2024, "a", "b", tags=["base_model:p/original"]),
        _ORIGINAL,
        _holding("r/shares-one-file", 2022, "a", "c"),
    ),
    needs=("claim weights_sha256", "files"),
    query=f"""
        {holding()},
        named AS (SELECT child, parent, relation FROM named_edge WHERE of_weights AND basis <> 'measured'),
        kin AS (
            SELECT child, parent FROM named
            UNION SELECT below.child, above.parent FROM named AS below JOIN named AS above ON above.child = below.parent
        ),
        remade AS (SELECT child, parent FROM named WHERE relation IN ('quantized', 'converted')),
        made_alike AS (
            SELECT held_by.node_id, other FROM held_by JOIN remade AS ours ON ours.child = held_by.node_id
            JOIN remade AS theirs ON theirs.child = other AND theirs.parent = ours.parent
        ),
        unnamed AS (
            SELECT held_by.*, theirs.name AS other_name, theirs.created_at AS other_made,
                ours.registry <> 'hf' OR coalesce(theirs.created_at < ours.created_at, false) AS is_later,
                coalesce(ours.license <> theirs.license, false)
                    OR (coalesce(theirs.gated, '') IN ('auto', 'manual') AND ours.gated = 'false') AS is_worse
            FROM held_by JOIN subject AS ours ON ours.node_id = held_by.node_id
            JOIN subject AS theirs ON theirs.node_id = other
            WHERE theirs.registry = 'hf' AND lower(coalesce(ours.owner, '')) <> lower(coalesce(theirs.owner, ''))
                AND NOT coalesce(ours.registry = 'hf' AND theirs.created_at > ours.created_at, false)
                AND held_by.node_id NOT IN (SELECT child FROM kin JOIN held_by ON node_id = child AND other = parent)
                AND (other, held_by.node_id) NOT IN (SELECT (child, parent) FROM kin)
                AND (held_by.node_id, other) NOT IN (SELECT (node_id, other) FROM made_alike)
        ),
        original AS (
            SELECT * FROM unnamed
            QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY is_later DESC, other_made NULLS LAST, other_name) = 1
        )
        SELECT node_id,
            [
                any_value(other_name),
                array_to_string(list(file_names[place] ORDER BY place)[:3], ', '),
                any_value(left(original.digest, {DIGITS}))
            ] AS details,
            ['claim/' || arg_min(claim_id, place)] || list('file/' || file_names[place] ORDER BY place) AS locations,
            CASE WHEN any_value(is_later) THEN {KNOWN_ORDER} ELSE {UNKNOWN_ORDER} END AS confidence,
            CASE WHEN any_value(is_worse) THEN 'medium' ELSE 'low' END AS severity
        FROM original JOIN trait USING (record_id)
        JOIN (
            SELECT *, split_part(pointer, '/', 2)::INTEGER + 1 AS place FROM claim WHERE predicate = 'weights_sha256'
        ) AS told USING (record_id)
        GROUP BY node_id
    """,
)
