"""All that is known of a model's scores: what was claimed, what was measured, what holds between them, and how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import msgspec

from filiation.core.ref import Kind, Ref
from filiation.core.score import Score
from filiation.scores.canonical import key
from filiation.scores.claimed import claimed, scores_of
from filiation.scores.compare import Comparison, Row, Side, Verdict, compare, side
from filiation.scores.measured import measured, measured_by_model
from filiation.scores.pipeline_effect import PipelineEffect, pipeline_effects, with_pipeline
from filiation.scores.track import Track, tracks
from filiation.store.atlas import Atlas

MAX_OTHERS = 400
"""Other models that are looked at for what the pipeline does."""


class Told(msgspec.Struct, frozen=True):
    """A score that has no counterpart."""

    metric: str
    dataset: str | None
    value: float
    side: Side


class ScoresAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/scores/v1"):
    """Scores of one model.

    Attributes:
        ref: The model.
        rows: Claims that meet a measurement of their dataset, the contradicted first.
        verdicts: How many rows have which verdict.
        contradicted: How many claims were measured to be worse, beyond the tolerance, with no pipeline to explain it.
        pipelines: What several models have in common where this one is off; to be read before a claim is called false.
        tracks: What was measured more than once, those with an alert first.
        unmeasured: Claims whose dataset nobody measured.
        unclaimed: Measurements that met no claim.
        skipped: What could not be read, and why.
    """

    ref: str
    rows: tuple[Row, ...]
    verdicts: dict[Verdict, int]
    contradicted: int
    pipelines: tuple[PipelineEffect, ...]
    tracks: tuple[Track, ...]
    unmeasured: tuple[Told, ...]
    unclaimed: tuple[Told, ...]
    skipped: tuple[str, ...] = ()


def model_scores(
    atlas: Atlas,
    ref: Ref,
    given: Sequence[Score] = (),
    beside: Mapping[str, Sequence[Score]] | None = None,
    skipped: Sequence[str] = (),
) -> ScoresAnswer:
    """Return what an atlas, and what is given besides, say of a model's scores.

    Args:
        atlas: Charted.
        ref: The model, as the atlas spells it.
        given: Measurements of it that the atlas does not hold.
        beside: The same of other models of the Hub, by name.
        skipped: What could not be read of what was given.
    """
    claims = claimed(atlas, ref)
    results = measured(atlas.con, ref, given)
    others = comparisons(atlas.con, {score.dataset for score in results if score.dataset}, ref.name) if claims else []
    told = dict(sorted((beside or {}).items())[:MAX_OTHERS])
    said = claimed_by_model(atlas.con, list(told)) if told else {}
    others += [compare(said[name], scores) for name, scores in told.items() if said.get(name)]
    return scores_answer(ref, claims, results, others, skipped)


def scores_answer(
    ref: Ref, claims: Iterable[Score], results: Sequence[Score], others: Iterable[Comparison] = (), skipped: Sequence[str] = ()
) -> ScoresAnswer:
    """Return what holds between the claims and the measurements of one model.

    Args:
        ref: The model.
        claims: Of it.
        results: Of it.
        others: Comparisons of other models, for what the pipeline does; of those only what was measured as this one counts.
        skipped: What could not be read.
    """
    found = compare(claims, results)
    beside = [row for other in others for row in other.rows]
    rows = with_pipeline(found.rows, beside)
    about = {(row.metric, key(row.dataset or "")) for row in rows if row.verdict in ("lower", "higher")}
    effects = [effect for effect in pipeline_effects([*beside, *rows]) if (effect.metric, key(effect.dataset)) in about]
    lines = sorted(tracks(results), key=lambda track: not track.steps)
    return ScoresAnswer(
        str(Ref(ref.kind, ref.name, ref.registry)),
        tuple(sorted(rows, key=lambda row: (not row.contradicted, _ORDER.index(row.verdict), -abs(row.delta)))),
        dict(Counter(row.verdict for row in rows)),
        sum(row.contradicted for row in rows),
        tuple(effects),
        tuple(lines),
        tuple(_told(score) for score in found.unmeasured),
        tuple(_told(score) for score in found.unclaimed),
        tuple(skipped),
    )


_ORDER = ("lower", "higher", "not_comparable", "within_noise", "confirmed")


def comparisons(con: duckdb.DuckDBPyConnection, datasets: Iterable[str], without: str = "") -> list[Comparison]:
    """Return what holds between claims and measurements of the models that were measured on one of these datasets.

    Args:
        con: Of an atlas that is charted.
        datasets: Canonical ids.
        without: Name of a model that is left out.

    Returns:
        Of `MAX_OTHERS` models at most, those first that come first by name.
    """
    results = measured_by_model(con, sorted(set(datasets)), MAX_OTHERS + 1)
    results = {name: scores for name, scores in results.items() if name.lower() != without.lower()}
    claims = claimed_by_model(con, list(results))
    return [compare(claims[name], scores) for name, scores in results.items() if claims.get(name)]


def claimed_by_model(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, list[Score]]:
    """Return what each of these models of the Hub is claimed to score, as `scores.claimed.claimed` does for one."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    for name, *row in con.execute(_CLAIMS, {"names": list(names)}).fetchall():
        rows.setdefault(name, []).append(tuple(row))
    return {name: list(scores_of(str(Ref(Kind.MODEL, name)), held)) for name, held in rows.items()}


def _told(score: Score) -> Told:
    return Told(score.metric, score.dataset, score.value, side(score))


_CLAIMS = """
SELECT id, claim.value, claim.basis::VARCHAR, claim.confidence, claim.source, pointer, record.source, record.seen_at, revision
FROM claim JOIN record USING (record_id) LEFT JOIN trait USING (record_id)
WHERE predicate = 'metric' AND claim.basis IN ('declared', 'stated') AND record.kind = 'model' AND registry = 'hf'
    AND id IN (SELECT unnest($names))
QUALIFY seen_at = max(seen_at) OVER (PARTITION BY id, record.source)
ORDER BY id, record.source, claim.basis, claim.source, length(pointer), pointer, claim_id
"""
