"""Every technique is found, and its twin is not; nothing that is scanned runs."""
# ruff: noqa: E501  # a watched program stands whole

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_files import bomb, cases, elf
from hostile_pickles import Case, evil, tarred, zipped

from filiation.core.errors import SourceError
from filiation.knowledge import load
from filiation.scan import Limits, archives, scan_file, scan_folder
from filiation.scan.answer import ALARMS, Level

SMALL_BOMB = 24
CASES = cases(SMALL_BOMB)
SOURCE = Path(__file__).parents[2] / "src" / "filiation" / "scan"


def lay(folder: Path, case: Case) -> Path:
    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture(autouse=True)
def _small_bombs(monkeypatch):
    monkeypatch.setattr(archives, "BOMB_BYTES", SMALL_BOMB - 8 << 20)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.technique}, {'bad' if case.alarm else 'good'}")
def test_a_technique_raises_an_alarm_and_its_twin_does_not(tmp_path, case):
    found = scan_folder(lay(tmp_path, case))
    told = [(file.path, reason.rule, reason.message) for file in found.files for reason in file.reasons]
    assert (found.status in ALARMS) == case.alarm, told
    assert not case.alarm or any(file.reasons for file in found.files)


def one(tmp_path: Path, name: str, content: bytes, **settings):
    path = tmp_path / name
    path.write_bytes(content)
    return scan_file(path, **settings)


def rules(found) -> set[str]:
    return {reason.rule for reason in found.reasons}


def test_a_reason_says_where(tmp_path):
    inner = zipped({"m/data.pkl": evil("id")})
    found = one(tmp_path, "all.tar", tarred({"a/model.pt": inner}))
    reason = found.reasons[0]
    assert (found.status, reason.rule, reason.place) == ("malicious", "pickle-dangerous-call", "!a/model.pt!m/data.pkl@22")
    assert reason.message == "Reading it would call os.system with 'id'."
    said = one(tmp_path, "all.tar", tarred({"a/model.pt": inner}), lang="ja").reasons[0].message
    assert "os.system" in said
    assert re.search(r"[\u3040-\u30ff]", said)


def test_the_four_answers_are_apart(tmp_path):
    assert one(tmp_path, "a.pkl", evil()).status == "malicious"
    assert one(tmp_path, "b.pkl", b"\x80\x02}X\x01\x00\x00\x00hcos\nsystem\ns.").status == "suspicious"
    assert one(tmp_path, "c.pkl", b"\x80\x02}X\x01\x00\x00\x00h").status == "inconclusive"
    assert one(tmp_path, "d.pkl", b"\x80\x02}.").status == "clean"
    assert (
        one(tmp_path, "e.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n").status == "inconclusive"
    )


def test_picklescan_is_asked_about_what_is_nested_too_deep_for_it(tmp_path):
    found = one(tmp_path, "all.tar", tarred({"x.zip": zipped({"p": evil()})}))
    opinion = found.opinions[0]
    assert opinion.scanner.startswith("picklescan ")
    assert (opinion.status, opinion.says, opinion.agrees) == ("malicious", ("os.system",), True)
    assert one(tmp_path, "d.pkl", b"\x80\x02}.").opinions == ()


def test_a_secret_is_not_repeated(tmp_path):
    token = "hf_" + "QmRtYzWxKpLnVbGdHsJfTcEaUoIyXqPwZk"
    found = one(tmp_path, "notes.md", f"x = {token}".encode())
    assert rules(found) == {"secret"}
    assert token not in str(found)


def test_code_of_the_repository_is_read_by_whether_it_is_loaded(tmp_path):
    (tmp_path / "tool.py").write_text("import subprocess\nsubprocess.run(['ls'])\n")
    assert scan_folder(tmp_path).status == "clean"
    (tmp_path / "config.json").write_text('{"auto_map": {"AutoModel": "tool.Model"}}')
    assert scan_folder(tmp_path).status == "suspicious"
    (tmp_path / "config.json").write_text('{"auto_map": {"AutoModel": "gone.Model"}}')
    assert {"config-code-missing"} <= rules(scan_folder(tmp_path).files[0])


def test_bounds_end_in_an_answer(tmp_path):
    nest = evil()
    for _ in range(12):
        nest = zipped({"x": nest})
    assert "nested-too-deep" in rules(one(tmp_path, "deep.zip", nest))
    many = one(tmp_path, "long.pkl", b"\x80\x02" + b"N0" * 200_000 + b".", limits=Limits(opcodes=10_000))
    assert rules(many) == {"over-budget"}
    packed = one(tmp_path, "b.gz", bomb(40), limits=Limits(unpacked_bytes=8 << 20))
    assert (packed.status, rules(packed)) == ("inconclusive", {"over-budget"})
    marks = one(tmp_path, "m.pkl", b"\x80\x02" + b"(" * 20_000 + b".")
    assert marks.status == "inconclusive"
    members = one(tmp_path, "z.zip", zipped({f"f{i}": b"x" for i in range(50)}), limits=Limits(members=10))
    assert rules(members) == {"over-budget"}


def test_what_is_meant_to_exhaust_a_scanner_does_not_hide_a_call(tmp_path):
    nested = b"\x80\x02" + b"cfunctools\npartial\n" * 500 + b"cos\nsystem\n" + b"\x85R" * 500 + b")R."
    assert one(tmp_path, "partials.pkl", nested).status in ALARMS
    many = b"\x80\x02(" + b"".join(b"cm%d\nn\n)R" % i for i in range(7_000)) + evil()[2:-1] + b"t."
    assert one(tmp_path, "many.pkl", many).status == "malicious"
    chain = "{{ '" + "' + '".join(["a"] * 2_000) + "' }}{{ x.__class__ }}"
    assert one(tmp_path, "long.jinja", chain.encode()).status == "malicious"
    assert one(tmp_path, "calls.py", b"import os\nx" + b"()" * 900 + b"\n").status in {"clean", "inconclusive"}
    assert one(tmp_path, "framed.bin", b"\x95\x10" + bytes(7) + evil()[2:]).status == "malicious"
    assert one(tmp_path, "high.pkl", b"\x80\x02(" + b"N" * 400_000 + b"t.").status == "inconclusive"


def test_what_was_seen_before_a_limit_stays(tmp_path):
    found = one(
        tmp_path, "w.zip", zipped({"a.pkl": evil(), "b.pkl": b"\x80\x02" + b"N0" * 50_000 + b"."}), limits=Limits(opcodes=9_000)
    )
    assert (found.status, rules(found)) == ("malicious", {"pickle-dangerous-call", "over-budget"})


def test_links_are_followed_within_the_folder_only(tmp_path):
    outside, folder = tmp_path / "secret.pkl", tmp_path / "model"
    outside.write_bytes(evil())
    folder.mkdir()
    (folder / "a.pkl").symlink_to(outside)
    found = scan_folder(folder)
    assert (found.status, found.files, len(found.skipped)) == ("clean", (), 1)
    with pytest.raises(SourceError, match="not there"):
        scan_folder(tmp_path / "none")


def test_damage_never_ends_in_an_error(tmp_path):
    chance = random.Random(7)  # noqa: S311  # to damage files, not to keep secrets
    made = [content for case in CASES for content in case.files.values() if len(content) < 20_000]
    for number in range(250):
        content = bytearray(chance.choice(made))
        for _ in range(chance.randint(1, 8)):
            if content:
                content[chance.randrange(len(content))] = chance.randrange(256)
        found = one(tmp_path, f"f{chance.choice(['.pkl', '.pt', '.zip', '.gguf', '.json', '', '.h5', '.npy'])}", bytes(content))
        assert found.status in {"clean", "suspicious", "malicious", "inconclusive"}, number


def test_a_program_hidden_in_raw_values_is_found(tmp_path):
    model = zipped(
        {"m/data.pkl": b"\x80\x02}.", "m/data/0": elf(), "m/data/1": b"\x80\x02" + bytes(64), "m/data/2": b"MZ" + bytes(62)}
    )
    found = one(tmp_path, "w.pt", model)
    assert [(reason.rule, reason.place) for reason in found.reasons if reason.level != Level.NOTE] == [
        ("executable", "!m/data/0")
    ]


def test_every_rule_is_told_in_both_languages():
    for name, rule in load("scan_rules").items():
        assert set(rule) == {"level", "en", "ja"}, name
        assert rule["level"] in tuple(Level)
        assert {*re.findall(r"\{\d\}", rule["en"])} == {*re.findall(r"\{\d\}", rule["ja"])}, name
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", rule["ja"]), name
    used = {
        match
        for path in SOURCE.glob("*.py")
        for match in re.findall(r'"((?:[a-z]+-){1,4}[a-z]+)"', path.read_text(encoding="utf-8"))
    }
    assert set(load("scan_rules")) - used - {"secret", "executable", "polyglot"} == set()


WATCHED = """
import sys, pathlib
from filiation.scan import scan_folder
root = pathlib.Path(sys.argv[1])
scan_folder(root / "first")  # what the scanner itself imports, it imports now
seen, folder = [], str((root / "then").resolve())

def watch(event, arguments):
    if event in ("import", "exec", "marshal.loads", "pickle.find_class", "ctypes.dlopen") or event.startswith(("subprocess", "os.system", "os.exec", "socket", "shutil", "urllib", "tempfile")):
        seen.append((event, str(arguments)[:80]))
    elif event == "compile" and sys._getframe(1).f_code.co_name != "parse":  # ast.parse makes a tree and no code
        seen.append((event, sys._getframe(1).f_code.co_filename))
    elif event == "open" and isinstance(arguments[0], (str, bytes)) and not str(pathlib.Path(arguments[0]).absolute()).startswith(folder):
        seen.append((event, str(arguments[0])))
    elif event == "open" and arguments[1] not in (None, "r", "rb"):
        seen.append((event, str(arguments)))

sys.addaudithook(watch)
answer = scan_folder(root / "then")
print(len(answer.files), answer.counts["malicious"], seen)
assert not seen, seen
"""


def test_nothing_is_imported_run_or_opened_outside_of_the_folder(tmp_path):
    for number, case in enumerate(CASES):
        for folder in ("first", "then"):
            lay(tmp_path / folder / str(number), case)
    ran = tmp_path / "ran"
    (tmp_path / "then" / "last.pkl").write_bytes(evil(f"touch {ran}"))
    done = subprocess.run([sys.executable, "-c", WATCHED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files, malicious, seen = done.stdout.split(" ", 2)
    assert int(files) > 150
    assert int(malicious) > 60
    assert seen.strip() == "[]"
    assert not ran.exists()
