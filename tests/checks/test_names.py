"""Names held against what else is known: exceptions raise no alarm, and an alarm that a person rejected is remembered."""

from __future__ import annotations

from datetime import datetime

import pytest

from filiation.core.check import model
from filiation.core.decision import Waiver, evidence_digest
from filiation.core.finding import Finding, Severity

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
LLAMA = model("p/Llama-2-7b")


def _of(rows: list[dict], name: str) -> list[dict]:
    return [row for row in rows if row["check_name"] == name]


def _finding(row: dict) -> Finding:
    places, words = tuple(row["locations"]), tuple(row["details"])
    return Finding(row["check_name"], f"model:{row['name']}", row["message"], Severity(row["severity"]), 1.0, places, "", words)


def test_a_rejected_alarm_is_remembered_until_its_evidence_changes(checked):
    lying = model("o/gemma-chat", tags=["base_model:finetune:p/Llama-2-7b"])
    [first] = _of(checked([lying, LLAMA], ["name-contradicts-base"]), "name-contradicts-base")
    waiver = Waiver(
        "model:o/gemma-chat", "name-contradicts-base", "ann", NOON, None, "A joke.", 1, evidence_digest(_finding(first))
    )
    more = [model("a/first", tags=["base_model:p/Llama-2-7b"]), lying, LLAMA]
    [again] = _of(checked(more, ["name-contradicts-base"]), "name-contradicts-base")
    assert again["locations"] != first["locations"], "the number of the edge should have moved"
    assert waiver.covers(_finding(again))
    other = model("o/gemma-chat", tags=["base_model:finetune:p/mistral-7b"])
    [changed] = _of(checked([other, model("p/mistral-7b")], ["name-contradicts-base"]), "name-contradicts-base")
    assert not waiver.covers(_finding(changed))


HONEST = [
    model("o/mistral-7b-chat", tags=["llama"]),
    model("o/roberta-wwm", tags=["bert"]),
    model("o/nllb-600m", config={"model_type": "m2m_100"}),
    model("o/llama-GPTQ", tags=["gptq", "4-bit"]),
    model("o/story-7b-lora", tags=["peft"], safetensors={"parameters": {"F32": 4_000_000}, "total": 4_000_000}),
    model("o/Qwen-1_8B", safetensors={"parameters": {"BF16": 1_836_828_672}, "total": 1_836_828_672}),
    model("o/deutsch-bert", tags=["de", "en"]),
]


def test_exceptions_raise_no_alarm(checked):
    rows = checked(HONEST, [f"name-contradicts-{what}" for what in ("architecture", "size", "quantization", "language")])
    assert [(row["check_name"], row["name"]) for row in rows if row["check_name"].startswith("name-contradicts")] == []


@pytest.mark.parametrize(
    ("owner", "name", "severity"),
    [
        ("famous-1ab", "fluent-writer", "high"),
        ("other", "fluent-writer", "info"),
        ("other", "fluent-vvriter", "medium"),
        ("other", "fluent-writr", "low"),
    ],
)
def test_what_looks_alike_is_rated(checked, owner, name, severity):
    famous = model("famous-lab/fluent-writer", downloads=9_000_000)
    rows = _of(checked([model(f"{owner}/{name}"), famous], ["name-lookalike"]), "name-lookalike")
    assert [(row["name"], row["severity"], row["details"]) for row in rows] == [(f"{owner}/{name}", severity, [famous.id])]


@pytest.mark.parametrize("name", ["fluent-writer-2", "fluent-writer2", "mfluent-writers-x", "bert-writer"])
def test_another_name_is_no_lookalike(checked, name):
    famous = model("famous-lab/fluent-writer", downloads=9_000_000)
    assert _of(checked([model(f"o/{name}"), famous], ["name-lookalike"]), "name-lookalike") == []
