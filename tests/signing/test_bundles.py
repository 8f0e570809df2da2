"""Bundles, envelopes and manifests are read as if a stranger wrote them, and written as the standards say."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.core.check_signatures import bundle as example
from filiation.signing.bundle import bundle_of
from filiation.signing.envelope import Envelope, Mark, envelope_of, pae, statement_of
from filiation.signing.errors import SigningError
from filiation.signing.manifest import Manifest, manifest_of
from filiation.signing.proof import Trust
from filiation.signing.verification import verify

NAMES = st.lists(st.text("abcXYZ0-_. ", min_size=1, max_size=6), min_size=1, max_size=3).map("/".join)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def test_pae_is_that_of_the_protocol():
    assert pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@settings(max_examples=50)
@given(st.binary(max_size=50), st.text(max_size=10), st.binary(max_size=10))
def test_an_envelope_is_read_as_it_was_written(payload, kind, signature):
    document = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"sig": base64.urlsafe_b64encode(signature).decode(), "keyid": "k"}],
    }
    assert envelope_of(document) == Envelope(payload, kind, (Mark(signature, "k"),))


@settings(max_examples=50)
@given(st.dictionaries(NAMES, DIGESTS, min_size=1, max_size=5))
def test_a_manifest_is_read_as_it_was_written(files):
    manifest = Manifest("story", {name: (digest,) for name, digest in files.items()}, ignored=(".git",))
    try:
        read = manifest_of(json.loads(json.dumps(manifest.statement())))
    except SigningError:
        assert any(".." in name.split("/") or name.startswith("/") for name in files) or len({*map(_plain, files)}) < len(files)
        return
    assert {_plain(name): parts for name, parts in manifest.files.items()} == dict(read.files)
    assert (read.name, read.ignored) == ("story", (".git",))


def _plain(name: str) -> str:
    return "/".join(part for part in name.split("/") if part != ".") or "."


@settings(max_examples=60)
@given(
    JSON,
    st.sampled_from(["mediaType", "verificationMaterial", "dsseEnvelope", "payload", "signatures", "resources", "subject"]),
)
def test_any_json_in_any_place_is_refused_in_a_sentence(value, place):
    document = json.loads(example("o/story", {"a": "b"}))
    envelope = document["dsseEnvelope"]
    if place in document:
        document[place] = value
    elif place in envelope:
        envelope[place] = value
    else:
        statement = json.loads(base64.b64decode(envelope["payload"]))
        holder = statement if place in statement else statement["predicate"]
        holder[place] = value
        envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    with contextlib.suppress(SigningError):
        manifest_of(statement_of(bundle_of(json.dumps(document).encode()).envelope))


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_a_sentence(content):
    with pytest.raises(SigningError):
        bundle_of(content)


def statement(resources, **settings_):
    import hashlib

    root = hashlib.sha256(b"".join(bytes.fromhex(item["digest"]) for item in resources)).hexdigest()
    settings_ = {"method": "files", "hash_type": "sha256", "allow_symlinks": False} | settings_
    return {
        "predicateType": "https://model_signing/signature/v1.0",
        "subject": [{"name": "story", "digest": {"sha256": root}}],
        "predicate": {"serialization": settings_, "resources": resources},
    }


def resource(name, digit="a", algorithm="sha256"):
    return {"name": name, "algorithm": algorithm, "digest": digit * 64}


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ([resource("../x")], "outside of its folder"),
        ([resource("/etc/passwd")], "outside of its folder"),
        ([resource("a\0b")], "outside of its folder"),
        ([resource("a"), resource("./a", "b")], "two digests"),
        ([resource("a", algorithm="md5")], "not known"),
        ([resource("a", "ab")], "is no sha256"),
    ],
    ids=["above", "root", "nul", "twice", "md5", "length"],
)
def test_what_a_manifest_may_not_say(resources, said):
    with pytest.raises(SigningError, match=said):
        manifest_of(statement(resources))


def test_shards_in_both_spellings():
    theirs = statement([resource("a:0:4", "a"), resource("a:4:6", "b")], method="shards", shard_size=4.0)
    spelled = statement([resource("a:shard-0", "a"), resource("a:shard-1", "b")], method="file-shard-4")
    for said in (theirs, spelled):
        assert dict(manifest_of(said).files) == {"a": ("a" * 64, "b" * 64)}
    with pytest.raises(SigningError, match="do not follow"):
        manifest_of(statement([resource("a:4:8")], method="shards", shard_size=4))
    with pytest.raises(SigningError, match="not known"):
        manifest_of(statement([resource("a")], method="tensors"))


def test_shards_that_no_file_has_are_not_read(folder):
    """Whoever signs may ask for parts of one byte."""
    small = statement([resource("model.safetensors:0:1")], method="shards", shard_size=1)
    document = json.loads(example("o/story", {"a": "b"}))
    payload = json.dumps(small | {"_type": "https://in-toto.io/Statement/v1"}).encode()
    document["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    (folder / "model.sig").write_text(json.dumps(document))
    answer = verify(folder, Trust())
    assert (answer.changed_files, answer.bytes_read) == (["model.safetensors"], 0)


@pytest.mark.parametrize("size", [0, -1, 0.5, 1e300])
def test_sizes_of_shards_that_are_none(size):
    with pytest.raises(SigningError, match="not known"):
        manifest_of(statement([resource("a:0:4")], method="shards", shard_size=size))


def test_a_hash_that_is_not_known():
    with pytest.raises(SigningError, match="not known"):
        manifest_of(statement([resource("a")], hash_type="md5"))


def test_a_signature_that_is_none_is_present_and_not_valid(folder):
    (folder / "model.sig").write_text("{}")
    answer = verify(folder, Trust())
    assert (answer.present, answer.valid) == (True, False)
    assert "no signature of a model" in answer.why


def test_a_signature_of_something_else(folder):
    document = json.loads(example("o/story", {"a": "b"}))
    payload = base64.b64encode(
        b'{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v1"}'
    )
    document["dsseEnvelope"]["payload"] = payload.decode()
    (folder / "model.sig").write_text(json.dumps(document))
    answer = verify(folder, Trust())
    assert (answer.valid, "slsa.dev" in answer.why) == (False, True)


def test_the_one_other_signature_is_found(folder, keys):
    from filiation.signing.signature import sealed_with_key, sign_folder

    sign_folder(folder, sealed_with_key(keys.key), signature=folder / "story.sigstore.json")
    (folder / "tokenizer.sig").write_text("no bundle")
    answer = verify(folder, Trust(key=keys.public))
    assert answer.signature.endswith("story.sigstore.json")
    assert answer.unsigned_files == ["tokenizer.sig"]
