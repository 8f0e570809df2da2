"""Claims against measurements: verdicts, what differs, what the pipeline explains, and how it went."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec import structs

from filiation.core.claim import Basis, Locator
from filiation.core.score import Protocol, Score
from filiation.scores.agreement import same
from filiation.scores.compare import compare, row
from filiation.scores.pipeline_effect import pipeline_effects, with_pipeline
from filiation.scores.track import tracks

SST = Protocol(split="validation")


def claim(value: float, written: str | None = None, **more) -> Score:
    fields = {"metric": "accuracy", "dataset": "glue/sst2", "protocol": SST, "ref": "model:o/a"} | more
    return Score(
        value=value, basis=Basis.DECLARED, source=Locator("card"), value_written=written or str(round(value * 100, 2)), **fields
    )


def result(value: float, samples: int | None = 872, **more) -> Score:
    return structs.replace(claim(value), basis=Basis.MEASURED, source=Locator("run"), samples=samples, **more)


@pytest.mark.parametrize(
    ("said", "found", "verdict", "contradicted"),
    [
        (claim(0.91), result(0.91), "confirmed", False),
        (claim(0.91, "91"), result(0.907, 20), "confirmed", False),  # as far as it is written
        (claim(0.91), result(0.905, 50_000), "confirmed", False),  # a point is let pass where it can be told
        (claim(0.91), result(0.905, 100), "within_noise", False),  # here it cannot
        (claim(0.91), result(0.895), "within_noise", False),
        (claim(0.95), result(0.81), "lower", True),
        (claim(0.81), result(0.95), "higher", False),
        (claim(0.95), result(0.93, None), "lower", True),  # chance cannot be told: the study's point alone
        (claim(0.95), result(0.945, None), "confirmed", False),
    ],
)
def test_the_verdict(said, found, verdict, contradicted):
    told = row(said, found)
    assert (told.verdict, told.contradicted) == (verdict, contradicted)
    assert told.delta == pytest.approx(found.value - said.value)


def test_worse_is_higher_where_lower_is_better():
    said, found = (structs.replace(one, metric="wer", samples=None) for one in (claim(0.1), result(0.2)))
    assert (row(said, found).verdict, row(said, found).contradicted) == ("higher", True)


@pytest.mark.parametrize(
    ("mine", "theirs", "field"),
    [
        ({"split": "test"}, {"split": "validation"}, "split"),
        ({"shots": 5}, {"shots": 0}, "shots"),
        ({"config": "de"}, {"config": "en"}, "config"),
        ({"variant": "strict match"}, {"variant": "flexible extract"}, "variant"),
        ({"shots": 5, "prompt": "chain of thought"}, {"shots": 5, "prompt": "plain"}, "prompt"),
        ({"shots": 5, "harness": "helm"}, {"shots": 5, "harness": "lighteval"}, "harness"),
        ({"dataset_revision": "abcdef1234"}, {"dataset_revision": "1234567890"}, "dataset_revision"),
    ],
)
def test_another_protocol_is_not_comparable_and_says_what_differs(mine, theirs, field):
    told = row(claim(0.95, protocol=Protocol(**mine)), result(0.5, protocol=Protocol(**theirs)))
    assert told.verdict == "not_comparable"
    assert not told.contradicted
    assert [item.field for item in told.differs] == [field]


def test_spelling_is_no_difference():
    assert same("split", "val", "validation") is True
    assert same("precision", "torch.float16", "fp16") is True
    assert same("dataset_revision", "abcdef1", "abcdef1234567") is True
    assert same("shots", None, 5) is None


def test_what_one_side_leaves_unsaid_may_explain_so_much_and_no_more():
    near = row(claim(0.95, protocol=Protocol()), result(0.90))
    assert (near.verdict, near.unsaid) == ("not_comparable", ("split",))
    assert row(claim(0.95, protocol=Protocol()), result(0.60)).contradicted
    # What nobody prompts has no prompt to leave unsaid.
    assert row(claim(0.95, protocol=SST), result(0.81, protocol=structs.replace(SST, prompt="plain"))).contradicted


def test_another_precision_widens_a_little():
    half = structs.replace(SST, precision="float16")
    single = structs.replace(SST, precision="float32")
    told = row(claim(0.95, protocol=single), result(0.93, None, protocol=half))
    assert told.verdict == "within_noise"
    assert [item.field for item in told.differs] == ["precision"]


def test_a_claim_meets_the_measurement_whose_protocol_is_its_own():
    said = claim(0.7, protocol=Protocol(shots=5))
    found = [result(value, protocol=Protocol(shots=shots)) for value, shots in ((0.5, 0), (0.69, 5), (0.8, 25))]
    [told] = compare([said], found).rows
    assert told.measured == 0.69
    other = claim(0.9, metric="f1")
    [told] = compare([other], found).rows
    assert told.differs[0].field == "metric"
    nothing = compare([claim(0.9, dataset="imdb"), claim(0.9, dataset=None)], found)
    assert len(nothing.unmeasured) == 2
    assert len(nothing.unclaimed) == 3


def test_a_claim_that_is_the_very_figure_of_a_variant_is_of_that_variant():
    plain, rescaled = Protocol(), Protocol(variant="rescaled from chance")
    [told] = compare([claim(0.1447, "14.47")], [result(0.2303, protocol=plain), result(0.14468, protocol=rescaled)]).rows
    assert (told.verdict, told.measured) == ("confirmed", 0.14468)


def test_more_claims_widen_each_interval():
    pairs = [(claim(0.9, dataset=f"o/d{n}"), result(0.885, dataset=f"o/d{n}")) for n in range(40)]
    one = compare(*zip(*pairs[:1], strict=True)).rows[0]
    many = compare(*zip(*pairs, strict=True)).rows[0]
    assert many.tolerance.sampling > one.tolerance.sampling


def models(gaps, dataset="coco"):
    """Rows of as many models, measured by the same pipeline and off by so much."""
    made = []
    for number, gap in enumerate(gaps):
        about = {"ref": f"model:o/m{number}", "metric": "map", "dataset": dataset, "protocol": Protocol(split="validation")}
        made.append(row(claim(0.45, **about), result(0.45 + gap, None, **about)))
    return made


def test_many_off_in_one_direction_point_at_the_pipeline():
    detectors = models([-0.021, -0.027, -0.024, -0.026, -0.04, -0.054, -0.045, -0.039])  # as in the study: all eight
    assert all(one.contradicted for one in detectors)
    [effect] = pipeline_effects(detectors)
    assert effect.worse
    assert (effect.shared.models, effect.shared.same_direction) == (8, 8)
    assert effect.shared.chance == pytest.approx(2 / 256)
    assert effect.shared.low < effect.shared.median < effect.shared.high < 0
    [told] = with_pipeline(detectors[:1], detectors)
    assert told.pipeline.explains
    assert (told.verdict, told.contradicted) == ("lower", False)


def test_a_model_off_farther_than_the_others_is_not_explained():
    others = models([-0.02, -0.025, -0.02, -0.03, -0.022, -0.026, -0.3])
    [told] = with_pipeline(others[-1:], others)
    assert not told.pipeline.explains
    assert told.contradicted


def test_few_models_or_both_directions_prove_nothing():
    assert pipeline_effects(models([-0.03] * 4)) == []
    assert pipeline_effects(models([-0.03, 0.03] * 5)) == []
    [told] = with_pipeline(models([-0.03]), models([-0.03] * 3))
    assert told.contradicted


def test_a_score_over_revisions():
    def at(revision: str, day: int, value: float, **more) -> Score:
        return result(value, ref=f"model:o/a@{revision}", at=datetime(2024, 7, day), **more)  # noqa: DTZ001  # naive UTC

    steady, dropped = at("r1", 1, 0.9), at("r2", 2, 0.8)
    [track] = tracks([dropped, steady, at("r3", 3, 0.81)])
    assert [point.revision for point in track.points] == ["r1", "r2", "r3"]
    [step] = track.steps
    assert (step.change, step.before, step.after) == ("dropped", 0, 1)
    [track] = tracks([steady, at("r1", 2, 0.8)])
    assert track.steps[0].change == "unsteady"
    assert tracks([steady, at("r2", 2, 0.89)])[0].steps == ()
    assert tracks([steady, at("r2", 2, 0.5, protocol=Protocol(split="test"))]) == []
