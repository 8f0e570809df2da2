"""What runs is held to its bounds, whatever it does."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from made_suites import walls

from filiation.core.errors import FiliationError
from filiation.core.measurement import Bounds
from filiation.measure.bounds import bounds, environment, held_by
from filiation.measure.process import Program, run_bounded, tidied
from filiation.measure.watch import seen

HELD = Bounds(seconds=20.0, memory_bytes=128 << 20, written_bytes=8 << 20, processes=8)
HAS_WALLS = sys.platform == "linux"
walled = pytest.mark.skipif(not HAS_WALLS, reason="Landlock and filters of system calls are Linux's")


def ended(code: str, held: Bounds = HELD, **more):
    return run_bounded(Program((sys.executable, "-S", "-c", code), b"asked", **more), held)


def test_what_ends_by_itself_has_finished():
    done = ended("import sys; sys.stdout.write(sys.stdin.read() * 2)")
    assert (done.outcome, done.reason, done.answers) == ("finished", "", b"askedasked")
    assert done.spent.cpu_seconds > 0


def test_what_hangs_is_ended():
    done = ended("import time; time.sleep(60)", Bounds(0.3, 128 << 20, 8 << 20, 8))
    assert (done.outcome, done.reason) == ("timed_out", "It was ended after 0.3 seconds.")
    assert done.spent.seconds < 10


def test_an_order_to_end_ends_the_run_and_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ordered = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGTERM))
    ordered.start()
    with pytest.raises(SystemExit) as ending, tidied():
        ended("import time; time.sleep(60)")
    assert ending.value.code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("code", "outcome", "says"),
    [
        ("held = []\nwhile True: held.append(bytearray(1 << 22))", "out_of_memory", "128 MB"),
        ("import os\nwhile True: os.write(1, b'x' * (1 << 20))", "wrote_too_much", "8 MB"),
        (
            "for n in range(99): open(str(n), 'wb').write(b'x' * (1 << 20))\nimport time; time.sleep(9)",
            "wrote_too_much",
            "8 MB",
        ),
        ("import os; os.abort()", "crashed", "SIGABRT"),
        ("1 / 0", "crashed", "ZeroDivisionError"),
        ("import os, time\nwhile True: os.fork() or time.sleep(9)", "too_many_processes", "more than 8"),
    ],
)
@walled
def test_what_asks_for_too_much_is_ended_and_told(code, outcome, says):
    done = ended(code)
    assert done.outcome == outcome
    assert says in done.reason


@walled
def test_nothing_outside_is_in_reach(tmp_path, lacking):
    if not (walls().network and walls().files):
        lacking("walls", f"this machine does not hold {'; '.join(walls().not_held)}")
    secret = tmp_path / "secret"
    secret.write_text("token")
    tries = {
        "network": "__import__('socket').socket()",
        "own session": "os.setsid()",
        "file": f"open({str(secret)!r})",
        "write": f"open({str(tmp_path / 'new')!r}, 'w')",
        "environment": f"open('/proc/{os.getpid()}/environ')",
        "processes": "os.listdir('/proc')",
        "mode": f"os.chmod({str(tmp_path)!r}, 0o777)",
        "times": f"os.utime({str(tmp_path)!r})",
        "limits": f"__import__('resource').prlimit({os.getpid()}, 7)",
        "namespace": "1 / (1 + __import__('ctypes').CDLL(None).syscall(56, 0x10000000 | 17, 0, 0, 0, 0))",
        "signal": f"os.kill({os.getpid()}, 0)",
        "own folder": "open('mine', 'w')",
    }
    code = "import os\nfor name, text in TRIES.items():\n try: eval(text); print(name)\n except (OSError, ArithmeticError): 0"
    done = ended(f"TRIES = {tries!r}\n{code}")
    assert done.reason == ""
    reached = set(done.answers.decode().split("\n")) - {""}
    assert reached - {"signal"} == {"own folder"}
    assert ("signal" in reached) == any("signals" in text for text in done.bounds.not_held)
    assert done.bounds.network
    assert done.bounds.files
    allowed = ended(f"print(open({str(secret)!r}).read())", reads=(secret,))
    assert allowed.answers == b"token\n"


def test_no_secret_is_inherited(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    given = environment(tmp_path, 3, 2)
    assert "secret" not in given.values()
    assert (given["HOME"], given["PYTHONHASHSEED"], given["OMP_NUM_THREADS"]) == (str(tmp_path), "3", "2")


def test_what_it_started_ends_with_it(tmp_path):
    done = ended("import os, time\nnumber = os.fork()\nif not number: time.sleep(60)\nprint(number)")
    left = int(done.answers)
    for _ in range(100):
        try:
            os.kill(left, 0)
        except ProcessLookupError:
            return
        if seen(left, tmp_path).processes == 0 and _is_gone(left):
            return
        time.sleep(0.01)
    os.kill(left, signal.SIGKILL)
    pytest.fail("a process outlived its session")


def _is_gone(pid: int) -> bool:
    """Return whether a process only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_program_that_is_not_there_is_told():
    done = run_bounded(Program(("/nowhere/at/all",), b""), HELD)
    assert done.outcome == "crashed"
    assert "cannot be run" in done.reason


def test_what_cannot_be_held_is_said():
    told = held_by(HELD, {"landlock": 3, "filtered": False, "dropped": True, "unlimited": ["RLIMIT_DATA"]})
    assert told.network is None
    assert told.files == "only the model and its own folder (Landlock 3)"
    assert [text.partition(":")[0] for text in told.not_held] == [
        "the network, and leaving its session", "signals to other processes of the user", "data",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{"seconds": 0}, {"seconds": float("nan")}, {"memory_bytes": 1}])
def test_bounds_in_which_nothing_runs_are_refused(asked):
    with pytest.raises(FiliationError):
        bounds(**asked)
