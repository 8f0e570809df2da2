"""What limits, log and figures of a server cost each request: ``python bench/operating.py --atlas bench/out/hub.atlas``.

Asks the application itself, without a network, for an answer that it keeps: the quickest there is, so that nothing hides the
difference. Processor time of the whole process, the thread that writes the log included; the ways take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from filiation.server.app import create_app
from filiation.server.operating import Operated, Operating

ROUNDS = 9
BATCH = 4000
PATH = "/api/v1/node/0"


async def ask(app: Operated, number: int) -> None:
    """Ask `number` times."""

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: dict) -> None:
        pass

    for _ in range(number):
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": PATH,
            "raw_path": PATH.encode(), "root_path": "", "query_string": b"", "headers": [(b"host", b"localhost")],
            "client": ("203.0.113.7", 1), "server": ("127.0.0.1", 8808), "state": {},
        }  # fmt: skip
        await app(scope, receive, send)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path, default=Path(__file__).parent / "out" / "hub.atlas")
    options = parser.parse_args()
    app = create_app(options.atlas)
    with tempfile.TemporaryDirectory() as folder:
        log = str(Path(folder) / "requests.log")
        ways = {
            "nothing": Operating(),
            "--rate": Operating(rate=1e6),
            "--log": Operating(log=log),
            "--metrics": Operating(metrics=True),
            "all three": Operating(rate=1e6, log=log, metrics=True),
        }
        around = {name: Operated(app, way) for name, way in ways.items()}
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, operated in around.items():
                before = time.process_time()
                asyncio.run(ask(operated, BATCH))
                time.sleep(0.3)  # what waits for the log is written
                spent[name].append((time.process_time() - before) / BATCH * 1e6)
    print(f"{ROUNDS} times {BATCH:,} requests each way; load of the machine {os.getloadavg()[0]:.1f}")
    for name, each in spent.items():
        print(f"{name:10} {median(each):6.0f} us of a processor for each request ({min(each):.0f} to {max(each):.0f})")


if __name__ == "__main__":
    main()
