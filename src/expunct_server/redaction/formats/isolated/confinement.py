"""What a document's process cannot reach, as far as the kernel lets an ordinary user say so: the network, and files.

Each is a promise of its own, kept where it can be: a user namespace with an empty network namespace, and Landlock
(Linux 5.13 and newer, landlock(7)), under which the process reads what Python and the readers' libraries are made of:
no document of another, no key, no setting, nor the memory and environment of the server.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, of the same numbers on all architectures
_VERSION: Final = 1  # asked for the version of Landlock
_BENEATH: Final = 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 1 << 1, 1 << 2, 1 << 3
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights to files the first versions know; later ones: 16
_LIBRARIES: Final = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", "/proc", "/sys/devices/system")


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64),)


class _Rule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def leave_network() -> bool:
    """Go where there is no network; whether that could be done."""
    libc = ctypes.CDLL(None)
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWUSER | _CLONE_NEWNET, _CLONE_NEWNET))


def leave_files() -> bool:
    """Give up all files but those of Python and libraries, for reading; what is open stays. Whether it could."""
    libc = ctypes.CDLL(None)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    every = _Ruleset((1 << _RIGHTS.get(version, 16)) - 1)
    rules = libc.syscall(_CREATE, ctypes.byref(every), ctypes.c_size_t(ctypes.sizeof(every)), 0)
    if rules < 0:
        return False
    try:
        for path in _readable():
            _allow(libc, rules, path, _EXECUTE | _READ | _LIST)
        _allow(libc, rules, "/dev", _READ | _WRITE | _LIST)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _readable() -> list[str]:
    return [*_LIBRARIES, sys.prefix, sys.base_prefix, *(each for each in sys.path if each)]


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """What is not there needs no rule."""
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not Path(path).is_dir():
        rights &= ~_LIST
    rule = _Rule(rights, parent)
    libc.syscall(_ADD, rules, _BENEATH, ctypes.byref(rule), 0)
    os.close(parent)
