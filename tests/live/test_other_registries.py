"""MLflow and Ollama: what their servers and stores tell, in the shape of the Hub's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import gguf
import pytest
from click.testing import CliRunner

from filiation.cli import module_of
from filiation.core.errors import FiliationError
from filiation.core.record import ReadOptions, Skipped
from filiation.registry import read, source_for
from filiation.registry.live.mlflow import Mlflow
from filiation.registry.live.ollama import Ollama
from filiation.store.atlas import Atlas

Answers = dict[str, tuple[int, object]]


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Serve answers by path, one that takes a question by path and what is asked for; give the address."""

    class Made(BaseHTTPRequestHandler):
        def do_GET(self, key: str = "") -> None:
            status, body = answers.get(key or self.path, answers.get(urlsplit(self.path).path, (404, {})))
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET(f"{self.path} {asked['model']}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Made)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


VERSIONS, MODELS = "/api/2.0/mlflow/model-versions/search", "/api/2.0/mlflow/registered-models/search"


def registered() -> Answers:
    """Return what an MLflow 3.17 server answered for two models, one of them with two versions; the second on a later page."""
    said = [{"key": "base_model", "value": "google-bert/bert-base-uncased"}, {"key": "library_name", "value": "transformers"}]
    versions = [
        {"name": "churn model", "version": "2", "source": "s3://b/2", "status": "READY", "description": "second", "tags": said},
        {"name": "churn model", "version": "10", "source": "s3://b/10", "last_updated_timestamp": 1795384104009, "tags": said},
    ]
    churn = {
        "name": "churn model",
        "creation_timestamp": 1795384102872,
        "description": "Who leaves.",
        "tags": [{"key": "license", "value": "apache-2.0"}, {"key": "team", "value": "crm"}],
    }
    return {
        VERSIONS: (200, {"model_versions": versions}),
        MODELS: (200, {"registered_models": [churn], "next_page_token": "t"}),
        f"{MODELS}?max_results=1000&page_token=t": (200, {"registered_models": [{"name": "empty"}, {"name": "churn+model"}]}),
    }


def test_registered_models_of_mlflow_become_records():
    with serving(registered()) as url:
        churn, empty, twice = Mlflow(url).sightings("mlflow")
    assert isinstance(twice, Skipped)
    assert empty.record.body["modelId"] == "empty"
    body = churn.record.body
    assert (body["id"], body["modelId"], body["sha"]) == ("churn-model", "churn model", "10")
    assert body["tags"] == ["license:apache-2.0", "base_model:google-bert/bert-base-uncased"]
    assert body["library_name"] == "transformers"
    assert body["lastModified"] == "2026-11-22T21:48:24.000Z"
    assert [version["version"] for version in body["mlflow"]["versions"]] == ["10", "2"]
    assert churn.record.files == {"README.md": "Who leaves."}


def test_what_mlflow_holds_no_more_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("filiation.live.sync.build", lambda *_, **__: [])
    answers = registered()
    with serving(answers) as url:
        words = ["--of", "mlflow", "--endpoint", url, "--atlas", str(tmp_path / "a"), "--json"]
        command = module_of("sync").command
        assert json.loads(CliRunner().invoke(command, words).stdout)["added"] == 2
        answers[MODELS] = (200, {"registered_models": [{"name": "empty"}, {"name": "new"}]})
        told = json.loads(CliRunner().invoke(command, words).stdout)
    assert (told["schema"], told["registry"], told["gone"]) == ("filiation/sync/v1", "mlflow", {"unseen": 1})
    with Atlas.open(tmp_path / "a") as atlas:
        (row,) = atlas.con.execute("SELECT id FROM record WHERE contains(body, 'filiation:gone')").fetchall()
    assert row == ("churn-model",)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {}, "asks who you are"),
        (500, {}, "given up after"),
        (200, b"<html>", "is no answer of MLflow"),
        (404, {}, "is an MLflow"),
    ],
)
def test_other_answers_than_those_of_mlflow_are_told(status, body, said):
    with serving({VERSIONS: (status, body)}) as url, pytest.raises(FiliationError, match=said):
        list(Mlflow(url, sleep=lambda _: None).sightings("mlflow"))


def test_models_of_an_ollama_server_become_records():
    tags = {"models": [{"name": "llama3:8b", "digest": "ab", "details": {"family": "llama"}}, {"name": "u/own:latest"}]}
    told = {
        "license": ["META", "TERMS"],
        "model_info": {"general.base_model.0.repo_url": "https://hf.co/meta-llama/Meta-Llama-3-8B"},
    }
    with serving({"/api/tags": (200, tags), "/api/show llama3:8b": (200, told)}) as url:
        llama, skipped, own = Ollama(url).sightings("ollama")
    assert (llama.record.id, llama.record.body["modelId"], llama.record.body["sha"]) == ("llama3-8b", "llama3:8b", "ab")
    assert llama.record.files["LICENSE"] == "META\nTERMS"
    assert "Meta-Llama-3-8B" in llama.record.files["gguf-metadata.json"]
    assert "404" in skipped.reason
    assert own.record.id == "u/own"


def store(root: Path) -> Path:
    """Make an Ollama store with one model, one broken manifest and one link."""
    root.mkdir()
    writer = gguf.GGUFWriter(root / "made", "llama")
    writer.add_string("general.license", "mit")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    blobs, layers = root / "models" / "blobs", []
    blobs.mkdir(parents=True)
    for kind, content in (("model", (root / "made").read_bytes()), ("license", b"MIT, it says")):
        digest = sha256(content).hexdigest()
        (blobs / f"sha256-{digest}").write_bytes(content)
        layers.append({"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)})
    layers.append({"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../etc/passwd"})
    home = root / "models" / "manifests" / "registry.ollama.ai"
    for owner, name, tag, text in (("library", "tiny", "1b", json.dumps({"layers": layers})), ("u", "bad", "latest", "{")):
        (home / owner / name).mkdir(parents=True)
        (home / owner / name / tag).write_text(text)
    (home / "library" / "link").symlink_to(root)
    return root


def test_the_store_of_ollama_is_a_source(tmp_path):
    root = store(tmp_path / "ollama")
    assert source_for(root).name == source_for(root / "models").name == "Ollama store"
    items = list(read(root, ReadOptions()))
    (skipped,) = (item for item in items if isinstance(item, Skipped))
    assert "bad/latest" in skipped.file
    (batch,) = (item for item in items if not isinstance(item, Skipped))
    body, files = json.loads(batch.table["body"][0].as_py()), json.loads(batch.table["files"][0].as_py())
    assert (batch.registry, body["id"], body["modelId"]) == ("ollama", "tiny-1b", "tiny:1b")
    assert [item["rfilename"] for item in body["siblings"]] == ["model.gguf"]
    assert len(body["siblings"][0]["lfs"]["sha256"]) == 64
    assert files["LICENSE"] == "MIT, it says"
    assert json.loads(files["gguf-metadata.json"])["model.gguf"]["general.license"] == "mit"


def test_a_registry_that_is_not_named_is_asked_for(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(FiliationError, match="Which MLflow server"):
        Mlflow()
