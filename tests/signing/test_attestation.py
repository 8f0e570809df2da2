"""An audit that is attested is read by others, and cannot be changed."""

from __future__ import annotations

import json

import pytest

from filiation.signing.attestation import TEST_RESULT, Subject, attested, subjects_of, verify_attestation
from filiation.signing.envelope import envelope_of
from filiation.signing.errors import SigningError
from filiation.signing.proof import Trust

AUDIT = {
    "verdict": "review",
    "policy": "internal",
    "at": "2026-11-22T12:00:00",
    "targets": [{"ref": "local:model:story", "verdict": "review", "reasons": []}],
}
PREDICATE = {"result": "WARNED", "configuration": [{"name": "policy internal"}], "failedTests": [], "audit": AUDIT}


@pytest.fixture
def attestation(folder, keys, tmp_path):
    out = tmp_path / "audit.json"
    out.write_bytes(attested(subjects_of(folder, out), PREDICATE, keys.key))
    return out


def test_round_trip(attestation, folder, keys):
    answer = verify_attestation(attestation, Trust(key=keys.public), folder)
    assert answer.is_good()
    assert (answer.audit.verdict, answer.audit.targets[0].ref) == ("review", "local:model:story")
    alone = verify_attestation(attestation, Trust(key=keys.public))
    assert (alone.valid, alone.extent, alone.is_good()) == (True, None, True)


def test_what_was_changed_since(attestation, folder, keys, others):
    (folder / "config.json").write_text("[]")
    answer = verify_attestation(attestation, Trust(key=keys.public), folder)
    assert (answer.valid, answer.changed_files, answer.is_good()) == (True, ["config.json"], False)
    assert verify_attestation(attestation, Trust(key=others.public)).identity.standing == "foreign"
    assert verify_attestation(attestation, Trust()).valid is None
    document = json.loads(attestation.read_text())
    document["payload"] = document["payload"].replace("A", "B", 1)
    attestation.write_text(json.dumps(document))
    with pytest.raises(SigningError):
        verify_attestation(attestation, Trust(key=keys.public), folder)


def test_a_result_that_was_changed(attestation, keys):
    import base64

    document = json.loads(attestation.read_text())
    statement = base64.b64decode(document["payload"]).replace(b'"verdict":"review"', b'"verdict":"pass"')
    document["payload"] = base64.b64encode(statement).decode()
    attestation.write_text(json.dumps(document))
    answer = verify_attestation(attestation, Trust(key=keys.public))
    assert (answer.valid, answer.is_good()) == (False, False)


def test_securesystemslib_verifies_it(attestation, keys, others):
    dsse = pytest.importorskip("securesystemslib.dsse", reason="securesystemslib is not installed")
    from securesystemslib.signer import SSlibKey

    envelope = dsse.Envelope.from_dict(json.loads(attestation.read_text()))
    keyid = next(iter(envelope.signatures))
    key = SSlibKey.from_crypto(keys.key.public_key(), keyid)
    assert list(envelope.verify([key], 1)) == [keyid]
    from securesystemslib.exceptions import VerificationError

    with pytest.raises(VerificationError):
        envelope.verify([SSlibKey.from_crypto(others.key.public_key(), keyid)], 1)


def test_in_toto_reads_it(attestation):
    pytest.importorskip("in_toto_attestation", reason="in-toto-attestation is not installed")
    from google.protobuf import json_format
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.v1 import statement, statement_pb2

    payload = envelope_of(json.loads(attestation.read_text())).payload
    made = json_format.Parse(payload, statement_pb2.Statement())
    statement.Statement.copy_from_pb(made).validate()
    assert (made.predicate_type, len(made.subject)) == (TEST_RESULT, 5)
    predicate = json_format.MessageToJson(made.predicate)
    result = json_format.Parse(predicate, test_result_pb2.TestResult(), ignore_unknown_fields=True)
    assert result.result == "WARNED"


def test_commits(keys, tmp_path, folder):
    out = tmp_path / "audit.json"
    subject = Subject("model:acme/story", {"gitCommit": "a" * 40}, "pkg:huggingface/acme/story@" + "a" * 40)
    out.write_bytes(attested([subject], PREDICATE, keys.key))
    answer = verify_attestation(out, Trust(key=keys.public))
    assert answer.is_good()
    assert "no files" in verify_attestation(out, Trust(key=keys.public), folder).notes[0]


def test_what_is_no_attestation(folder, keys, signed, tmp_path):
    with pytest.raises(SigningError, match="no result of an audit"):
        verify_attestation(signed / "model.sig", Trust(key=keys.public))
    with pytest.raises(SigningError, match="no attestation"):
        verify_attestation(folder / "config.json", Trust(key=keys.public))
    with pytest.raises(SigningError, match="cannot be read"):
        verify_attestation(tmp_path / "none.json", Trust(key=keys.public))
