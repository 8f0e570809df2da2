"""The registries that Python packages publish."""

from __future__ import annotations

import gzip
import json

import pytest

from filiation.registry.package_llmfit import SOURCE as LLMFIT
from filiation.registry.package_mteb import SOURCE as MTEB
from filiation.registry.package_open_clip import SOURCE as OPEN_CLIP
from filiation.registry.package_timm import SOURCE as TIMM
from filiation.registry.package_timm import parent
from filiation.registry.package_unsloth import SOURCE as UNSLOTH

ALL = (LLMFIT, MTEB, OPEN_CLIP, TIMM, UNSLOTH)


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def mteb_row(**fields):
    return {"name": "o/m", "revision": "1", "embed_dim": 4, "n_embedding_parameters": 1} | fields


def test_mteb_in_the_shape_of_the_api(tmp_path, look):
    row = mteb_row(
        adapted_from="o/base",
        superseded_by="o/m2",
        release_date="2025-04-16",
        license="apache-2.0",
        languages=["eng-Latn", "eng-Cyrl", "deu-Latn"],
        training_datasets=["NQ", {"$expr": "x()"}],
        public_training_data="https://huggingface.co/datasets/o/data",
        framework=["PyTorch", "Transformers", "Sentence Transformers"],
        n_parameters=7.0,
        similarity_fn_name={"$expr": "COSINE"},
    )
    seen = look(MTEB, lines(tmp_path / "m.jsonl", row))
    body = seen.bodies["o/m"]
    origin = body.pop("origin")
    assert body == {
        "id": "o/m",
        "createdAt": "2025-04-16T00:00:00.000Z",
        "library_name": "sentence-transformers",
        "cardData": {
            "license": "apache-2.0",
            "language": ["eng", "deu"],
            "base_model": "o/base",
            "datasets": ["NQ", "o/data"],
            "new_version": "o/m2",
        },
        "safetensors": {"total": 7},
    }
    assert origin["revision"] == "1"
    assert "similarity_fn_name" not in origin


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("not specified", {}),
        ("https://x.org/l", {"license": "other", "license_link": "https://x.org/l"}),
        ("research only", {"license": "other", "license_name": "research only"}),
        ("MIT", {"license": "mit"}),
    ],
)
def test_mteb_licences(tmp_path, look, text, fields):
    seen = look(MTEB, lines(tmp_path / "m.jsonl", mteb_row(license=text)))
    assert seen.bodies["o/m"].get("cardData", {}) == fields


def test_a_model_that_only_an_api_serves_is_not_the_hubs(tmp_path, look):
    rows = [
        mteb_row(name="o/api", open_weights=False, reference="https://api.org"),
        mteb_row(name="o/hub", open_weights=False, reference="https://huggingface.co/o/hub"),
        mteb_row(name="o/open", open_weights=True),
    ]
    seen = look(MTEB, lines(tmp_path / "m.jsonl", *rows))
    assert {batch.registry: batch.table.num_rows for batch in seen.batches} == {"mteb": 1, "hf": 2}


def timm_row(name, hub="timm/", **fields):
    return {"name": name, "family_file": "f.py", "cfg_fn": "_cfg", "hf_hub_id": hub} | fields


def test_timm_ids_and_tags(tmp_path, look):
    rows = [
        timm_row("net.fb_in22k"),
        timm_row("net.fb_in22k_ft_in1k", license="mit", paper_ids="arXiv:2104.10972v4"),
        timm_row("fast.apple", "apple/fast_timm"),
        timm_row("old", None),
        timm_row("local.in22k", None),
        timm_row("local.in22k_ft_in1k"),
    ]
    seen = look(TIMM, lines(tmp_path / "t.jsonl", *rows))
    said = seen.of("timm")
    assert set(said) == {
        "timm/net.fb_in22k",
        "timm/net.fb_in22k_ft_in1k",
        "apple/fast_timm",
        "old",
        "local.in22k",
        "timm/local.in22k_ft_in1k",
    }
    assert said["timm/net.fb_in22k_ft_in1k"]["tags"] == ["arxiv:2104.10972"]
    assert said["timm/net.fb_in22k_ft_in1k"]["cardData"] == {"license": "mit"}
    assert said["timm/net.fb_in22k"]["config"] == {"architectures": ["net"]}
    assert {batch.registry for batch in seen.batches} == {"hf", "timm"}
    implied = seen.of("timm_tag")
    assert implied == {
        "timm/net.fb_in22k_ft_in1k": {
            "id": "timm/net.fb_in22k_ft_in1k",
            "cardData": {
                "datasets": ["ILSVRC/imagenet-1k"],
                "base_model": "timm/net.fb_in22k",
                "base_model_relation": "finetune",
            },
        },
        "timm/local.in22k_ft_in1k": {
            "id": "timm/local.in22k_ft_in1k",
            "cardData": {"datasets": ["ILSVRC/imagenet-1k"]},
        },
    }


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("a.x_ft_in1k", {"a.x"}, "a.x"),
        ("a.x_ft_in1k", {"b.x"}, None),
        ("a.x_ft_in1k_384", {"a.x", "a.x_ft_in1k"}, "a.x"),
        ("a.x_ft_in22k_in1k", {"a.x", "a.x_ft_in22k"}, "a.x_ft_in22k"),
        ("a.x_ft_in22k_in1k", {"a.x"}, "a.x"),
        ("a.x_ft_y_ft_in1k", {"a.x", "a.x_ft_y"}, "a.x_ft_y"),
        ("a_384.x_ft_in1k", {"a_224.x"}, None),
        ("a.x_in1k", {"a.x"}, None),
        ("a", {"a"}, None),
        ("a.ft_in1k", {"a."}, None),
    ],
)
def test_the_parent_that_a_timm_tag_tells(name, names, expected):
    assert parent(name, dict.fromkeys(names)) == expected


def test_open_clip_entries_of_one_repository_are_merged(tmp_path, look):
    rows = [
        {"model": "RN50", "tag": "openai", "hf_hub": "timm/resnet50_clip.openai/"},
        {"model": "RN50-quickgelu", "tag": "openai", "hf_hub": "timm/resnet50_clip.openai/"},
        {"model": "V", "tag": "x", "hf_hub": "o/V/pytorch_model.bin"},
        {"model": "W", "tag": "y", "url": "https://x.org/w.pt", "hf_hub": None},
    ]
    path = tmp_path / "o.json"
    path.write_text(json.dumps(rows))
    seen = look(OPEN_CLIP, path)
    assert set(seen.bodies) == {"timm/resnet50_clip.openai", "o/V", "W.y"}
    assert len(seen.bodies["timm/resnet50_clip.openai"]["origin"]["entries"]) == 2
    assert seen.lines["o/V"] == 3
    assert {batch.registry for batch in seen.batches} == {"hf", "open_clip"}


def test_unsloth_rows(tmp_path, look):
    rows = {
        "unsloth/a-bnb-4bit": ["unsloth/a", "org/a"],
        "unsloth/b-unsloth-bnb-4bit": ["org/b", "unsloth/b-bnb-4bit"],
        "unsloth/c-unsloth-bnb-4bit": {
            "8": ["org/c-FP8", "unsloth/c-FP8", "org/c"],
            "16": ["unsloth/c", "org/c", "unsloth/c-bnb-4bit"],
        },
        "unsloth/d": ["unsloth/d", "org/d"],
        "unsloth/e-bnb-4bit": [7, None],
    }
    path = tmp_path / "u.json"
    path.write_text(json.dumps({"__INT_TO_FLOAT_MAPPER": rows}))
    seen = look(UNSLOTH, path)
    edges = {
        name: (*body["cardData"]["base_model"], body["cardData"]["base_model_relation"]) for name, body in seen.bodies.items()
    }
    assert edges == {
        "unsloth/a-bnb-4bit": ("unsloth/a", "quantized"),
        "unsloth/a": ("org/a", "converted"),
        "unsloth/b-unsloth-bnb-4bit": ("org/b", "quantized"),
        "unsloth/b-bnb-4bit": ("org/b", "quantized"),
        "unsloth/c-unsloth-bnb-4bit": ("unsloth/c", "quantized"),
        "unsloth/c-bnb-4bit": ("unsloth/c", "quantized"),
        "unsloth/c-FP8": ("unsloth/c", "quantized"),
        "org/c-FP8": ("org/c", "quantized"),
        "unsloth/c": ("org/c", "converted"),
        "unsloth/d": ("org/d", "converted"),
    }
    assert [item.line for item in seen.skipped] == [5]


def llmfit_row(name, *repos, **fields):
    sources = {"gguf_sources": [{"repo": repo} for repo in repos]} if repos else {}
    return {"name": name, "min_vram_gb": 1.0, "hf_downloads": 5, "hf_likes": 2} | sources | fields


def test_llmfit_in_the_shape_of_the_api(tmp_path, look):
    rows = [
        llmfit_row("o/m", "q/m-GGUF", "q/both-GGUF", "p/listed", architecture="llama", hidden_size=8, license="mit"),
        llmfit_row("p/m", "q/both-GGUF", "p/own-GGUF", release_date="2026-06-28", languages=["en"], parameters_raw=9),
        llmfit_row("q/m", "p/own-GGUF"),
        llmfit_row("p/listed"),
    ]
    seen = look(LLMFIT, lines(tmp_path / "l.jsonl", *rows))
    assert seen.bodies["o/m"] == {
        "id": "o/m",
        "downloads": 5,
        "likes": 2,
        "cardData": {"license": "mit"},
        "config": {"model_type": "llama", "hidden_size": 8},
    }
    assert seen.bodies["p/m"]["createdAt"] == "2026-06-28T00:00:00.000Z"
    assert seen.bodies["p/m"]["safetensors"] == {"total": 9}
    quantized = {"base_model": ["o/m"], "base_model_relation": "quantized"}
    assert seen.bodies["q/m-GGUF"] == {"id": "q/m-GGUF", "tags": ["gguf"], "cardData": quantized}
    assert seen.bodies["p/listed"]["cardData"] == quantized
    assert seen.bodies["p/own-GGUF"]["cardData"]["base_model"] == ["p/m"]
    assert seen.bodies["q/both-GGUF"]["origin"] == {"gguf_of": ["o/m", "p/m"]}
    assert "cardData" not in seen.bodies["q/both-GGUF"]


@pytest.mark.parametrize("source", ALL, ids=lambda source: source.name)
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "o/m", "pipeline_tag": "x"}\n', "\xff"])
def test_other_files_are_not_claimed(tmp_path, source, text):
    for suffix in (".json", ".jsonl"):
        path = tmp_path / f"mteb_timm{suffix}"
        path.write_text(text)
        assert not source.recognises(path)


@pytest.mark.parametrize(
    ("source", "row"),
    [(MTEB, mteb_row()), (TIMM, timm_row("net.in1k")), (LLMFIT, llmfit_row("o/m", "o/g"))],
    ids=["mteb", "timm", "llmfit"],
)
def test_bad_lines_are_skipped(tmp_path, look, source, row):
    path = tmp_path / "x.jsonl"
    path.write_bytes(json.dumps(row).encode() + b'\n\xff\n[1]\n{"name": 5, "gguf_sources": 3, "framework": null}\n{"a":')
    seen = look(source, path)
    assert [item.line for item in seen.skipped] == [2, 3, 5]
    assert seen.bodies


@pytest.mark.parametrize("text", ['"x', "3}", "{}} trailing", '{"a": 3}}'])
def test_a_bad_unsloth_table_is_skipped(tmp_path, look, text):
    path = tmp_path / "u.json"
    path.write_text('{"__INT_TO_FLOAT_MAPPER": ' + text)
    seen = look(UNSLOTH, path)
    assert seen.bodies == {}
    assert seen.skipped


def test_a_cut_file_keeps_the_rows_before(tmp_path, look):
    text = "".join(json.dumps(mteb_row(name=f"o/m{i}", noise=hash((i, "n")))) + "\n" for i in range(20_000))
    whole = gzip.compress(text.encode())
    path = tmp_path / "m.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    seen = look(MTEB, path)
    assert 0 < len(seen.bodies) < 20_000
    assert "ends early" in seen.skipped[0].reason


@pytest.mark.shared
def test_the_real_lists(shared, look):
    assert len(look(MTEB, shared / "pypi" / "mteb-2.26.24_modelmeta.jsonl.gz").bodies) == 968
    assert len(look(OPEN_CLIP, shared / "pypi" / "open_clip-3.3.0_pretrained.json.gz").bodies) == 167
    assert len(look(UNSLOTH, shared / "pypi" / "unsloth-2026.10.9_mapper.json.gz").bodies) > 600
    assert len(look(LLMFIT, shared / "hub-2026-10" / "llmfit_models.jsonl.gz").bodies) == 16_849 + 2_540
    timm = look(TIMM, shared / "pypi" / "timm-1.0.31_pretrained_cfgs.jsonl.gz")
    assert len(timm.of("timm")) == 1_672
    assert sum("base_model" in body["cardData"] for body in timm.of("timm_tag").values()) == 120
