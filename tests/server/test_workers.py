"""Whoever looks after the workers notices at once that one ended, while it is asked too."""

from __future__ import annotations

import os
import time
from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from filiation.cli.workers import _Workers


@pytest.fixture
def worker():
    """A worker as it is seen from above, the other end of its line, and what ends with it."""
    above, below = Pipe()
    sentinel, held = os.pipe()
    yield SimpleNamespace(parent_conn=above, process=SimpleNamespace(sentinel=sentinel)), below, held
    above.close()
    below.close()
    os.close(sentinel)


def overseer(seconds, *signals):
    workers = _Workers.__new__(_Workers)  # without its handlers of signals
    workers.config = SimpleNamespace(timeout_worker_healthcheck=seconds)
    workers.signal_queue = list(signals)
    return workers


def test_one_that_answers_is_well(worker):
    process, below, held = worker
    below.send(True)
    below.send(True)  # what came late is no answer
    assert not overseer(0.05)._is_well(process)
    below.send(True)
    assert not overseer(0.05)._is_well(process), "an answer to the question before is none to this"
    os.close(held)


def test_one_that_ended_while_it_was_asked_is_seen_at_once(worker):
    process, _, held = worker
    os.close(held)
    start = time.monotonic()
    assert not overseer(60.0)._is_well(process)
    assert time.monotonic() - start < 5


def test_a_signal_does_not_wait_for_one_that_is_silent(worker):
    process, _, held = worker
    start = time.monotonic()
    assert overseer(60.0, 15)._is_well(process)
    assert time.monotonic() - start < 5
    os.close(held)


def test_one_that_is_gone_with_its_line_is_not_well(worker):
    process, _, held = worker
    process.parent_conn.close()
    assert not overseer(60.0)._is_well(process)
    os.close(held)
