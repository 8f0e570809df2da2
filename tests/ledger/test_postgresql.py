"""A PostgreSQL that is killed, that encrypts, and that asks who you are."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cluster import Server, server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from filiation.ledger.errors import LedgerError
from filiation.ledger.store import Ledger, open_ledger

ANN = ("ann", "reviewer")
HERE = "127.0.0.1"
ENCRYPTED = f"""
listen_addresses = '{HERE}'
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
"""


# Killed.


def test_what_a_killed_server_acknowledged_is_all_there(mortal: Server):
    """The postmaster is killed with SIGKILL while four write, three times over."""
    ledger = open_ledger(mortal.address, create=True)
    ledger.begin("chief", "root")
    acknowledged: list[tuple[int, str]] = []
    refused: list[LedgerError] = []
    for round_ in range(3):
        before = len(acknowledged)
        writers = [Thread(target=_write, args=(mortal.address, f"r{round_}w{k}", acknowledged, refused)) for k in range(4)]
        for writer in writers:
            writer.start()
        while len(acknowledged) < before + 10:
            writers[0].join(0.01)
        mortal.kill()
        for writer in writers:
            writer.join()
        mortal.start()
        subjects = {item.id: item.subject for item in ledger.items()}
        assert [item for item, subject in acknowledged if subjects.get(item) != subject] == []
        said = open_ledger(mortal.address).verify()
        assert said.intact, said.why
    assert len(refused) == 12
    for error in refused:
        assert "does not answer: is the server there?" in str(error)
    assert len(acknowledged) + 2 <= said.entries <= len(acknowledged) + 2 + 12, "each writer was cut off in at most one entry"
    _write_one(ledger, "after")


def _write(address: str, name: str, acknowledged: list[tuple[int, str]], refused: list[LedgerError]) -> None:
    """Open items until the ledger refuses."""
    ledger = open_ledger(address)
    for number in range(10_000):
        try:
            acknowledged.append(_write_one(ledger, f"{name}n{number}"))
        except LedgerError as error:
            refused.append(error)
            return


def _write_one(ledger: Ledger, name: str) -> tuple[int, str]:
    item = ledger.open_item(f"o/{name}", "license-missing", *ANN)
    return item.id, item.subject


def test_a_server_that_has_gone_is_told_from_the_command_line(mortal: Server, run, tmp_path, monkeypatch):
    monkeypatch.setenv("FILIATION_TOKEN", open_ledger(mortal.address, create=True).begin("chief", "root"))
    mortal.kill()
    done = run("review", "list", "--ledger", mortal.address, atlas=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "does not answer: is the server there?" in done.stderr
    mortal.start()  # for the end of it


IN_THE_MIDDLE = """
import sys
from filiation.ledger.errors import LedgerError
from filiation.ledger.store import open_ledger

def work(con):
    print("begun", flush=True)
    sys.stdin.readline()
    con.exec_driver_sql("SELECT 1")

try:
    open_ledger(sys.argv[1])._log.database.write(work)
except LedgerError as error:
    print(error)
"""


def test_a_server_that_goes_away_in_the_middle_is_a_sentence_and_no_traceback(mortal: Server, command):
    open_ledger(mortal.address, create=True)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([command[0], "-c", IN_THE_MIDDLE, mortal.address], text=True, **pipes) as process:
        assert process.stdout.readline() == "begun\n"
        mortal.kill()
        said, wrong = process.communicate("\n", timeout=60)
    assert wrong == ""
    assert said.startswith("The ledger postgresql://filiation@")
    assert "does not answer" in said
    mortal.start()  # for the end of it


# Encrypted.


@pytest.fixture(scope="module")
def encrypted(bin_, tmp_path_factory):
    """A server that encrypts, with a certificate of its own for 127.0.0.1; its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HERE)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    path = tmp_path_factory.mktemp("certificate") / "server.crt"
    path.write_bytes(certificate)
    with server(bin_, ENCRYPTED, {"server.crt": certificate, "server.key": secret}) as started:
        yield started, path


@pytest.mark.parametrize(
    ("mode", "is_encrypted"),
    [("", True), ("sslmode=disable", False), ("sslmode=prefer", True), ("sslmode=require", True),
     ("sslmode=verify-full&sslrootcert={}", True)],
)  # fmt: skip
def test_a_connection_is_encrypted_as_the_address_asks(encrypted, mode, is_encrypted):
    database = open_ledger(_over_network(*encrypted, mode), create=True)._log.database
    with database.reading() as con:
        said = con.exec_driver_sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar()
    assert said is is_encrypted


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sslmode=verify-full", "sslrootcert=FILE"),
        ("sslmode=verify-ca&sslrootcert=/absent", "mend sslrootcert"),
        ("sslmode=required", "'required' is no sslmode"),
        ("sslcert=x", "no 'sslcert'"),
    ],
)
def test_a_certificate_or_an_address_that_will_not_do_ends_in_a_sentence(encrypted, query, says):
    with pytest.raises(LedgerError, match=says):
        open_ledger(_over_network(*encrypted, query), create=True)


def test_a_server_that_cannot_encrypt_is_refused_where_that_is_asked_for(bin_):
    with server(bin_, f"listen_addresses = '{HERE}'\n") as plain:
        assert open_ledger(_over_network(plain), create=True).count == 0
        with pytest.raises(LedgerError, match="does not encrypt, and sslmode asks for it"):
            open_ledger(_over_network(plain, mode="sslmode=require"), create=True)


def _over_network(started: Server, certificate: Path | None = None, mode: str = "") -> str:
    return f"postgresql://filiation@{HERE}:{started.port}/postgres?{mode.format(certificate)}"


# Who may see it.


@pytest.fixture(scope="module")
def charted(chart, dump, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("charted")
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", [{"id": "o/a", "tags": []}]), audited=True)


@pytest.mark.parametrize("verb", ["audit o/a --policy pilot", "license o/a", "build", "risk --policy pilot"])
def test_who_follows_the_decisions_of_a_shared_ledger_shows_a_readers_token(postgresql, run, charted, monkeypatch, verb):
    address = postgresql()
    ledger = open_ledger(address, create=True)
    secrets = {"chief": ledger.begin("chief", "root"), "zoe": ledger.add_token("zoe", "reader", "chief", "administrator")}
    item = ledger.open_item("o/a", "license-missing", *ANN)
    ledger.decide(item.id, "reject", *ANN, "the author wrote to us")

    def ask(secret: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("FILIATION_TOKEN", secret)
        return run(*verb.split(), "--ledger", address, atlas=charted)

    for secret, why in (("", "is not set"), ("filiation_no", "is not valid")):
        done = ask(secret)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"FILIATION_TOKEN {why}" in done.stderr
    for secret in secrets.values():
        done = ask(secret)
        assert done.returncode in (0, 1), done.stderr
    ledger.revoke_token("zoe", "chief", "administrator")
    assert ask(secrets["zoe"]).returncode == 2
