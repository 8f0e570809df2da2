"""The verbs sign and verify, and what an audit attests, on small folders made here."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

import jsonschema
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_verbs import answer_type

from filiation.audit.answer import AuditAnswer, AuditReason, AuditTarget, Scores
from filiation.audit.attestation import predicate
from filiation.cli import main
from filiation.cli.attesting import attest
from filiation.core.errors import FiliationError
from filiation.policy.load import load

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the answer keeps naive UTC


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "story"
    folder.mkdir()
    (folder / "README.md").write_text("# Story\n")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture
def key(tmp_path):
    made = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    text = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(text)
    return tmp_path / "key.pem"


class Done(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def call(capsys):
    """Run the command line in this process: what it costs to start is tried elsewhere."""

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return call


def answered(done, verb, code=0):
    assert done.returncode == code, done.stderr
    answer = json.loads(done.stdout)
    assert next(iter(answer.items())) == ("schema", f"filiation/{verb}/v1")
    jsonschema.validate(answer, msgspec.json.schema(answer_type(verb)))
    return answer


def test_sign_and_verify(call, model, key):
    made = answered(call("sign", model, "--key", key, "--json"), "sign")
    assert (made["files"], made["card"], made["license"]) == (2, True, False)
    answer = answered(call("verify", model, "--key", key, "--json"), "verify")
    assert (answer["valid"], answer["extent"], answer["unsigned_files"], answer["missing_files"]) == (True, "all", [], [])
    (model / "config.json").write_text("[]")
    (model / "new.py").touch()
    done = call("verify", model, "--key", key)
    assert done.returncode == 1
    assert "config.json" in done.stdout
    assert "unsigned" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sign", "MODEL"), "--key"),
        (("sign", "MODEL", "--key", "MODEL/config.json"), "no private key"),
        (("verify",), "--attestation"),
        (("verify", "MODEL/none"), "There is no folder"),
    ],
    ids=["no-key", "bad-key", "nothing", "not-there"],
)
def test_one_sentence_when_it_cannot(call, model, words, said):
    done = call(*[word.replace("MODEL", str(model)) for word in words])
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_audit_of_what_has_no_commit_is_not_attested(small, key, tmp_path):
    out = tmp_path / "audit.json"
    answer = answer_about("ada/llama-8b", "model:ada/llama-8b", "registry")
    with pytest.raises(FiliationError, match="Nothing shows which commit of model:ada/llama-8b was audited"):
        attest(answer, load("product"), ["ada/llama-8b"], small, out, key, None)
    assert not out.exists()


def answer_about(folder, ref="local:model:story", origin="folder"):
    """Return what an audit of a folder may answer, in short."""
    reason = AuditReason("files.pickle", "block", "It holds a pickle.", [], "", "product:1 files", is_unknown=False)
    nothing: Any = None
    target = AuditTarget(ref, origin, None, "block", [reason], [], [], Scores(), [], None, nothing, nothing, 0, [], [], [])
    return AuditAnswer("block", "product", "en", NOON, str(folder), [target], [])


def test_an_audit_of_a_folder_is_attested(call, model, key, tmp_path):
    out = tmp_path / "audit.json"
    assert attest(answer_about(model), load("product"), [str(model)], tmp_path, out, key, None) == 2
    answer = answered(call("verify", model, "--attestation", out, "--key", key, "--json"), "verify")
    assert answer["audit"]["targets"] == [{"ref": "local:model:story", "verdict": "block"}]
    (model / "config.json").write_text("[]")
    assert call("verify", model, "--attestation", out, "--key", key).returncode == 1
    with pytest.raises(FiliationError, match="one folder"):
        attest(answer_about(model), load("product"), [str(model), "x"], tmp_path, out, key, None)
    with pytest.raises(FiliationError, match="--key"):
        attest(answer_about(model), load("product"), [str(model)], tmp_path, out, None, None)


def test_an_audit_is_a_result_that_others_read(model):
    made = predicate(answer_about(model), load("product"))
    assert (made["result"], made["audit"]["schema"]) == ("FAILED", "filiation/audit/v1")
    assert made["failedTests"] == ["local:model:story files.pickle"]
    assert len(made["configuration"][0]["digest"]["sha256"]) == 64
