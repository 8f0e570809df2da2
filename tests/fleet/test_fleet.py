"""Heavy work in batches: once in effect, the same bytes whoever does it, whatever is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_engine import Here, numbered, squares

from filiation.core.errors import AtlasError, FiliationError
from filiation.fleet.losses import GIVEN_UP
from filiation.fleet.processes import Processes
from filiation.fleet.run import run
from filiation.fleet.task import batches, order_of
from filiation.store.parts import Key, Parts


def files(into: Path) -> dict[str, bytes]:
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()}


def answers(into: Path, version: str = "1") -> dict[str, tuple]:
    parts = Parts(into, "square", version)
    rows = [row for digest in parts.names() for row in parts.read(digest).to_pylist()]
    assert len({(row["key"], row["mark"]) for row in rows}) == len(rows), "a key is answered twice"
    return {row["key"]: (row["square"], row["reason"]) for row in rows}


def test_a_batch_may_take_as_long_as_it_is_large(tmp_path):
    task = squares(keys_per_batch=10, weight_per_batch=100, seconds=60.0)

    def seconds(*weights: int) -> float:
        return order_of(task, [Key(f"k{i}", "m", weight=weight) for i, weight in enumerate(weights)], tmp_path).seconds

    assert [seconds(1), seconds(*[1] * 5), seconds(50), seconds(300)] == pytest.approx([6.0, 30.0, 30.0, 180.0])


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(1, 9), st.integers(1, 200))
def test_batches_are_bounded_and_leave_nothing_out(weights, count, most):
    keys = [Key(f"k{i}", "m", weight=weight) for i, weight in enumerate(weights)]
    found = list(batches(squares(keys_per_batch=count, weight_per_batch=most), keys))
    assert [key for batch in found for key in batch] == keys
    assert all(len(batch) <= count for batch in found)
    assert all(len(batch) == 1 or sum(key.weight for key in batch) <= most for batch in found)


def test_every_key_is_answered_once(tmp_path):
    engine = Here()
    ran = run(squares(), numbered(30, k5="raise"), engine, tmp_path)
    assert (ran.keys, ran.known, ran.done, ran.skipped, ran.parts, ran.lost) == (30, 0, 30, 1, 8, 0)
    assert engine.most_at_once == 2 * engine.workers
    found = answers(tmp_path)
    assert found.pop("k5") == (None, "ValueError: this one raises")
    assert found == {f"k{i}": (i * i, None) for i in range(30) if i != 5}
    again = run(squares(), numbered(30, k5="raise"), engine, tmp_path)
    assert (again.known, again.done) == (30, 0)


@pytest.mark.parametrize("tells_apart", [True, False])
def test_bytes_do_not_depend_on_who_does_it_or_what_is_lost(tmp_path, tells_apart):
    keys = numbered(50, k7="kill", k8="kill", k33="raise")
    deadly = {"k7", "k8"}
    maker = np.random.default_rng(1)

    def loses(order):
        return not deadly.isdisjoint(key.name for key in order.keys) or (len(order.keys) > 1 and maker.random() < 0.1)

    def loses_only_deadly(order):
        return not deadly.isdisjoint(key.name for key in order.keys)

    first = run(squares(), keys, Here(loses_only_deadly, tells_apart=True), tmp_path / "a")
    second = run(squares(), keys, Here(loses, tells_apart=tells_apart, backwards=True), tmp_path / "b")
    assert first.skipped == second.skipped == 3
    assert second.lost >= first.lost > 4
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert answers(tmp_path / "a")["k7"] == (None, GIVEN_UP)
    assert answers(tmp_path / "a")["k6"] == (36, None)


def test_a_batch_in_pieces_is_the_batch_as_a_whole(tmp_path):
    run(squares(keys_per_batch=30), numbered(30), Here(), tmp_path / "whole")
    lost = run(squares(keys_per_batch=30), numbered(30), Here(lambda order: len(order.keys) > 8), tmp_path / "pieces")
    assert lost.lost == 4
    assert files(tmp_path / "whole") == files(tmp_path / "pieces")


def test_what_is_ended_goes_on_where_it_was_left(tmp_path):
    keys = numbered(40)
    run(squares(), keys, Here(), tmp_path / "whole")

    class Ended(Here):
        def outcomes(self):
            if len(self.done) == 3:
                raise KeyboardInterrupt
            return super().outcomes()

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(squares(), keys, Ended(backwards=True), tmp_path / "ended")
    last = run(squares(), keys, Here(), tmp_path / "ended")
    assert (last.known, last.done) == (36, 4)
    assert files(tmp_path / "whole") == files(tmp_path / "ended")


def test_a_part_that_a_failing_disk_cut_off_is_made_again(tmp_path):
    run(squares(), numbered(9), Here(), tmp_path)
    before = files(tmp_path)
    parts = Parts(tmp_path, "square", "1")
    path = parts.path(parts.names()[0])
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(AtlasError, match="delete it"):
        parts.get("k0", "m") or parts.get("k4", "m")
    assert run(squares(), numbered(9), Here(), tmp_path).parts == 1
    assert files(tmp_path) == before


def test_only_what_is_new_or_has_changed_is_done(tmp_path):
    run(squares(), numbered(10), Here(), tmp_path)
    keys = [*numbered(10), Key("new", "m", "11")]
    keys[3] = Key("k3", "other", "4")
    engine = Here()
    ran = run(squares(), keys, engine, tmp_path)
    assert (ran.known, ran.done) == (9, 2)
    assert [key.name for order in engine.done for key in order.keys] == ["k3", "new"]
    parts = Parts(tmp_path, "square", "1")
    assert parts.get("k3", "m")["square"] == 9
    assert parts.get("k3", "other")["square"] == 16
    assert parts.get("k3", "third") is None
    assert run(squares("2"), keys, Here(), tmp_path).done == 11


def test_what_could_not_be_looked_at_is_tried_again_when_asked(tmp_path):
    run(squares(), numbered(10, k2="raise"), Here(), tmp_path)
    assert run(squares(), numbered(10), Here(), tmp_path).done == 0
    ran = run(squares(), numbered(10), Here(), tmp_path, again=True)
    assert (ran.done, ran.skipped) == (4, 0)
    assert answers(tmp_path)["k2"] == (4, None)


def refused() -> str:
    return "2"


def test_a_worker_of_another_version_refuses(tmp_path):
    with pytest.raises(FiliationError, match="another version"):
        run(squares("1", recipe=refused), numbered(3), Here(), tmp_path)


def test_a_disk_that_is_full_is_said(tmp_path):
    (tmp_path / "square").write_text("in the way")
    with pytest.raises((FiliationError, OSError)):
        run(squares(), numbered(3), Here(), tmp_path)


@pytest.mark.parametrize(
    "error", [AtlasError("the atlas is being written"), FileNotFoundError("no such folder"), ImportError("x")]
)
def test_what_is_no_key_s_fault_is_no_key_s_reason(tmp_path, error):
    def failing(keys):
        raise error

    with pytest.raises(FiliationError, match="square cannot be done here"):
        run(replace(squares(), function=failing), numbered(9), Here(), tmp_path)
    assert not Parts(tmp_path, "square", "1").names()


@pytest.mark.parametrize("tells_apart", [True, False])
def test_no_key_is_blamed_where_all_workers_are_lost(tmp_path, tells_apart):
    with pytest.raises(FiliationError, match="whatever they are given"):
        run(squares(), numbered(100), Here(lambda _: True, tells_apart=tells_apart), tmp_path)
    assert not Parts(tmp_path, "square", "1").names()
    run(squares(), numbered(100), Here(), tmp_path)
    assert {key: square for key, (square, _) in answers(tmp_path).items()} == {f"k{i}": i * i for i in range(100)}


def test_one_key_alone_can_be_given_up(tmp_path):
    ran = run(squares(), numbered(1, k0="kill"), Here(lambda _: True), tmp_path)
    assert (ran.done, ran.skipped) == (1, 1)


def test_what_fails_for_every_key_is_no_key_s_reason(tmp_path):
    odd = {f"k{i}": "raise" for i in range(20)}
    with pytest.raises(FiliationError, match="fails for every key"):
        run(squares(keys_per_batch=20), numbered(20, **odd), Here(), tmp_path)


def test_rows_that_do_not_answer_their_keys_are_reasons(tmp_path):
    task = squares()
    short = type(task)("square", "1", lambda keys: task.function(keys).slice(1), task.schema, 4)
    assert run(short, numbered(2), Here(), tmp_path).skipped == 2


def test_processes_lose_one_key_and_nothing_else(tmp_path):
    ran = run(squares(keys_per_batch=1), numbered(3, k1="kill"), Processes(1), tmp_path)
    assert (ran.done, ran.skipped) == (3, 1)
    assert answers(tmp_path) == {"k0": (0, None), "k1": (None, GIVEN_UP), "k2": (4, None)}
    assert not list(tmp_path.rglob("*.partial"))
    assert not list((tmp_path / ".pieces").rglob("*.parquet"))


def test_equal_tables_become_equal_bytes(tmp_path):
    whole = pa.table({"key": ["a", "b"], "mark": ["m", "m"], "reason": pa.array([None, None], pa.string())})
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    parts = Parts(tmp_path, "t", "1")
    parts.write("a" * 32, whole)
    parts.write("b" * 32, pieces)
    assert parts.path("a" * 32).read_bytes() == parts.path("b" * 32).read_bytes()
