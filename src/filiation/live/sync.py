"""Bring an atlas up to date with a Hub: list, tell what is gone, run the stages, look into what matters most, run them again.

Law: a run that is ended anywhere, and the runs that go on from there, come to the atlas that one undisturbed run makes.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from filiation.core.decision import Override
from filiation.core.record import Sighting, Skipped, batches_of
from filiation.core.ref import HUB, Kind, Ref
from filiation.lineage.arrays import Lineage
from filiation.live.listing import PAGES, fetch
from filiation.live.looking import Task, conclude, look_into, unseen_tasks
from filiation.live.looks import LOOKS, Look
from filiation.live.plan import wanted
from filiation.live.spool import Spool, rows_of
from filiation.live.taking import UNSEEN, Place, Unseen, looked, take_listing, take_looks
from filiation.pipeline import SPARED, Progress, Stage, build
from filiation.registry.live.asking import Asker, UnreachableError
from filiation.registry.live.hub import Hub
from filiation.store.atlas import Atlas
from filiation.store.ingest import Ingested, ingest


class Wish(msgspec.Struct, frozen=True):
    """What a run is to do.

    Attributes:
        kinds: What to list.
        registry: Under which name the repositories stand; ``hf`` is the Hub's, whose names need none in front.
        whole: List all, even where the changes would do.
        details: Look into so many repositories at most.
        unseen: Ask for so many at most of those that a full listing lacked.
        seconds: Begin nothing after so long; 0 for no bound.
        adopted: What portfolios hold, as people write it: looked into first.
    """

    kinds: tuple[Kind, ...] = (Kind.MODEL, Kind.DATASET)
    registry: str = HUB
    whole: bool = False
    details: int = 0
    unseen: int = 1_000
    seconds: float = 0.0
    adopted: tuple[str, ...] = ()


class Synced(msgspec.Struct):
    """What a run came to.

    Attributes:
        finished: Whether all was listed and asked for; else the same command goes on from there.
        stopped: Why it ended early; empty where the time was up.
        listed: Records that were ingested out of listings.
        looked: Repositories that were looked into.
        gone: How many are found to be gone, by how.
        unseen_left: How many the last full listing lacked that nobody has asked for yet.
        requests: All that were made, again after a failure included.
        throttled: Of them those that the registry put off.
        failed: Of them those that broke off, or that the server failed at.
        bytes: Of answers.
        waited_seconds: Between attempts.
    """

    finished: bool = True
    stopped: str = ""
    listed: int = 0
    looked: int = 0
    gone: dict[str, int] = {}
    unseen_left: int = 0
    requests: int = 0
    throttled: int = 0
    failed: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0
    ingested: list[Ingested] = []
    stages: list[Stage] = []


def sync(
    atlas: Path,
    hub: Hub,
    wish: Wish,
    progress: Progress,
    *,
    draw: bool = False,
    overrides: Sequence[Override] = (),
    without: Collection[str] = (),
) -> Synced:
    """Do what `wish` says, and run the stages.

    Args:
        atlas: Its folder; made where it is not. It is open for writing only while something is taken into it.
        hub: Asked.
        wish: How much of it.
        progress: Told of every step.
        draw: As for `pipeline.build`, like the two that follow.
        overrides: Decisions that are in force.
        without: Stages to leave for later.

    Raises:
        FiliationError: If the registry does not accept the token, or is none; what came before is kept.
    """
    return _Run(atlas, hub, wish, progress).done(draw=draw, overrides=overrides, without=without)


class Lister(Protocol):
    """A registry that is small enough to be listed whole each time."""

    endpoint: str
    source: str
    asker: Asker

    def sightings(self, registry: str) -> Iterator[Sighting | Skipped]:
        """Yield all that it holds."""
        ...


def sync_listed(
    atlas: Path,
    lister: Lister,
    wish: Wish,
    progress: Progress,
    *,
    draw: bool = False,
    overrides: Sequence[Override] = (),
    without: Collection[str] = (),
) -> Synced:
    """List a registry whole, in one transaction, and run the stages; what it does not name any more is gone.

    Raises:
        FiliationError: If it cannot be listed to its end; the atlas is as it was before.
    """
    sightings = list(lister.sightings(wish.registry))
    host = urlsplit(lister.endpoint)
    path = Path(f"{host.netloc}{host.path}")
    at = datetime.now(UTC).replace(tzinfo=None)
    with Atlas.open(atlas, "create") as opened:
        tell = lambda rows: progress(f"list {lister.source}", rows)  # noqa: E731  # it says what it tells of
        taken = ingest(opened, path, batches_of(sightings, str(path)), at, tell, whole=True)
        stages = build(opened, progress, draw=draw, overrides=overrides, without=without)
    asked = lister.asker.asked
    gone = {"unseen": taken.gone} if taken.gone else {}
    synced = Synced(listed=taken.seen, gone=gone, ingested=[taken], stages=stages)
    return msgspec.structs.replace(synced, **(asked._asdict() | {"waited_seconds": round(asked.waited_seconds, 3)}))


PLAN = "plan.json"
"""What a run is to look into, and has not yet; it goes when the run has come to its end."""
Step = Callable[[Place, Spool], None]


class _Run:
    def __init__(self, atlas: Path, hub: Hub, wish: Wish, progress: Progress) -> None:
        self._atlas, self._hub, self._wish, self._progress = atlas, hub, wish, progress
        self._until = time.monotonic() + wish.seconds if wish.seconds else math.inf
        host = urlsplit(hub.endpoint)
        self._places = [Place(wish.registry, f"{host.netloc}{host.path}", kind) for kind in wish.kinds]
        self._spools = [Spool(atlas, wish.registry, hub.endpoint, kind) for kind in wish.kinds]
        self._synced = Synced()
        self._gone: Counter[str] = Counter()

    def done(self, *, draw: bool, overrides: Sequence[Override], without: Collection[str]) -> Synced:
        with Atlas.open(self._atlas, "create"):
            pass
        with ExitStack() as stack:
            for spool in self._spools:
                stack.enter_context(spool.held())
            self._finish(self._take)  # what an earlier run did not come to, before a newer listing
            self._finish(self._list)
            self._finish(self._ask_for_unseen)
            if self._wish.details and not self._synced.stopped:
                self._build(overrides=overrides, without=[*without, *SPARED])
                self._finish(self._look)
            self._build(draw=draw, overrides=overrides, without=without)
            for spool in self._spools:
                if spool.read(PLAN, list[tuple[str, str]] | None, None) == []:
                    spool.drop(PLAN)
        return self._told()

    def _finish(self, step: Step) -> None:
        """Take a step for each kind; where the registry is not there any more, go on with what came."""
        for place, spool in zip(self._places, self._spools, strict=True):
            if self._synced.stopped:
                self._synced.finished = False
                return
            try:
                step(place, spool)
            except UnreachableError as error:
                self._synced.stopped, self._synced.finished = str(error), False

    def _list(self, place: Place, spool: Spool) -> None:
        name = f"list {place.kind}s"
        tell = lambda rows: self._progress(name, rows)  # noqa: E731  # it says what it tells of
        done = fetch(self._hub, spool, place.kind, whole=self._wish.whole, until=self._until, tell=tell)
        if not done:
            self._synced.finished = False
            return
        with Atlas.open(self._atlas, "write") as atlas:
            taken = take_listing(atlas, spool, place)
        self._synced.listed += taken.seen
        self._synced.ingested.append(taken)

    def _ask_for_unseen(self, place: Place, spool: Spool) -> None:
        unseen = spool.read(UNSEEN, list[Unseen], [])
        tasks = unseen_tasks(unseen)
        free = [task for task in tasks if task.to]
        tasks = [*free, *[task for task in tasks if not task.to][: self._wish.unseen]]
        try:
            self._ask(place, spool, tasks, f"ask for {place.kind}s")
        finally:
            self._take(place, spool)

    def _look(self, place: Place, spool: Spool) -> None:
        """Look into what was planned; a plan that an earlier run did not bring to its end is gone on with."""
        plan = spool.read(PLAN, list[tuple[str, str]] | None, None)
        if plan is None:
            plan = self._planned(place, spool)
            spool.write(PLAN, msgspec.json.encode(plan))
        try:
            self._ask(place, spool, [Task(*row) for row in plan], f"look into {place.kind}s")
        finally:
            self._take(place, spool)

    def _planned(self, place: Place, spool: Spool) -> list[tuple[str, str]]:
        with Atlas.open(self._atlas) as atlas:
            known = Lineage.load(self._atlas)
            adopted = [Ref.parse(text) for text in self._wish.adopted]
            listed_at = spool.standing().listed_at
            return wanted(atlas.con, known, place, looked(spool), adopted, self._wish.details, listed_at)

    def _ask(self, place: Place, spool: Spool, tasks: Sequence[Task], name: str) -> None:
        tell = lambda done: self._progress(name, done)  # noqa: E731  # as above
        if look_into(self._hub, spool, place.kind, tasks, self._until, tell) < len(tasks):
            self._synced.finished = False

    def _take(self, place: Place, spool: Spool) -> None:
        """Ingest what looks told, and ask no more for what they answer."""
        answered = set()
        for page in spool.pages(LOOKS):
            for row in rows_of(page):
                item = msgspec.json.decode(row, type=Look)
                answered.add(item.name)
                if item.gone:
                    self._gone[str(item.gone.how)] += 1
        if not answered:
            return
        with Atlas.open(self._atlas, "write") as atlas:
            self._synced.ingested.append(take_looks(atlas, spool, place))
        self._synced.looked += len(answered)
        if unseen := spool.read(UNSEEN, list[Unseen], []):
            left = [item for item in unseen if item.name not in answered]
            spool.write(UNSEEN, msgspec.json.encode(left))
            spool.stand(msgspec.structs.replace(spool.standing(), unseen=len(left)))
        if plan := spool.read(PLAN, list[tuple[str, str]] | None, None):
            spool.write(PLAN, msgspec.json.encode([row for row in plan if row[0] not in answered]))
        conclude(spool)

    def _build(self, *, overrides: Sequence[Override], without: Collection[str], draw: bool = False) -> None:
        with Atlas.open(self._atlas, "write") as atlas:
            self._synced.stages += build(atlas, self._progress, draw=draw, overrides=overrides, without=without)

    def _told(self) -> Synced:
        synced, asked = self._synced, self._hub.asker.asked
        synced.gone = dict(sorted(self._gone.items()))
        synced.unseen_left = sum(spool.standing().unseen for spool in self._spools)
        synced.finished = synced.finished and not synced.unseen_left and not any(spool.pages(PAGES) for spool in self._spools)
        synced.requests, synced.throttled, synced.failed = asked.requests, asked.throttled, asked.failed
        synced.bytes, synced.waited_seconds = asked.bytes, round(asked.waited_seconds, 3)
        return synced
