"""What every test may ask for."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from forking import Forks
from hypothesis import settings

from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
HERE = Path(__file__).parent
settings.register_profile("filiation", deadline=None)  # no test depends on the clock
settings.load_profile("filiation")
MAIN = "from filiation.cli import main; main()"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fresh", action="store_true", help="Start each command in a fresh interpreter, not in a fork.")
    parser.addoption("--update-goldens", action="store_true", help="Write the golden files instead of comparing.")


@pytest.fixture(scope="session")
def lacking() -> Callable[[str, str], NoReturn]:
    """Skip the test for what this machine lacks; fail it where ``FILIATION_REQUIRE`` names that: `lacking("browser", why)`."""

    def lacking(what: str, sentence: str) -> NoReturn:
        if what in os.environ.get("FILIATION_REQUIRE", "").replace(",", " ").split():
            pytest.fail(f"{sentence} (FILIATION_REQUIRE asks for {what})", pytrace=False)
        pytest.skip(sentence)

    return lacking


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real dumps beside the checkout; a test that asks for it is marked ``shared``."""
    folder = HERE.parent.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of miniature registries."""
    return HERE / "corpus"


@pytest.fixture(scope="session")
def command() -> tuple[str, ...]:
    """How to start the command line in a process of its own."""
    return (sys.executable, "-c", MAIN)


@pytest.fixture(scope="session")
def forks(request: pytest.FixtureRequest) -> Iterator[Forks | None]:
    """A process that forks for each command; None where every command is to start afresh."""
    forks = None if request.config.getoption("--fresh") else Forks()
    yield forks
    if forks:
        forks.close()


@pytest.fixture(scope="session")
def run(command: tuple[str, ...], forks: Forks | None) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own: `run("trace", "o/m", atlas=path)`; a fresh one `under` another program."""

    def run(
        *words: object, atlas: Path | None = None, under: Sequence[str] = (), seconds: int = 120, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        given = [str(word) for word in words] + ([] if atlas is None else ["--atlas", str(atlas)])
        environment = {name: value for name, value in os.environ.items() if name != "FILIATION_ATLAS"}
        if forks and not under and options.keys() <= {"cwd"}:
            return forks.run(given, environment, seconds, **options)
        return subprocess.run(
            [*under, *command, *given], env=environment, capture_output=True, text=True, timeout=seconds, check=False, **options
        )

    return run


@pytest.fixture(scope="session")
def dump() -> Callable[[Path, Iterable[Any]], Path]:
    """Write JSON Lines: records as objects, odd lines as text or bytes."""

    def write(path: Path, rows: Iterable[Any]) -> Path:
        lines = [row if isinstance(row, bytes) else (row if isinstance(row, str) else json.dumps(row)).encode() for row in rows]
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    return write


@pytest.fixture(scope="session")
def chart() -> Callable[..., Path]:
    """Ingest files into an atlas and build it, in this process, with a map and audited where asked; return the atlas."""

    def chart(
        atlas: Path, *sources: Path | tuple[Path, datetime], at: datetime = NOON, draw: bool = False, audited: bool = False
    ) -> Path:
        with Atlas.open(atlas, "create") as opened:
            for source in sources:
                path, seen = source if isinstance(source, tuple) else (source, at)
                observe(opened, [path], seen, None, lambda *_: None)
            build(opened, lambda *_: None, draw=draw, without=() if audited else ("audit", "predict"))
        return atlas

    return chart


class Demo(NamedTuple):
    """The bundled snapshot as ``filiation demo`` charted it: for reading, since all workers have the same; and what it said."""

    atlas: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def demo(run: Callable, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Chart the bundled snapshot, once for all the workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    folder.mkdir(exist_ok=True)
    atlas, kept = folder / "a.atlas", folder / "done.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            done = run("demo", "--json", atlas=atlas, seconds=300)
            kept.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]), encoding="utf-8")
    return Demo(atlas, subprocess.CompletedProcess(*json.loads(kept.read_text(encoding="utf-8"))))


@pytest.fixture(scope="session")
def rows() -> Callable[..., list[tuple]]:
    """Ask the atlas's database."""

    def rows(atlas: Path, query: str, *values: object) -> list[tuple]:
        with Atlas.open(atlas) as opened:
            return opened.con.execute(query, values).fetchall()

    return rows


@pytest.fixture(scope="session")
def served(command) -> Callable:
    """Serve an atlas in a process of its own: yields its address."""

    @contextmanager
    def served(atlas: Path, *words: str) -> Iterator[str]:
        process = subprocess.Popen(
            [*command, "serve", "--atlas", str(atlas), "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield re.findall(r"http://\S+?(?=/ )", line)[0]
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "Traceback" not in said

    return served


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a whole output with the file of that name; ``--update-goldens`` writes it instead."""

    def golden(name: str, text: str) -> None:
        path = HERE / "golden" / name
        if request.config.getoption("--update-goldens"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is not there: run pytest --update-goldens and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return golden
