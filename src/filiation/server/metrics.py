"""What a server counts of itself, for Prometheus: by route and status, never by caller or model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder through which several workers count together; the library looks for it when it is imported."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
NOWHERE = "none"
"""Stands for the route of what was refused before it was looked at."""
UNANSWERED = "none"


class Metrics:
    """Counts requests, in all workers together where `FOLDER_VARIABLE` is set."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # noqa: PLC0415  # only `serve --metrics`

        self._registry = None if FOLDER_VARIABLE in os.environ else CollectorRegistry()
        # With several workers nothing is registered: what they wrote to the folder is read for each answer.
        where = {"registry": self._registry}
        self._requests = Counter(
            "filiation_requests", "Requests answered, by route and status.", ["method", "route", "status"], **where
        )
        self._seconds = Histogram(
            "filiation_request_seconds", "Until the last byte of an answer was sent.", ["route"], buckets=SECONDS, **where
        )
        self._bytes = Counter("filiation_answer_bytes", "Bytes of answers as sent, without headings.", ["route"], **where)
        self._open = Gauge("filiation_requests_open", "Being answered now.", multiprocess_mode="livesum", **where)
        self._started = Counter(
            "filiation_worker_starts", "Workers started, those included that took another's place.", **where
        )
        self._started.inc()
        self._known: dict[tuple[str, str, str], tuple[Counter, Histogram, Counter]] = {}

    def begin(self) -> None:
        """Take in that a request came."""
        self._open.inc()

    def end(self, method: str, route: str | None, status: int | None, seconds: float, size: int) -> None:
        """Take in that it was answered."""
        self._open.dec()
        key = method, route or NOWHERE, str(status or UNANSWERED)
        counted = self._known.get(key)
        if counted is None:
            counted = self._requests.labels(*key), self._seconds.labels(key[1]), self._bytes.labels(key[1])
            self._known[key] = counted
        counted[0].inc()
        counted[1].observe(seconds)
        counted[2].inc(size)

    def told(self) -> bytes:
        """Return all of it in the text format; it reads files: call it in a thread."""
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  # see __init__
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415  # see __init__

        if self._registry is not None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)


def media_type() -> str:
    """Return the media type of what is told."""
    from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415  # see Metrics

    return CONTENT_TYPE_LATEST


def forget_worker(process: int) -> None:
    """Take what a process that ended had open out of the sums; what it counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # see Metrics

    mark_process_dead(process)
