"""One's own samples against what a model takes in: what does not go in, what is lost, and what nobody can tell."""

from __future__ import annotations

import json
import struct
import wave

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_models import classifier, embedder, onnx_model, value_info, write

from filiation.core.errors import FiliationError, SourceError
from filiation.interface.check import check_data, least_difference
from filiation.interface.model_folder import ModelFolder
from filiation.interface.read import schema_of
from filiation.interface.samples import read_samples
from filiation.interface.token_bounds import bounds
from filiation.interface.tokenizer import tokenizer_of


def checked(model, samples, lang="en", counting=None, rows=10_000, **said):
    schema = schema_of(model)
    return check_data(schema, tokenizer_of(ModelFolder(model), schema), read_samples(samples, rows), said, lang, counting)


def problems(found):
    return {item.id: (item.count, item.rows) for item in found.problems}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"))


def test_what_stands_against_texts_and_labels(model, tmp_path):
    rows = [
        "text,label", "the parcel came late.,NEGATIVE", ",POSITIVE", "the parcel came late.,negative",
        f"{'bad ' * 15},NEGATIVE",
        "\ua66e good,POSITIVE", "good,maybe", "zyx wvu,1",
    ]  # fmt: skip
    found = checked(model, write(tmp_path, {"s.csv": "\n".join(rows)}) / "s.csv")
    told = problems(found)
    assert found.columns == {"text": "text", "label": "label"}
    assert told["text-empty"] == (1, (2,))
    assert told["sample-repeated"] == (1, (3,))
    assert told["label-spelled"] == (1, (3,))
    assert told["text-cut"] == (1, (4,))
    assert told["text-unknown-characters"] == (1, (5,))
    assert told["label-unknown"] == (1, (6,))
    assert found.labels["POSITIVE"] == 3  # a number stands for the label of that number
    assert found.verdict == "does not fit"
    assert found.tokens == {"fit": 5, "too long": 1}


def test_samples_that_fit(model, tmp_path):
    rows = "".join(json.dumps({"review": f"good {letter * 2}", "class": "POSITIVE"}) + "\n" for letter in "abcdefghij")
    found = checked(model, write(tmp_path, {"s.jsonl": rows}) / "s.jsonl")
    assert found.columns == {"text": "review", "label": "class"}
    assert set(problems(found)) == {"few-samples", "label-unseen"}
    assert found.verdict == "fits"


def test_what_only_counting_tells(model, tmp_path):
    path = write(tmp_path, {"s.txt": "qqqqq wwwww eeeee rrrr\ngood"}) / "s.txt"
    assert problems(checked(model, path))["text-maybe-long"] == (1, (1,))
    exact = checked(model, path, counting=lambda texts: [40 for _ in texts])
    assert problems(exact)["text-cut"] == (1, (1,))
    assert exact.tokens == {"fit": 1, "counted": 1, "too long": 1}


def test_a_second_file_that_cuts_sooner_is_told(tmp_path):
    embeds = embedder(tmp_path / "m")
    path = write(tmp_path, {"s.txt": "bad " * 20}) / "s.txt"
    assert "text-cut-elsewhere" in problems(checked(embeds, path))


def test_columns_that_nobody_can_guess(model, tmp_path):
    path = write(tmp_path, {"s.csv": "alpha,beta\ngood,bad\n"}) / "s.csv"
    assert problems(checked(model, path))["input-missing"] == (1, ())
    assert checked(model, path, text="beta").columns == {"text": "beta"}
    with pytest.raises(FiliationError, match="There is no column 'gamma'"):
        checked(model, path, text="gamma")
    with pytest.raises(FiliationError, match="The model has no 'words'"):
        checked(model, path, words="beta")


def test_tables_in_other_forms(model, tmp_path):
    table = pa.table({"text": ["good", None, "bad"], "label": [0, 1, 1]})
    pq.write_table(table, tmp_path / "s.parquet")
    found = checked(model, tmp_path / "s.parquet")
    assert (found.read, problems(found)["text-missing"], found.labels) == (3, (1, (2,)), {"NEGATIVE": 1, "POSITIVE": 2})
    odd = write(
        tmp_path, {"odd.csv": b"text;label\ngood;POSITIVE\nbad\n\xff\xfe good;NEGATIVE\n", "a.json": [{"text": "good"}, 3]}
    )
    assert "text-not-utf8" in problems(checked(model, odd / "odd.csv"))
    assert problems(checked(model, odd / "odd.csv"))["rows-skipped"][0] == 1
    assert problems(checked(model, odd / "a.json"))["rows-skipped"][0] == 1


def test_more_rows_than_asked_for_are_told(model, tmp_path):
    path = write(tmp_path, {"s.txt": "good\nbad\nthe\n"}) / "s.txt"
    found = checked(model, path, rows=2)
    assert (found.read, found.skipped[0].reason) == (2, "more than 2 samples: the others are not looked at")


def png(width, height, kind=2):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBB", 13, b"IHDR", width, height, 8, kind) + b"\0" * 8 + b"IDAT"


def test_a_folder_of_images(tmp_path):
    config = {"architectures": ["ViTForImageClassification"], "model_type": "vit", "id2label": {"0": "cat", "1": "dog"}}
    preprocessor = {"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3, "do_normalize": True}
    model = write(tmp_path / "m", {"config.json": config, "preprocessor_config.json": preprocessor})
    images = {
        "cat/a.png": png(64, 64),
        "cat/small.png": png(16, 16),
        "dog/gray.png": png(64, 64, 0),
        "dog/long.png": png(300, 60),
    }
    images |= {"bird/x.jpg": png(64, 64), "dog/none.png": b"nothing", "notes.md": "x"}
    found = checked(model, write(tmp_path / "s", images))
    told = {name: count for name, (count, _) in problems(found).items()}
    assert told == {
        "image-unreadable": 1, "image-channels": 1, "label-unknown": 1, "image-small": 1, "image-long": 1, "rows-skipped": 1,
        "file-misnamed": 1, "few-samples": 6, "label-few": 3,
    }  # fmt: skip


def test_a_folder_of_sounds_beside_a_table(tmp_path):
    config = {"architectures": ["Wav2Vec2ForCTC"], "model_type": "wav2vec2"}
    preprocessor = {"sampling_rate": 16000, "feature_size": 1, "chunk_length": 1}
    model = write(tmp_path / "m", {"config.json": config, "preprocessor_config.json": preprocessor})
    sounds = tmp_path / "s"
    sounds.mkdir()
    for name, rate, channels, seconds in (("good.wav", 16000, 1, 0.5), ("odd.wav", 8000, 2, 3)):
        with wave.open(str(sounds / name), "wb") as file:
            file.setparams((channels, 2, rate, 0, "NONE", ""))
            file.writeframes(b"\0" * int(rate * channels * 2 * seconds))
    write(sounds, {"metadata.csv": "file_name,transcription\ngood.wav,a\nodd.wav,b\n../m/config.json,c\n"})
    told = problems(checked(model, sounds))
    assert {name: told[name] for name in ("audio-rate", "audio-channels", "audio-long")} == dict.fromkeys(
        ("audio-rate", "audio-channels", "audio-long"), (1, (2,))
    )
    assert told["file-missing"] == (1, (3,))


def test_numbers_for_a_graph(tmp_path):
    model = write(tmp_path, {"m.onnx": onnx_model([value_info("row", 7, "n", 3)], [value_info("y", 1, "n", 2)])})
    lines = [{"row": [1, 2, 3]}, {"row": [1, 2]}, {"row": [1, 2.5, 3]}, {"row": "x"}, {"row": [1, [2], 3]}]
    path = write(tmp_path, {"s.jsonl": "\n".join(map(json.dumps, lines))}) / "s.jsonl"
    told = problems(checked(model / "m.onnx", path))
    assert told["tensor-shape"] == (1, (2,))
    assert told["tensor-not-whole"] == (1, (3,))
    assert told["tensor-not-numbers"] == (2, (4, 5))


def test_sentences_come_in_both_languages(model, tmp_path):
    path = write(tmp_path, {"s.csv": "text,label\n,POSITIVE\n"}) / "s.csv"
    assert checked(model, path).problems[0].message == "1 of 1 texts are empty."
    assert checked(model, path, lang="ja").problems[0].message == "1 件中 1 件のテキストが空です。"


def test_what_is_no_table(model, tmp_path):
    with pytest.raises(SourceError, match="is no table that is read here"):
        checked(model, write(tmp_path, {"s.docx": "x"}) / "s.docx")


def test_the_half_width_is_wilsons():
    assert least_difference(0) is None
    assert least_difference(100) == pytest.approx(0.0962, abs=1e-3)


@pytest.fixture(scope="module")
def cuts(model):
    return tokenizer_of(ModelFolder(model), schema_of(model))


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_bounds_hold_for_any_text(cuts, text):
    least, most = bounds(text, cuts)
    assert cuts.specials <= least <= most


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["good", "bad", "parcel", "xyz", ",", "."]), max_size=12))
def test_word_pieces_are_counted_as_their_rule_says(cuts, words):
    """A slow twin: the longest piece first, for words whose letters are all pieces."""
    count = cuts.specials
    for word in words:
        at = 0
        while at < len(word):
            end = next(end for end in range(len(word), at, -1) if ("##" * (at > 0) + word[at:end]) in cuts.pieces)
            at, count = end, count + 1
    least, most = bounds(" ".join(words), cuts)
    assert least <= count <= most


@pytest.mark.parametrize(("name", "content"), [("a.csv", b""), ("b.csv", b"text,label\n"), ("c.parquet", b"PAR1 no more")])
def test_what_holds_no_sample_is_refused_and_no_verdict(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=f"No sample could be read from .*{name}"):
        read_samples(path)
