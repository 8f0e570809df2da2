"""Results as harnesses write them, made by hand after their code (versions in each reader's docstring), for any figures."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

SHA = "26a66f0d862e2024ce4ad0a09c37052ac36e8af6"


def lm_eval(model: str = "o/score", value: float = 0.6, **more: Any) -> dict[str, Any]:
    """A file of lm-evaluation-harness 0.4: a task, a group with its tasks, a filter, and an error that is not told."""
    return {
        "results": {
            "gsm8k": {
                "alias": "gsm8k",
                "exact_match,strict-match": 0.5,
                "exact_match_stderr,strict-match": 0.05,
                "exact_match,flexible-extract": 0.55,
                "exact_match_stderr,flexible-extract": "N/A",
            },
            "mmlu": {"alias": "mmlu", "acc,none": value, "acc_stderr,none": 0.004},
            "mmlu_anatomy": {"alias": " - anatomy", "acc,none": 0.7, "acc_stderr,none": 0.03},
            "mmlu_virology": {"alias": " - virology", "acc,none": float("nan"), "acc_stderr,none": 0.03},
        },
        "group_subtasks": {"mmlu": ["mmlu_anatomy", "mmlu_virology"], "gsm8k": []},
        "configs": {
            "gsm8k": {"task": "gsm8k", "dataset_path": "openai/gsm8k", "dataset_name": "main", "test_split": "test"},
            **{
                f"mmlu_{part}": {"dataset_path": "cais/mmlu", "dataset_name": part, "test_split": "test"}
                for part in ("anatomy", "virology")
            },
        },
        "versions": {"gsm8k": 3.0, "mmlu": 2, "mmlu_anatomy": 1.0},
        "n-shot": {"gsm8k": 5, "mmlu": 5, "mmlu_anatomy": 5, "mmlu_virology": 5},
        "n-samples": {
            "gsm8k": {"original": 1319, "effective": 100},
            "mmlu_anatomy": {"original": 135, "effective": 135},
            "mmlu_virology": {"original": 166, "effective": 166},
        },
        "config": {
            "model": "hf",
            "model_args": f"pretrained={model},dtype=bfloat16,revision=main",
            "model_dtype": "torch.bfloat16",
            "model_sha": SHA,
        },
        "git_hash": "abc1234",
        "date": 1720000000.5,
        "pretty_env_info": "x" * 2000,
        "lm_eval_version": "0.4.3",
        "chat_template": "a long one",
        "chat_template_sha": "f" * 64,
        "model_name": model,
    } | more  # fmt: skip


def lighteval(model: str = "o/score") -> dict[str, Any]:
    """A file of lighteval 0.13: two subtasks, their average, and the mean over everything."""
    tasks = {
        f"mmlu:{part}|5": {
            "name": f"mmlu:{part}", "hf_repo": "lighteval/mmlu", "hf_subset": part, "evaluation_splits": ["test"],
            "effective_num_docs": docs, "original_num_docs": docs, "num_fewshots": 5,
        }
        for part, docs in (("anatomy", 135), ("virology", 166))
    }  # fmt: skip
    return {
        "config_general": {
            "lighteval_sha": "?", "start_time": 1.0, "model_name": model,
            "model_config": {"dtype": "float16", "revision": "main"},
        },
        "results": {
            "mmlu:anatomy|5": {"acc": 0.6, "acc_stderr": 0.03},
            "mmlu:virology|5": {"acc": 0.5, "acc_stderr": 0.04},
            "mmlu:_average|5": {"acc": 0.55, "acc_stderr": 0.035},
            "all": {"acc": 0.55, "acc_stderr": 0.035},
        },
        "versions": {"mmlu:anatomy|5": 0},
        "config_tasks": tasks,
        "summary_tasks": {},
        "summary_general": {},
    }  # fmt: skip


def mteb() -> dict[str, Any]:
    """A file of MTEB 2: two subsets."""
    rows = [
        {
            "accuracy": value,
            "f1": 0.7,
            "main_score": value,
            "hf_subset": subset,
            "languages": ["eng-Latn"],
            "mteb_version": "2.1.0",
        }
        for subset, value in (("en", 0.75), ("de", 0.7))
    ]
    return {
        "dataset_revision": "e8379541af4e31359cca9fbcf4b00f2671dba205", "task_name": "AmazonCounterfactualClassification",
        "mteb_version": "2.1.0", "scores": {"test": rows}, "evaluation_time": 12.5, "kg_co2_emissions": None,
    }  # fmt: skip


def mteb_before() -> dict[str, Any]:
    """A file of MTEB before 1.11: no subset, and a family of metrics."""
    return {
        "dataset_revision": "b0fddb56ed78048fa8b90373c8a3cfc37b684831", "mteb_dataset_name": "STSBenchmark",
        "mteb_version": "1.0.2", "test": {"cos_sim": {"pearson": 0.81, "spearman": 0.82}, "evaluation_time": 3.0},
    }  # fmt: skip


def helm(folder: Path, model: str = "o/score") -> Path:
    """A run of HELM: the folder with its two files."""
    folder.mkdir(parents=True)
    spec = {
        "name": f"mmlu:subject=anatomy,method=multiple_choice_joint,model={model.replace('/', '_')}",
        "scenario_spec": {"class_name": "helm.benchmark.scenarios.mmlu_scenario.MMLUScenario", "args": {"subject": "anatomy"}},
        "adapter_spec": {"method": "multiple_choice_joint", "max_train_instances": 5, "model": model, "num_train_trials": 1},
        "metric_specs": [], "groups": ["mmlu"],
    }  # fmt: skip
    stats = [
        {"name": {"name": name, "split": "test", **more}, "count": 1, "sum": mean, "mean": mean}
        for name, mean, more in (
            ("exact_match", 0.62, {}),
            ("exact_match", 0.55, {"perturbation": {"name": "robustness"}}),
            ("num_instances", 135.0, {}),
            ("num_train_instances", 5.0, {}),
            ("inference_runtime", 0.4, {}),
        )
    ]
    (folder / "run_spec.json").write_text(json.dumps(spec))
    (folder / "stats.json").write_text(json.dumps(stats))
    return folder


def inspect_log(model: str = "hf/o/score", status: str = "success") -> dict[str, Any]:
    """The header of a log of Inspect."""
    return {
        "version": 2,
        "status": status,
        "eval": {
            "created": "2025-03-01T10:00:00+02:00", "task": "inspect_evals/gsm8k", "model": model,
            "dataset": {"name": "gsm8k", "location": "openai/gsm8k", "samples": 200}, "config": {"epochs": 1},
            "task_args": {"fewshot": 5}, "packages": {"inspect_ai": "0.3.100"}, "model_args": {},
        },
        "plan": {"name": "plan", "steps": [{"solver": "chain_of_thought"}, {"solver": "generate"}]},
        "results": {
            "total_samples": 200, "completed_samples": 200,
            "scores": [
                {
                    "name": "match", "scorer": "match", "scored_samples": 200,
                    "metrics": {"accuracy": {"name": "accuracy", "value": 0.5}, "stderr": {"name": "stderr", "value": 0.035}},
                }
            ],
        },
    }  # fmt: skip


def inspect_archive(path: Path, log: dict[str, Any]) -> Path:
    """The same as the archive that Inspect writes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", json.dumps(log))
    path.write_bytes(held.getvalue())
    return path


def packed_with_zstd(path: Path, log: dict[str, Any]) -> Path:
    """The same packed with zstd, as Inspect 0.3.285 writes it."""
    import pyarrow as pa

    text = json.dumps(log).encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("header.json", pa.compress(text, "zstd", asbytes=True))
    whole = bytearray(held.getvalue())
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = whole.find(mark)
        whole[at + method : at + method + 2] = (93).to_bytes(2, "little")
        whole[at + size : at + size + 4] = len(text).to_bytes(4, "little")
    path.write_bytes(whole)
    return path


AVAILABLE = {"deployment_type": "unknown", "model_availability": "open_weights"}


def every_eval_ever(model: str = "o/score", value: float = 0.81, split: str = "validation", **source: str) -> dict[str, Any]:
    """A record in the schema of Every Eval Ever 0.3."""
    return {
        "schema_version": "0.3.0",
        "evaluation_id": f"sst2/{model}/1720000000",
        "retrieved_timestamp": "1720000000",
        "evaluation_timestamp": "1719000000",
        "source_metadata": {
            "source_type": "evaluation_run", "source_organization_name": "a lab", "evaluator_relationship": "third_party",
        } | source,
        "eval_library": {"name": "unknown", "version": "unknown"},
        "model_info": {"name": model, "id": model, "additional_details": {"revision": SHA} | AVAILABLE},
        "evaluation_results": [
            {
                "evaluation_name": "sst2",
                "source_data": {"dataset_name": "glue/sst2", "source_type": "hf_dataset", "hf_split": split},
                "metric_config": {
                    "metric_id": "accuracy", "lower_is_better": False, "score_type": "continuous",
                    "min_score": 0, "max_score": 1,
                },
                "score_details": {"score": value, "uncertainty": {"num_samples": 872}},
            }
        ],
    }  # fmt: skip


def measure(value: float = 0.9) -> dict[str, Any]:
    """What ``filiation measure`` writes."""
    from filiation.core import measurement as shapes

    about = shapes.SuiteAbout("kinds", "1", "classification", "Kinds of files", "ours", "MIT", 115, "a" * 64)
    told = shapes.Measurement(
        "model:o/score", shapes.Outcome.FINISHED, "", about, shapes.ModelAbout((), 5, "b" * 64), shapes.RunnerAbout("onnx"),
        (shapes.MeasuredScore("accuracy", "kinds", value, 115, 0.02),), 2, True, "c" * 64, None, (),
        shapes.Bounds(60.0, 1 << 30, 1 << 20, 4), shapes.Environment("3.11", "Linux", "x86_64", "cpu", 2, None, 1, 0), (),
        datetime(2025, 1, 1), "filiation",  # noqa: DTZ001  # naive UTC
    )  # fmt: skip
    return json.loads(msgspec.json.encode(told))


BOARD = "eval_name,Precision,fullname,Model sha,Chat Template,IFEval Raw,IFEval,GPQA Raw,GPQA,Submission Date\n"


def board(*rows: tuple[str, str, float]) -> str:
    """A table of the Open LLM Leaderboard: model, revision and the raw figure of GPQA."""
    return BOARD + "".join(
        f"x,bfloat16,{model},{sha},False,0.4,40.0,{value},{max(0.0, (value - 0.25) / 0.75) * 100},2024-07-{number:02}\n"
        for number, (model, sha, value) in enumerate(rows, 1)
    )
