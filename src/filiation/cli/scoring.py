"""What the verb `scores` does: read results, find claims, compare, and say it in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from filiation.cli.console import heading, line, note
from filiation.core.errors import FiliationError, SourceError
from filiation.core.ref import Kind, Ref

if TYPE_CHECKING:
    from filiation.core.score import Protocol, Score
    from filiation.scores.answer import ScoresAnswer, Told
    from filiation.scores.compare import Row
    from filiation.scores.pipeline_effect import PipelineEffect
    from filiation.scores.track import Point, Track

SHOWN = 40
"""Rows that are printed; JSON has all."""
_WORDS = {
    "confirmed": "confirmed",
    "within_noise": "within noise",
    "lower": "measured lower",
    "higher": "measured higher",
    "not_comparable": "not comparable",
}


def scored(atlas_path: Path, text: str, files: Sequence[Path], named: Sequence[str]) -> ScoresAnswer:
    """Return what holds between the claims of an atlas and the measurements of it and of `files`.

    Args:
        atlas_path: Charted.
        text: The model.
        files: Results of harnesses, besides what the atlas has.
        named: Other names under which the model stands in them.

    Raises:
        FiliationError: If the model is unknown, or `files` say nothing of it.
    """
    from filiation.cli.lookup import find_node
    from filiation.lineage.arrays import Lineage
    from filiation.scores.answer import model_scores
    from filiation.store.atlas import Atlas

    if named and not files:
        raise FiliationError("--as says what the model is called in results: give these with --results FILE.")
    lineage = Lineage.load(atlas_path)
    ref = Ref.parse(lineage.ref(find_node(lineage, text.partition("@")[0], atlas_path)))
    if ref.kind != Kind.MODEL:
        raise FiliationError(f"{ref} is no model: only models are scored.")
    given, beside, skipped = _given(files, ref, named)
    with Atlas.open(atlas_path) as atlas:
        return model_scores(atlas, ref, given, beside, skipped)


def _given(files: Sequence[Path], ref: Ref, named: Sequence[str]) -> tuple[list[Score], dict[str, list[Score]], list[str]]:
    """Return the scores of the model in `files`, those of other models by name, and what could not be read."""
    from filiation.core.record import Skipped
    from filiation.scores.results import read_results

    wanted = {ref.name.lower(), *(name.lower() for name in named)}
    found: list[Score] = []
    others: dict[str, list[Score]] = {}
    foreign: list[str] = []
    skipped: list[str] = []
    for path in files:
        if not path.exists():
            raise SourceError(f"{path} is not there: give a file or folder of results that an evaluation harness wrote.")
        for item in read_results(path):
            if isinstance(item, Skipped):
                skipped.append(f"{item.file}: {item.reason}")
            elif item[0].model.lower() in wanted:
                found += [msgspec.structs.replace(score, ref=_pinned(ref, item[0].revision, score)) for score in item[1]]
            elif item[0].is_hub:
                others.setdefault(item[0].model, []).extend(item[1])
            else:
                foreign.append(item[0].model)
    if files and not found and not (others or foreign):
        raise FiliationError(f"Nothing in {files[0]} tells of a model's scores: {skipped[0] if skipped else 'it holds none'}.")
    if files and not found:
        about = ", ".join(dict.fromkeys([*others, *foreign][:3]))
        raise FiliationError(
            f"The results are about {about}, not about {ref.name}: if that is the same model, say so with --as NAME."
        )
    return found, others, skipped


def _pinned(ref: Ref, revision: str | None, score: Score) -> str:
    own = score.ref.partition("@")[2] or revision
    return f"{ref}@{own}" if own else str(ref)


def print_scores(answer: ScoresAnswer) -> None:
    """Print it: what the pipeline does first, then each claim, then how it went over time."""
    counts = ", ".join(f"{number} {_WORDS[verdict]}" for verdict, number in sorted(answer.verdicts.items()))
    heading(f"{answer.ref}: {_many(len(answer.rows), 'claim')} met a measurement{f' ({counts})' if counts else ''}")
    if not answer.rows:
        line(_nothing_met(answer))
    for effect in answer.pipelines:
        _print_effect(effect)
    for row in answer.rows[:SHOWN]:
        _print_row(row)
    if len(answer.rows) > SHOWN:
        line(f"  and {len(answer.rows) - SHOWN} more: see --json")
    for track in (track for track in answer.tracks if track.steps):
        _print_track(track)
    steady = sum(1 for track in answer.tracks if not track.steps)
    line()
    if steady:
        line(f"Measured more than once, and in agreement: {_many(steady, 'score')}.")
    if answer.unmeasured:
        about = f"{_many(len(answer.unmeasured), 'claim')} {'is' if len(answer.unmeasured) == 1 else 'are'} about data"
        line(f"{about} that nobody measured here: {_names(answer.unmeasured)}.")
    if answer.unclaimed:
        line(f"Without a claim: {_many(len(answer.unclaimed), 'measurement')}, of {_names(answer.unclaimed)}.")
    if answer.contradicted:
        line(
            f"Contradicted: {_many(answer.contradicted, 'claim')}. A measurement can be wrong too: look at its protocol first."
        )
    for reason in answer.skipped[:SHOWN]:
        note(f"not read: {reason}")


def _nothing_met(answer: ScoresAnswer) -> str:
    """Return why no claim met a measurement, and what to do about it."""
    name = answer.ref.removeprefix("model:")
    if answer.unmeasured and answer.unclaimed:
        return "What was measured is of other data than what is claimed."
    if answer.unclaimed:
        return "Nothing is claimed of it: chart its card, or a table that its vendor publishes."
    measure = f"measure it with 'filiation measure {name} --suite FILE', or give what a harness wrote with --results FILE"
    if answer.unmeasured:
        return f"Nothing was measured of it: {measure}. 'filiation show {name}' lists the claims."
    return f"No score of it was charted, neither claimed nor measured: chart its card, and {measure}."


def _print_effect(effect: PipelineEffect) -> None:
    shared = effect.shared
    how = "worse" if effect.worse else "better"
    by = f", measured by {effect.harness}" if effect.harness else ""
    line(
        f"Look at the pipeline first: {shared.same_direction} of {shared.models} models come out {how} than claimed on"
        f" {effect.metric} of {effect.dataset}{by}: {_gap(shared.median)} in the middle"
        f" ({_gap(shared.low)} to {_gap(shared.high)}; by chance once in {1 / shared.chance:,.0f})."
    )


def _print_row(row: Row) -> None:
    name = _named(row.metric, row.dataset, row.result.protocol)
    line()
    line(f"{_WORDS[row.verdict]}: {name}: claimed {_figure(row.claimed)}, measured {_figure(row.measured)} ({_gap(row.delta)})")
    also = f" (and {_many(len(row.claim.also), 'place')} more)" if row.claim.also else ""
    by = f" by {row.result.by}" if row.result.by else ""
    line(f"  claimed in {row.claim.source}{also}; measured in {row.result.source}{by}")
    for item in row.differs:
        line(f"  {item.field.replace('_', ' ')}: claimed for {item.claimed}, measured for {item.measured}")
    if row.unsaid:
        line(f"  only one side says: {', '.join(field.replace('_', ' ') for field in row.unsaid)}")
    if row.tolerance:
        chance = "unknown" if row.tolerance.sampling is None else _figure(row.tolerance.sampling)
        line(
            f"  let pass: {_figure(row.tolerance.point)} by the study's point, {chance} by chance,"
            f" {_figure(row.tolerance.protocol)} by what is unsaid"
        )
    if row.pipeline:
        what = "no farther than the others: the pipeline explains it" if row.pipeline.explains else "farther than the others"
        line(f"  {row.pipeline.same_direction} of {row.pipeline.models} models are off this way; this one {what}")


def _print_track(track: Track) -> None:
    line()
    for step in track.steps:
        before, after = track.points[step.before], track.points[step.after]
        line(
            f"{step.change}: {_named(track.metric, track.dataset, track.protocol)}: {_figure(before.value)} at {_when(before)},"
            f" {_figure(after.value)} at {_when(after)} ({_gap(step.delta)}, let pass {_figure(step.allowed)})"
        )


def _when(point: Point) -> str:
    parts = (point.revision or "")[:12], f"{point.at:%Y-%m-%d}" if point.at else ""
    return " on ".join(part for part in parts if part) or "an unnamed revision"


def _names(told: Sequence[Told]) -> str:
    names = dict.fromkeys(one.dataset or "no dataset" for one in told)
    return ", ".join(list(names)[:6]) + (", ..." if len(names) > 6 else "")


def _named(metric: str, dataset: str | None, protocol: Protocol) -> str:
    name = " ".join(part for part in (metric, "on", dataset or "?", protocol.config) if part)
    return f"{name} ({protocol.variant})" if protocol.variant else name


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _figure(value: float) -> str:
    return f"{value:.4g}"


def _gap(value: float) -> str:
    return f"{value:+.4g}"
