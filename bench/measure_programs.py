"""Programs for `bench/measure.py`: plain ones that answer a suite, and ones that misbehave."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import gettempdir

BAG = """
import json, re, sys, zlib
sys.stdin.readline()
for line in sys.stdin:
    item = json.loads(line)
    vector = [0] * 512
    for word in re.findall(r"[a-z]{2,}", item["text"].lower()):
        vector[zlib.crc32(word.encode()) % 512] += 1
    print(json.dumps({"id": item["id"], "vector": vector}))
"""
"""Counts of words, hashed into 512 places."""
HOSTILE = {
    "sleeps": "import time; time.sleep(60)",
    "spins": "while True: pass",
    "eats memory": "held = []\nwhile True: held.append(bytearray(1 << 22))",
    "eats shared memory": "import mmap\nh = []\nwhile True:\n h.append(mmap.mmap(-1, 1 << 24)); h[-1].write(b'x' * (1 << 24))",
    "forks for ever": "import os\nwhile True: os.fork()",
    "prints for ever": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "fills the disk": "n = 0\nwhile True:\n n += 1\n open(str(n), 'wb').write(b'x' * (1 << 20))",
    "makes many files": "n = 0\nwhile True:\n n += 1\n open(str(n), 'wb').close()",
    "aborts": "import os; os.abort()",
    "touches address 0": "import ctypes; ctypes.string_at(0)",
    "asks the network": "import socket; socket.create_connection(('127.0.0.1', 80))",
    "makes a raw call for a socket": "import ctypes; print(ctypes.CDLL(None).syscall(41, 2, 1, 0))",
    "leaves its session": "import os; os.setsid()",
    "leaves a child behind": "import os, time\nif not os.fork(): time.sleep(60)\nprint('left one')",
    "kills its parent": "import os; os.kill(os.getppid(), 9)",
    "reads the parent's secrets": "import os; open(f'/proc/{os.getppid()}/environ').read()",
    "reads the home folder": "import os, pwd; os.listdir(pwd.getpwuid(os.getuid()).pw_dir)",
    "changes the mode of a folder": f"import os; os.chmod({gettempdir()!r}, 0o1777)",
    "lowers its parent's limits": "import os, resource as r; r.prlimit(os.getppid(), r.RLIMIT_NOFILE, (9, 9))",
    "lists processes": "import os; os.listdir('/proc')",
    "makes a namespace": "import ctypes; print(ctypes.CDLL(None).syscall(56, 0x10000011, 0, 0, 0, 0))",
    "writes elsewhere": f"open({str(Path(gettempdir()) / 'filiation-was-here')!r}, 'w')",
    "raises its limits": "import resource as r; r.setrlimit(r.RLIMIT_DATA, (-1, -1))",
    "ignores every signal it can": "import signal as s, time\nfor n in (1, 2, 15, 24): s.signal(n, s.SIG_IGN)\ntime.sleep(60)",
}


def most_frequent(label: str) -> str:
    """Return a program that always gives this answer."""
    return (
        "import json, sys\nsys.stdin.readline()\n"
        f"for line in sys.stdin: print(json.dumps({{'id': json.loads(line)['id'], 'label': {label!r}}}))\n"
    )


def written(folder: Path, name: str, text: str) -> str:
    """Write a program; return the command that runs it."""
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return f"{sys.executable} -S {path}"
