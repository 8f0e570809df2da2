"""What containers, servers and programs within commands are told to load."""

from __future__ import annotations

import pytest

from filiation.uses.config import config_uses
from filiation.uses.shell import shell_uses

COMPOSE = """
services:
  tgi:
    image: ghcr.io/huggingface/text-generation-inference:3
    command:
      - --model-id
      - o/tgi
      - --revision
      - v2
  vllm:
    image: vllm/vllm-openai:latest
    command: --model o/vllm --port 8000
  other:
    image: postgres
    command: --model o/none
  tei:
    environment:
      - MODEL_ID=o/tei
  pod:
    env:
      - {name: HF_MODEL_ID, value: o/pod}
  table:
    environment:
      DATASET_NAME: o/data
"""


def test_containers():
    found = {(use.line, use.ref, use.revision) for use in config_uses(COMPOSE, "compose.yaml")}
    assert sorted(found) == [
        (7, "model:o/tgi", "v2"),
        (12, "model:o/vllm", None),
        (18, "model:o/tei", None),
        (21, "model:o/pod", None),
        (24, "dataset:o/data", None),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("python -c \"from x import y; snapshot_download('o/m', revision='v3')\"", (1, "model:o/m", "v3")),
        ("RUN python3 -c 'snapshot_download(\"o/m\")'", (1, "model:o/m", None)),
        ("RUN python - <<EOF\nimport x\nfrom_pretrained('o/m')\nEOF", (3, "model:o/m", None)),
        ("docker run vllm/vllm-openai:v1 --model o/m", (1, "model:o/m", None)),
        ("ENV HF_MODEL_ID=o/m", (1, "model:o/m", None)),
        ("llama-server --hf-repo o/m:Q8_0", (1, "model:o/m", None)),
        ("ollama run hf.co/o/m:Q4_K_M", (1, "model:o/m", None)),
        ("FROM hf.co/o/m", (1, "model:o/m", None)),
        ("lm_eval --model hf --model_args pretrained=o/m,revision=v1,dtype=auto", (1, "model:o/m", "v1")),
        ("python -m spacy download en_core_web_sm", (1, "model:spacy/en_core_web_sm", None)),
        ("text-generation-launcher --model-id o/m --revision v1", (1, "model:o/m", "v1")),
    ],
)
def test_commands(text, found):
    assert [(use.line, use.ref, use.revision) for use in shell_uses(text, "run.sh")] == [found]


@pytest.mark.parametrize(
    "text",
    ["ollama run llama3", "python -c 'x = (", "python - <<EOF\nfrom_pretrained('o/m')", "FROM python:3.11", "MODEL=small"],
)
def test_no_commands_of_ours(text):
    assert list(shell_uses(text, "run.sh")) == []
