"""Prove that the page in the package is what ``frontend/`` builds: ``python scripts/check_bundle.py``.

Installs what the lock file names where that is not yet done, checks types, lint and tests, builds into a temporary folder, and
compares every file. Without Node it says so and is content, unless ``FILIATION_REQUIRE`` contains ``node``.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "src/filiation/server/static"
NEEDED = "Node 20.19 or later, with npm: https://nodejs.org"


def main() -> int:
    """Return 0 when the two are equal or Node is not here, 1 when they differ or cannot be built."""
    npm = shutil.which("npm")
    if npm is None:
        required = "node" in os.environ.get("FILIATION_REQUIRE", "").replace(",", " ").split()
        print(f"{'Cannot check' if required else 'Not checked:'} the page's bundle: npm is not on PATH. Install {NEEDED}.")
        return int(required)
    if not installed():
        run(npm, "ci")
    run(npm, "run", "check")
    with tempfile.TemporaryDirectory() as folder:
        run(npm, "run", "build", "--", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn")
        wrong = differences(Path(folder), BUNDLE)
    for line in wrong:
        print(line)
    if wrong:
        print(
            "The page in the package is not what frontend/ builds: run 'npm run build' in frontend/ and commit what it wrote."
        )
    return int(bool(wrong))


def run(*words: str) -> None:
    """Run a command in ``frontend/``; end with its exit code when it fails."""
    done = subprocess.run(words, cwd=FRONTEND, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def installed() -> bool:
    """Return whether npm has installed since the lock file last changed."""
    mark = FRONTEND / "node_modules/.package-lock.json"
    return mark.exists() and mark.stat().st_mtime >= (FRONTEND / "package-lock.json").stat().st_mtime


def differences(built: Path, kept: Path) -> list[str]:
    """Return, in words, each file that only one of two folders has or that differs."""
    files = [{path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} for folder in (built, kept)]
    wrong = [f"built, not in the package: {path}" for path in sorted(files[0] - files[1])]
    wrong += [f"in the package, not built: {path}" for path in sorted(files[1] - files[0])]
    both = sorted(files[0] & files[1])
    return wrong + [f"differs: {path}" for path in both if not filecmp.cmp(built / path, kept / path, shallow=False)]


if __name__ == "__main__":
    sys.exit(main())
