"""What a model takes in and gives out, by the files of each library; where they contradict one another, both are told."""

from __future__ import annotations

import json

import pytest
from made_models import bert_tokenizer, classifier, embedder, onnx_model, value_info, write
from made_onnx import stored

from filiation.core.errors import SourceError
from filiation.interface.read import schema_of
from filiation.interface.shape import Said


def facts(port):
    return {fact.name: fact.value for fact in port.facts}


def test_the_stricter_of_two_limits_holds_and_the_other_is_told(tmp_path):
    schema = schema_of(classifier(tmp_path))
    (text,) = schema.inputs
    assert (schema.library, schema.task, schema.task_from) == (
        "transformers", "text-classification", "config.json /architectures/0",
    )  # fmt: skip
    assert text.number("max_tokens") == 16
    assert text.fact("max_tokens").also == (Said(512, "tokenizer_config.json /model_max_length"),)
    assert facts(text)["special_tokens"] == 2
    assert facts(text)["lower_cased"] is True
    assert schema.labels == ("NEGATIVE", "POSITIVE")
    assert schema.untold == ()


def test_the_librarys_own_file_decides_where_a_text_is_cut(tmp_path):
    schema = schema_of(embedder(tmp_path))
    limit = schema.inputs[0].fact("max_tokens")
    assert (limit.value, limit.where) == (32, "sentence_bert_config.json /max_seq_length")
    assert {said.value for said in limit.also} == {16, 64, 128}
    assert facts(schema.outputs[0]) == {"dimension": 8, "pooling": ("mean_tokens",), "unit_length": True}


@pytest.mark.parametrize(
    ("config", "task"),
    [
        ({"architectures": ["LlamaForCausalLM"], "model_type": "llama"}, "text-generation"),
        (
            {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "vision_config": {}},
            "image-text-to-text",
        ),
        ({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}, "text2text-generation"),
        ({"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper"}, "automatic-speech-recognition"),
        ({"architectures": ["ViTForImageClassification"], "model_type": "vit"}, "image-classification"),
        ({"architectures": ["BertModel"], "model_type": "bert", "vocab_size": 5}, "feature-extraction"),
        ({"architectures": ["Unheard"], "model_type": "unheard"}, None),
        ({"architectures": 7, "model_type": ["x"]}, None),
    ],
)
def test_the_task_follows_from_the_head(tmp_path, config, task):
    schema = schema_of(write(tmp_path, {"config.json": config}))
    assert schema.task == task
    assert [item.what for item in schema.untold if item.what == "task"] == ([] if task else ["task"])


def test_what_the_publisher_writes_stands_before_what_follows(tmp_path):
    write(tmp_path, {"README.md": "---\npipeline_tag: summarization\n---\n# Card\n"})
    config = {"architectures": ["BartForConditionalGeneration"], "model_type": "bart", "max_position_embeddings": 1024}
    schema = schema_of(write(tmp_path, {"config.json": config, "generation_config.json": {"max_length": 142}}))
    assert (schema.task, schema.task_from) == ("summarization", "README.md /pipeline_tag")
    assert facts(schema.outputs[0]) == {"writes_tokens": 142}


def test_positions_that_are_taken_are_not_counted(tmp_path):
    config = {"architectures": ["RobertaForMaskedLM"], "model_type": "roberta", "max_position_embeddings": 514, "vocab_size": 9}
    assert schema_of(write(tmp_path, {"config.json": config})).inputs[0].number("max_tokens") == 512


def test_images_and_sounds(tmp_path):
    seen = {"config.json": {"architectures": ["ViTForImageClassification"], "model_type": "vit", "id2label": {"0": "LABEL_0"}}}
    seen["preprocessor_config.json"] = {
        "size": {"height": 224, "width": 224}, "do_resize": True, "image_mean": [0.5, 0.5, 0.5], "do_normalize": True,
    }  # fmt: skip
    image = schema_of(write(tmp_path / "a", seen)).inputs[0]
    assert (image.number("height_px"), image.number("channels"), facts(image)["mean"]) == (224, 3, (0.5, 0.5, 0.5))
    heard = {"config.json": {"architectures": ["Wav2Vec2ForCTC"], "model_type": "wav2vec2"}}
    heard["preprocessor_config.json"] = {"sampling_rate": 16000, "feature_size": 1, "chunk_length": 30}
    sound = schema_of(write(tmp_path / "b", heard)).inputs[0]
    assert facts(sound) == {"sampling_rate_hz": 16000, "channels": 1, "max_seconds": 30}


def test_timm_and_diffusers(tmp_path):
    config = {"architecture": "resnet18", "num_classes": 2, "label_names": ["cat", "dog"]}
    config["pretrained_cfg"] = {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95}
    schema = schema_of(write(tmp_path / "timm", {"config.json": config}))
    assert (schema.library, schema.labels, schema.inputs[0].number("width_px")) == ("timm", ("cat", "dog"), 224)
    pipeline = schema_of(write(tmp_path / "sd", {
        "model_index.json": {"_class_name": "StableDiffusionPipeline", "tokenizer": ["transformers", "CLIPTokenizer"],
                             "text_encoder": ["transformers", "CLIPTextModel"], "unet": ["diffusers", "UNet2DConditionModel"],
                             "vae": ["diffusers", "AutoencoderKL"]},
        "tokenizer/tokenizer.json": bert_tokenizer(), "tokenizer/tokenizer_config.json": {"model_max_length": 77},
        "text_encoder/config.json": {"model_type": "clip_text_model", "max_position_embeddings": 77},
        "unet/config.json": {"sample_size": 64}, "vae/config.json": {"block_out_channels": [1, 2, 3, 4]},
    }))  # fmt: skip
    assert (pipeline.task, pipeline.inputs[0].number("max_tokens")) == ("text-to-image", 77)
    assert (pipeline.outputs[0].number("height_px"), pipeline.outputs[0].number("width_px")) == (512, 512)


def test_a_gguf_file_alone(tmp_path):
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_context_length(4096)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b", "c"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    schema = schema_of(tmp_path / "m.gguf")
    assert (schema.library, schema.task) == ("gguf", "text-generation")
    assert facts(schema.inputs[0]) == {"max_tokens": 4096, "tokenizer": "BPE", "vocabulary": 3}


def test_an_onnx_graph_alone(tmp_path):
    weight = stored("w", (4, 3), 1)
    inputs = [value_info("pixels", 1, "batch", 3, 32, 32), value_info("w", 1, 4, 3), value_info("row", 7, None, 4)]
    model = onnx_model(inputs, [value_info("scores", 1, "batch", 2)], [weight], {"names": "{0: 'cat', 1: 'dog'}"})
    schema = schema_of(write(tmp_path, {"model.onnx": model}))
    pixels, row = schema.inputs
    assert (pixels.modality, pixels.number("height_px"), pixels.number("channels")) == ("image", 32, 3)
    assert (row.modality, row.dtype, row.shape) == ("tensor", "I64", ("?", 4))
    assert schema.labels == ("cat", "dog")


def test_a_graph_beside_a_configuration_is_told_too(tmp_path):
    model = onnx_model([value_info("input_ids", 7, "batch", "sequence")], [value_info("logits", 1, "batch", 2)])
    schema = schema_of(write(classifier(tmp_path), {"onnx/model.onnx": model}))
    assert schema.library == "transformers"
    assert [(side, port.name, port.dtype) for side in ("in", "out") for port in schema.tensors[side]] == [
        ("in", "input_ids", "I64"), ("out", "logits", "F32"),
    ]  # fmt: skip


HOSTILE = {
    "config.json": [
        "[" * 5000,
        "{}",
        "[]",
        '{"model_type": 1, "architectures": [null], "max_position_embeddings": -1}',
        "\xff",
    ],
    "tokenizer.json": [
        '{"model": {"vocab": [["a"]]}}',
        '{"normalizer": ' + "[" * 900 + "]" * 900 + "}",
        "{",
        '{"truncation": 3}',
    ],
    "model.onnx": ["\x3a\xff\xff\xff\xff\x0f", "x" * 50, "\x08\x08"],
    "preprocessor_config.json": [
        '{"size": {"height": 1e400}}',
        '{"size": [[1]], "image_mean": "x"}',
        '{"sampling_rate": true}',
    ],
}


@pytest.mark.parametrize(("name", "content"), [(name, content) for name, listed in HOSTILE.items() for content in listed])
def test_damaged_files_are_told_and_never_raise_anything_else(tmp_path, name, content):
    write(classifier(tmp_path), {name: content.encode("latin-1")})
    if name == "config.json" and (content[:1] != "{" or content == "{}"):
        with pytest.raises(SourceError, match="tells what the model takes in"):
            schema_of(tmp_path)
    else:
        schema = schema_of(tmp_path)
        assert schema.skipped or schema.library == "transformers"


def test_what_leaves_the_folder_is_not_read(tmp_path):
    secret = write(tmp_path / "elsewhere", {"config.json": {"architectures": ["BertForMaskedLM"], "model_type": "bert"}})
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "config.json").symlink_to(secret / "config.json")
    with pytest.raises(SourceError, match="a link that leaves the folder"):
        schema_of(tmp_path / "m")


def test_a_snapshot_of_the_hubs_cache_is_read_through_its_links(tmp_path):
    blobs, snapshot = tmp_path / "models--o--a" / "blobs", tmp_path / "models--o--a" / "snapshots" / "abc"
    write(blobs, {"1": json.dumps({"architectures": ["BertForMaskedLM"], "model_type": "bert"})})
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to("../../blobs/1")
    assert schema_of(snapshot).task == "fill-mask"


def test_nothing_there(tmp_path):
    with pytest.raises(SourceError, match="Nothing in"):
        schema_of(tmp_path)
    with pytest.raises(SourceError, match="There is nothing at"):
        schema_of(tmp_path / "none")
