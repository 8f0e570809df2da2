"""What a model may cost: laws of the values and of the draws, and how findings move them."""

from __future__ import annotations

import math
import tomllib
import xml.etree.ElementTree as ET  # we read our own plot
from datetime import datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.assess.cost import Standing, assess, outcome, quantile, standing
from filiation.assess.cost_model import ASSUMPTION, Value, defaults, read_inputs, template, with_inputs
from filiation.assess.tornado import tornado_svg
from filiation.core.errors import FiliationError
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

PLAIN = Standing({}, {}, 1)
MODEL = defaults()


def of(low: float, likely: float, high: float) -> Value:
    return Value("x", "money", low, high, "x", "x", "test", likely)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_template_says_what_holds_by_default(lang):
    assert with_inputs(tomllib.loads(template(lang)), "t").rule == MODEL.rule
    assert with_inputs(tomllib.loads(template(lang)), "t") == MODEL


def test_every_value_is_used_and_says_where_it_comes_from():
    used = {name for risk in MODEL.risk for names in (*risk.damage, (risk.likelihood,)) for name in names}
    used |= {name for kind in MODEL.upkeep for names in (*kind.cost, tuple(kind.avoids.values())) for name in names}
    assert {value.id for value in MODEL.value} == used
    assert all(value.source and value.en != value.ja for value in MODEL.value)
    assert 0 < sum(value.source.startswith(ASSUMPTION) for value in MODEL.value) < len(MODEL.value)
    avoided = {risk for kind in MODEL.upkeep for risk in kind.avoids}
    assert avoided == {risk.id for risk in MODEL.risk}
    assert MODEL.en.keys() == MODEL.ja.keys()


@given(st.tuples(*[st.floats(0, 1e6)] * 3).map(sorted), st.floats(0, 1, exclude_max=True))
def test_a_quantile_is_between_low_and_high(ends, share):
    low, likely, high = ends
    value = float(quantile(of(low, likely, high), np.array([share]))[0])
    assert low - 1e-6 <= value <= high + 1e-6


@given(st.tuples(*[st.floats(0, 1e6)] * 3).map(sorted))
def test_quantiles_rise_and_have_the_mean_of_a_triangle(ends):
    low, likely, high = ends
    drawn = quantile(of(low, likely, high), (np.arange(4000) + 0.5) / 4000)
    assert (np.diff(drawn) >= -1e-6).all()
    assert drawn.mean() == pytest.approx((low + likely + high) / 3, rel=1e-2, abs=1e-6)


def test_a_lognormal_has_its_ends_at_5_and_95_per_cent():
    value = next(value for value in MODEL.value if value.shape == "lognormal")
    drawn = quantile(value, np.array([0.05, 0.5, 0.95]))
    assert drawn == pytest.approx([value.low, math.sqrt(value.low * value.high), value.high])


def test_the_same_seed_gives_the_same_figures_and_another_nearly():
    first, again, other = (assess("m", MODEL, PLAIN, "en", seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first.without != other.without
    assert first.without.mean == pytest.approx(other.without.mean, rel=0.05)


def test_it_converges():
    """More draws come nearer to a long run: the error of the mean falls with the root of their number."""
    exact = assess("m", MODEL, PLAIN, "en", draws=200_000, seed=9).benefit.mean
    few, many = (
        [assess("m", MODEL, PLAIN, "en", draws=draws, seed=seed).benefit.mean - exact for seed in range(12)]
        for draws in (200, 20_000)
    )
    assert np.sqrt(np.mean(np.square(many))) < np.sqrt(np.mean(np.square(few))) / 4


def test_the_mean_is_the_product_of_means():
    """Values are drawn independently, and no likelihood reaches 1 here, so the expected loss is known exactly."""
    means = {v.id: np.array([_mean(v)]) for v in MODEL.value}
    out = outcome(MODEL, means, PLAIN)
    answer = assess("m", MODEL, PLAIN, "en", draws=200_000)
    assert answer.without.mean == pytest.approx(float((out.chance * out.damage).sum()), rel=0.02)
    assert answer.cost.mean == pytest.approx(float(out.cost.sum()), rel=0.01)
    assert answer.with_upkeep.mean == pytest.approx(float((out.chance * out.damage * out.remain).sum()), rel=0.02)


def _mean(value: Value) -> float:
    if value.shape == "lognormal":
        spread = math.log(value.high / value.low) / (2 * 1.6448536269514722)
        return value.middle * math.exp(spread**2 / 2)
    return (value.low + value.middle + value.high) / 3


def test_upkeep_never_raises_a_loss_and_the_parts_add_up():
    answer = assess("m", MODEL, PLAIN, "en")
    assert all(risk.left.mean <= risk.loss.mean for risk in answer.risks)
    assert sum(risk.loss.mean for risk in answer.risks) == pytest.approx(answer.without.mean)
    assert sum(risk.left.mean for risk in answer.risks) == pytest.approx(answer.with_upkeep.mean)
    assert sum(kind.cost.mean for kind in answer.upkeep) == pytest.approx(answer.cost.mean)
    saved = answer.without.mean - answer.with_upkeep.mean
    assert answer.benefit.mean == pytest.approx(saved - answer.cost.mean)
    assert answer.bad_year[1] <= answer.bad_year[0]


def test_the_tornado_moves_one_value_at_a_time():
    answer = assess("m", MODEL, PLAIN, "en")
    assert [swing.id for swing in answer.tornado] != [value.id for value in MODEL.value]
    assert {swing.id for swing in answer.tornado} == {value.id for value in MODEL.value}
    widths = [swing.width for swing in answer.tornado]
    assert widths == sorted(widths, reverse=True)
    chosen = answer.tornado[0]
    values = {value.id: np.array([value.middle]) for value in MODEL.value} | {chosen.id: np.array([chosen.high])}
    assert chosen.at_high == pytest.approx(float(outcome(MODEL, values, PLAIN).benefit[0]))


@settings(max_examples=25)
@given(st.sampled_from([risk.id for risk in MODEL.risk]), st.floats(1, 50), st.integers(1, 5))
def test_more_findings_never_make_it_cheaper(risk, times, needed):
    before = assess("m", MODEL, PLAIN, "en", draws=500)
    after = assess("m", MODEL, Standing({risk: times}, {}, needed), "en", draws=500)
    assert after.without.mean >= before.without.mean - 1e-9
    assert all(item.chance.high <= 1 for item in after.risks)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"hour_cots": 1}, "did you mean hour_cost"),
        ({"zzz": 1}, "--template"),
        ({"hour_cost": {"low": 3, "likely": 2, "high": 4}}, "low is at most likely"),
        ({"hour_cost": {"low": -1}}, "numbers are from 0"),
        ({"hour_cost": float("nan")}, "numbers are from 0"),
        ({"hour_cost": {"low": "much"}}, "Expected `float`"),
        ({"hour_cost": True}, "is a table"),
        ({"hour_cost": {"shape": "lognormal", "likely": 100}}, "lognormal"),
        ({"hour_cost": {"unit": "share"}}, "cannot be changed"),
        ({"hour_cost": {"mode": 3}}, "unknown field"),
        ({"gap_share": {"high": 2}}, "is a share"),
        ({"claim_cost": {"low": 0, "high": 5}}, "lognormal"),
        ({"currency": ""}, "currency"),
        ({"rule": {"high": -1}}, "factors"),
        ({"rule": 3}, "is a table"),
    ],
)
def test_a_wrong_value_gets_one_sentence(said, sentence):
    with pytest.raises(FiliationError, match=sentence):
        with_inputs(said, "mine.toml")


def test_own_values_stand_in_place_of_ours():
    model = with_inputs({"hour_cost": 95, "claim_cost": {"low": 1, "likely": 2, "high": 3}, "currency": "EUR"}, "mine")
    values = {value.id: value for value in model.value}
    assert (values["hour_cost"].low, values["hour_cost"].middle, values["hour_cost"].source) == (95, 95, "your own")
    assert values["claim_cost"].shape == "triangular"
    assert assess("m", model, PLAIN, "en").currency == "EUR"
    assert assess("m", model, PLAIN, "en").assumed == assess("m", MODEL, PLAIN, "en").assumed - 2


@pytest.mark.parametrize("content", [b"\xff\xfe", b"= 1", b"a" * (2 << 20)])
def test_a_file_that_is_none_gets_one_sentence(tmp_path, content):
    path = tmp_path / "inputs.toml"
    path.write_bytes(content)
    with pytest.raises(FiliationError):
        read_inputs(path)


def test_draws_and_seed_have_bounds():
    for draws, seed in ((1, 1), (10**9, 1), (1000, -1)):
        with pytest.raises(FiliationError):
            assess("m", MODEL, PLAIN, "en", draws, seed)


def test_the_sentence_is_said_in_both_languages():
    english, japanese = (assess("model:o/m", MODEL, PLAIN, lang) for lang in ("en", "ja"))
    assert "model:o/m" in english.sentence
    assert f"{english.chance * 100:.0f} %" in english.sentence
    assert "保守" in japanese.sentence
    assert english.without == japanese.without


def test_the_plot_is_sound_and_nothing_in_it_is_markup():
    answer = msgspec.structs.replace(assess("m", MODEL, PLAIN, "en"), ref="<script>&\x00", currency='"><g>')
    text = tornado_svg(answer, "What <moves> it")
    root = ET.fromstring(text)  # noqa: S314  # our own plot
    bars = root.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(bars) > 20
    assert all(float(bar.get("width")) >= 0 for bar in bars)
    assert "<script>" not in text
    assert root.find("{http://www.w3.org/2000/svg}g") is None


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, charted, a_model):
    noon = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
    records = [
        a_model("o/base", "# Base\n", ["README.md", "model.safetensors"], tags=["license:mit"]),
        a_model("o/lora", "# Lora\n", ["README.md", "adapter_model.bin"], tags=["base_model:adapter:o/base"]),
    ]
    return charted(tmp_path_factory.mktemp("cost") / "atlas", (noon, records))


def test_findings_and_lineage_move_the_likelihoods(atlas):
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas, "write") as opened, opened.transaction() as con:
        con.execute("DELETE FROM finding")
        nodes = dict(con.execute("SELECT name, node_id FROM node").fetchall())
        for severity, confidence in (("high", 1.0), ("medium", 0.5)):
            con.execute(
                "INSERT INTO finding VALUES (?, ?, ?, ?, 'm', [], 'r', [])",
                [f"license-{severity}", nodes["o/lora"], severity, confidence],
            )
        lora, base = (standing(con, lineage, nodes[name], MODEL) for name in ("o/lora", "o/base"))
    assert lora.times["license-claim"] == pytest.approx(2.0 * 1.25)
    assert lora.because["license-claim"] == ["license-high (high)", "license-medium (medium)"]
    assert base.times["license-claim"] == MODEL.rule.clean
    assert (lora.needed, base.needed) == (2, 1)


def test_the_verb(run, atlas, tmp_path):
    plot = tmp_path / "plot.svg"
    done = run("assess", "cost", "o/lora", "--svg", plot, atlas=atlas)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Looking after model:o/lora costs ")
    assert "#" * 24 in done.stdout
    ET.fromstring(plot.read_text())  # noqa: S314  # our own plot
    spoken = run("assess", "cost", "o/lora", "--lang", "ja", atlas=atlas)
    assert "保守" in spoken.stdout.splitlines()[0]


def test_the_verb_refuses_in_one_sentence(run, atlas, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("hour_cost = -1\n")
    for words in (
        ["cost"],
        ["cost", "o/gone"],
        ["cost", "o/lora", "--inputs", wrong],
        ["cost", "o/lora", "--inputs", tmp_path / "no"],
    ):
        done = run("assess", *words, atlas=atlas)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.strip().splitlines()) == 1
    printed = run("assess", "cost", "--template")
    assert with_inputs(tomllib.loads(printed.stdout), "t") == MODEL
