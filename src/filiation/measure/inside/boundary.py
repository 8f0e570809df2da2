"""Bound this process, say what holds, and become the program that runs the model.

``python boundary.py SETTINGS``. SETTINGS is JSON: `limits` by the name of a resource, `readable` and `writable` paths,
`denied` numbers of system calls by the kind of machine, `parent`, `report` (a file descriptor), `argv`, `env`. Nothing of a
model runs in here; what runs after it cannot undo it.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys

from confined import confine_files, die_with_parent, drop_capabilities, filter_calls


def main():
    """Bound, report, become."""
    with open(sys.argv[1], "rb") as file:
        asked = json.load(file)
    die_with_parent(asked["parent"])
    missing = [name for name, value in asked["limits"].items() if not _limit(name, value)]
    landlock = confine_files(asked["readable"], asked["writable"])
    has_dropped = drop_capabilities()
    denied = asked["denied"].get(platform.machine())
    is_filtered = filter_calls(denied) if denied else False
    told = {"landlock": landlock, "dropped": has_dropped, "filtered": is_filtered, "unlimited": missing}
    os.write(asked["report"], json.dumps(told).encode())
    os.close(asked["report"])
    try:
        os.execvpe(asked["argv"][0], asked["argv"], asked["env"])
    except OSError as error:
        sys.stderr.write(f"{asked['argv'][0]} cannot be run: {error.strerror}\n")
        os._exit(127)


def _limit(name, value):
    """Hold a resource to a value, or to what it is held to already; False where this system cannot."""
    number = getattr(resource, name, None)
    if number is None:
        return False
    hard = resource.getrlimit(number)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(number, (value, value))
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
