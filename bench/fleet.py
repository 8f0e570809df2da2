"""Batches on the processes of this machine against a real Ray cluster of several nodes on it: ``python bench/fleet.py``.

Needs the extra ``ray``, and `--shared` for the cards. Every figure is of parts that are there afterwards; the digests of all
parts, names and bytes, are compared. Wall times are of a machine as busy as it is; processor times stand beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from fleet_work import digest, kill_a_worker, light, meanwhile, models, names

from filiation.fleet.cluster import Cluster
from filiation.fleet.engine import Engine
from filiation.fleet.job import job_of
from filiation.fleet.processes import Processes
from filiation.fleet.run import Ran, run
from filiation.fleet.task import Task
from filiation.fleet.tasks import Asked, named
from filiation.fleet.work import do
from filiation.pipeline import observe
from filiation.store.atlas import Atlas
from filiation.store.parts import Key

STORE = 80 << 20
SEEN = datetime(2022, 2, 21)  # noqa: DTZ001  # the atlas keeps naive UTC
COMMAND = Path(sys.executable).parent / "filiation"


class Machines:
    """A Ray cluster of nodes on this machine: a head without processors, and workers of one processor each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster as Nodes

        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)
        head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
        self._nodes = Nodes(initialize_head=True, head_node_args=head)
        self._workers: list[Any] = []

    @property
    def address(self) -> str:
        """Of the cluster."""
        return self._nodes.address

    def grow(self, to: int) -> Machines:
        """Have so many worker nodes."""
        while len(self._workers) < to:
            self._workers.append(self._nodes.add_node(num_cpus=1, object_store_memory=STORE))
        while len(self._workers) > to:
            self._nodes.remove_node(self._workers.pop())
        self._nodes.wait_for_nodes()
        return self

    def lose_one(self) -> bool:
        """Kill a worker node with all its processes, and put another in its place, as whoever runs a cluster would."""
        self._nodes.remove_node(self._workers.pop(0), allow_graceful=False)
        self._workers.append(self._nodes.add_node(num_cpus=1, object_store_memory=STORE))
        return True

    def end(self) -> None:
        """Stop all nodes."""
        import ray

        ray.shutdown()
        self._nodes.shutdown()


def told(label: str, ran: Ran, into: Path, beside: str = "") -> str:
    """Print a run; return the digest of its parts."""
    found = digest(into)
    print(
        f"  {label:<44}{ran.seconds:>7.1f} s {ran.processor_seconds:>7.1f} s  {ran.done:>7,} keys {ran.parts:>5,} parts"
        f"  lost {ran.lost:>2}, skipped {ran.skipped}  {found} {beside}",
        flush=True,
    )
    return found


def plain(task: Task, keys: list[Key], into: Path) -> Ran:
    """Do it in a plain loop of this process."""
    began, used = time.perf_counter(), time.process_time()
    orders = job_of(task, keys, into).missing()
    size = sum(do(order).bytes for order in orders)
    seconds = time.perf_counter() - began
    return Ran("", len(keys), 0, len(keys), 0, len(orders), size, 0, seconds, time.process_time() - used)


def overhead(machines: Machines, top: Path) -> None:
    """Print what a batch costs beside its work."""
    print("\nWork that costs nothing: wall and processor time of the workers, keys, parts")
    for count, per_batch in ((1_000, 1), (100_000, 256)):
        task, keys = light(per_batch), names(count)
        label = f"{count:,} keys, {per_batch} a batch"
        rows = [(f"{label}: plain loop", plain(task, keys, top / f"p{per_batch}"), top / f"p{per_batch}", "")]
        engines: tuple[Engine, ...] = (Processes(2), Cluster(machines.address))
        for engine in engines:
            into = top / f"{engine.name}{per_batch}"
            with warmed(engine):
                used = time.process_time()
                ran = run(task, keys, engine, into)
                handing = f"{1e3 * (time.process_time() - used) / ran.parts:.2f} ms of the processor a batch to hand it over"
                rows.append((f"{label}: {engine.name}", ran, into, handing))
        same = {told(*row) for row in rows}
        assert len(same) == 1  # noqa: S101  # the claim


@contextlib.contextmanager
def warmed(engine: Engine) -> Iterator[None]:
    """Start the workers beforehand, so that their start is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        kept, engine.__class__.__exit__ = engine.__class__.__exit__, lambda *_: None
        try:
            run(light(1), names(8), engine, Path(folder))
            print(f"  {engine.name}: workers are there after {time.perf_counter() - began:.1f} s")
            yield
        finally:
            engine.__class__.__exit__ = kept
            engine.__exit__(None, None, None)


def growth(machines: Machines, top: Path, task: Task, keys: list[Key]) -> str:
    """Print one and two workers, half and all of the work; return the digest of all."""
    print(f"\n{task.name}: one and two workers, and twice the work")
    made = set()
    for count in (1, 2):
        for engine in (Processes(count), Cluster(machines.grow(count).address)):
            for part in (len(keys) // 2, len(keys)):
                into = top / f"{task.name}-{engine.name}{count}-{part}"
                found = told(f"{part:,} on {count} by {engine.name}", run(task, keys[:part], engine, into), into)
                made |= {found} if part == len(keys) else set()
    assert len(made) == 1  # noqa: S101  # the claim
    return made.pop()


def losses(machines: Machines, top: Path, task: Task, keys: list[Key], wanted: str) -> None:
    """Print runs in which workers and a node are killed; their parts are the same."""
    print(f"\n{task.name}: killed meanwhile")
    for number, engine in enumerate((Processes(2), Cluster(machines.address))):
        into = top / f"{task.name}-lost{number}"
        with meanwhile(kill_a_worker, 3, 3.0) as done:
            ran = run(task, keys, engine, into)
        found = told(f"{engine.name}, a worker killed {len(done)} times", ran, into)
        assert found == wanted  # noqa: S101  # the claim
    into, seen = top / f"{task.name}-node", list[int]()

    def lose(_: str, answered: int) -> None:
        if not seen:  # with the first part that is done; the others are with the workers or wait
            machines.lose_one()
        seen.append(answered)

    ran = run(task, keys, Cluster(machines.address), into, lose)
    found = told("ray, a node killed, another joins", ran, into)
    assert found == wanted  # noqa: S101  # the claim


def ended(top: Path, source: Path, wanted: str) -> None:
    """Print how often the whole command was killed before it came to its end, and whether the parts are the same."""
    into = top / "ended"
    words = [COMMAND, "fleet", "run", "headers", source, "--into", into, "--workers", "2", "--json"]
    kills = 0
    while True:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=6 + kills)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    found = digest(into)
    left = len(list(into.rglob("*.partial")))
    print(f"\nheaders: the whole command killed {kills} times, then left alone: {found}, {left} files half written")
    assert found == wanted  # noqa: S101  # the claim


def cards(shared: Path, top: Path, count: int) -> tuple[Task, list[Key]]:
    """Return the reading of the first cards of the Hub of 2022, kept in an atlas."""
    atlas = top / "hub.atlas"
    with Atlas.open(atlas, "create") as opened:
        observe(opened, [shared / "data" / "hub-2022-02" / "repos.tar.gz"], SEEN, None, lambda *_: None)
    asked = Asked(atlas)
    return named("cards").task(asked), list(islice(named("cards").keys(asked, []), count))


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--models", type=int, default=1_500, help="so many made models have their headers read")
    parser.add_argument("--cards", type=int, default=4_096, help="so many real cards are read")
    parser.add_argument("--folder", type=Path, help="where to work; a folder that is there is emptied")
    options = parser.parse_args()
    top = options.folder or Path(tempfile.mkdtemp(prefix="fleet-"))
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    machines = Machines().grow(2)
    try:
        overhead(machines, top)
        source = models(top / "models", options.models)
        asked = Asked(top / "none", (source,))
        task, keys = named("headers").task(asked), list(named("headers").keys(asked, []))
        wanted = growth(machines, top, task, keys)
        ended(top, source, wanted)
        task, keys = cards(options.shared, top, options.cards)
        losses(machines, top, task, keys, growth(machines, top, task, keys))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"\nmemory of the process that hands out: at most {peak:.2f} GB")
    finally:
        machines.end()
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
