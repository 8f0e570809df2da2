"""Measure the page in a real browser: ``python bench/page.py`` (needs node, ``npm ci`` in frontend/, and Chromium).

Starts the server, and ``frontend/dev/measure.mjs`` against it: the first view, its bytes, a search and the flight to what it
found, and frames at each zoom. The browser draws in software on the machine's own processors.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from server import serve, wait_until_warm

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atlas", type=Path, default=Path(__file__).parent / "out" / "hub.atlas")
    parser.add_argument("--words", default="mistral 7b v0.1", help="what is searched for")
    options = parser.parse_args()
    node = shutil.which("node")
    if node is None or not (ROOT / "frontend" / "node_modules").exists():
        sys.exit("This needs node, and 'npm ci' in frontend/.")
    process, base, _ = serve(options.atlas)
    try:
        wait_until_warm(base)
        script = ROOT / "frontend" / "dev" / "measure.mjs"
        return subprocess.run([node, script, f"{base}/", options.words], check=False).returncode
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
