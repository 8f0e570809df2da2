"""How a process begins that works for another one."""

from __future__ import annotations

import os
import signal
from multiprocessing import parent_process
from threading import Thread


def begin_work() -> None:
    """Leave the keyboard to the parent, and end with it: a pool whose parent is killed would wait for work for ever.

    The initializer of a pool of processes; in a process that has no parent it only ignores interrupts.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
