"""Keep this process, and all that it starts, from the network, other processes and files: what an unprivileged process can.

Three things of Linux, all without privileges and none that can be undone: capabilities are dropped, Landlock says which files
may be read and written, and a seccomp filter refuses system calls. It runs before anything of a model does, on the standard
library alone.

Source: landlock(7), seccomp(2), capset(2), of the Linux manual pages.
"""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct
import sys

EPERM, ENOSYS = 1, 38
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NO_NEW_PRIVILEGES, SECCOMP, FILTER, DIES_WITH_PARENT = 38, 22, 2, 1
X32 = 0x40000000
"""System calls from here on are of another kind of program, under other numbers."""
READ_FILE, READ_FOLDER, EXECUTE, WRITE_FILE, TRUNCATE, REFER = 1 << 2, 1 << 3, 1 << 0, 1 << 1, 1 << 14, 1 << 13
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
CREATE, ADD, RESTRICT = 444, 445, 446
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def drop_capabilities():
    """Give up what a superuser may do; True where that is done, or there was nothing to give up."""
    if _libc is None:
        return os.geteuid() != 0
    header = struct.pack("Ii", 0x20080522, 0)
    _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return _libc.syscall(*_capset(), header, struct.pack("6I", *[0] * 6)) == 0


def _capset():
    return (126,) if platform.machine() == "x86_64" else (91,)


def filter_calls(denied):
    """Refuse system calls.

    Args:
        denied: Of this kind of machine: `architecture` is the number that the kernel has for it, `calls` those of the calls
            that fail as not permitted; `clone` fails so where one of `bits` is set, `prlimit64` where it is about another
            process, `clone3` as if the kernel had none.

    Returns:
        Whether the filter is in place.
    """
    if _libc is None:
        return False
    refuse = (RETURN, 0, 0, ERRNO | EPERM)
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, denied["architecture"]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if platform.machine() == "x86_64":
        lines += [(AT_LEAST, 0, 1, X32), refuse]
    for number in denied["calls"]:
        lines += [(EQUAL, 0, 1, number), refuse]
    lines += [(EQUAL, 0, 1, denied["clone3"]), (RETURN, 0, 0, ERRNO | ENOSYS)]
    first = (LOAD, 0, 0, 16)  # the lower half of the first argument
    lines += [(EQUAL, 0, 4, denied["clone"]), first, (ANY_BIT, 0, 1, denied["bits"]), refuse, (LOAD, 0, 0, 0)]
    lines += [(EQUAL, 0, 3, denied["prlimit64"]), first, (EQUAL, 1, 0, 0), refuse]
    lines.append((RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return _libc.prctl(SECCOMP, FILTER, ctypes.c_char_p(program), 0, 0) == 0


def confine_files(readable, writable):
    """Leave only these files and folders to be read, and to be written; none of what is written can be executed.

    Args:
        readable: Files and folders that may be read and executed, with all below; those that are not there are passed over.
        writable: The same, to be read and written.

    Returns:
        The version of Landlock that holds them, 0 where there is none.
    """
    version = _libc.syscall(CREATE, None, ctypes.c_size_t(0), 1) if _libc is not None else -1
    if version < 1:
        return 0
    handled = (1 << 13) - 1 | (REFER if version > 1 else 0) | (TRUNCATE if version > 2 else 0) | (1 << 15 if version > 4 else 0)
    rules = struct.pack("QQQ", handled, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    made = _libc.syscall(CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    if made < 0:
        return 0
    for path in readable:
        _allow(made, path, READ_FILE | READ_FOLDER | EXECUTE)
    for path in writable:
        _allow(made, path, handled & ~EXECUTE & ~(1 << 6) & ~(1 << 11))
    _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = _libc.syscall(RESTRICT, made, 0) == 0
    os.close(made)
    return version if done else 0


def _allow(rules, path, access):
    try:
        there = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(there).st_mode):
        access &= ON_FILES
    _libc.syscall(ADD, rules, 1, struct.pack("=Qi", access, there), 0)
    os.close(there)


def die_with_parent(parent):
    """End when the process `parent` does; what this process starts does not."""
    if _libc is not None:
        _libc.prctl(DIES_WITH_PARENT, 9, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
