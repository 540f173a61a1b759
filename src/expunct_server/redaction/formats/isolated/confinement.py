"""What a document's process cannot reach, as far as the kernel lets a user say so: the network, files, other processes.

Each is a promise of its own, kept where it can be: a user namespace with an empty network namespace; seccomp(2), under
which it makes no socket and no process, and signals and traces none but itself, in containers too; and Landlock
(Linux 5.13 and newer, landlock(7)), under which the process reads what Python and the readers' libraries are made of:
no document of another, no key, no setting, nor the memory and environment of the server. It has no capabilities, and
the server's processes are `unseen`, with Landlock or without. Which of them hold is tried by `probing`.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, of the same numbers on all architectures
_CAPABILITIES: Final = 0x20080522  # the version of capset(2)
_VERSION: Final = 1  # asked for the version of Landlock
_BENEATH: Final = 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 1 << 1, 1 << 2, 1 << 3
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights to files the first versions know; later ones: 16
_LIBRARIES: Final = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts", "/proc", "/sys/devices/system")


_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2
_MACHINES: Final = {
    "x86_64": (0xC000003E, 56, (41, 53, 57, 58, 101, 129, 200, 272, 297, 308, 310, 311, 425, 434, 438), (62, 234), 302),
    "aarch64": (0xC00000B7, 220, (198, 199, 117, 138, 130, 97, 240, 268, 270, 271, 425, 434, 438), (129, 131), 261),
}
"""Numbers of system calls, by architecture as the audit calls it: clone; those that are not allowed (socket,
socketpair, fork, vfork, ptrace, rt_sigqueueinfo, tkill, unshare, rt_tgsigqueueinfo, setns, process_vm_readv and writev,
io_uring_setup, pidfd_open and getfd); kill and tgkill; prlimit64."""
_CLONE3: Final = 435  # the same everywhere; its flags lie in memory, where no filter sees them
_CLONE_THREAD: Final = 0x10000
_OTHER_NUMBERS: Final = 0x40000000  # of x32: the same calls once more
_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF, linux/bpf_common.h
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # places in struct seccomp_data
_ALLOW: Final = 0x7FFF0000
_FAIL: Final = 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


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


def leave_others() -> bool:
    """Give up sockets, new processes, and signals to others; threads stay. Whether that could be done."""
    if platform.machine() not in _MACHINES or sys.byteorder != "little":
        return False
    libc = ctypes.CDLL(None)
    code = b"".join(struct.pack("=HBBI", *each) for each in _rules(*_MACHINES[platform.machine()], os.getpid()))
    program = _Program(len(code) // 8, code)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _rules(
    architecture: int, clone: int, denied: tuple[int, ...], signals: tuple[int, ...], limit: int, own: int
) -> Iterator[tuple[int, int, int, int]]:
    """Instructions: what to do, how many to skip if it holds and if not, the operand."""
    fail = (_RETURN, 0, 0, _FAIL | errno.EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    first = (_LOAD, 0, 0, _ARGUMENT)
    yield from ((_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), fail)
    yield from ((_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _OTHER_NUMBERS), fail)
    yield from ((_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _FAIL | errno.ENOSYS))  # then clone is tried
    for number in denied:
        yield from ((_EQUAL, 0, 1, number), fail)
    yield from ((_EQUAL, 0, 4, clone), first, (_HAS, 0, 1, _CLONE_THREAD), allow, fail)
    for number in signals:
        yield from ((_EQUAL, 0, 4, number), first, (_EQUAL, 0, 1, own), allow, fail)
    yield from ((_EQUAL, 0, 5, limit), first, (_EQUAL, 1, 0, 0), (_EQUAL, 0, 1, own), allow, fail, allow)


def ruleset() -> int | None:
    """Which files a document's process may read: those of Python and libraries. A descriptor for `leave_files`, in any
    number of processes that are forked from this one; None where the kernel does not know Landlock.
    """
    libc = ctypes.CDLL(None)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return None
    every = _Ruleset((1 << _RIGHTS.get(version, 16)) - 1)
    rules = int(libc.syscall(_CREATE, ctypes.byref(every), ctypes.c_size_t(ctypes.sizeof(every)), 0))
    if rules < 0:
        return None
    for path in _readable():
        _allow(libc, rules, path, _EXECUTE | _READ | _LIST)
    _allow(libc, rules, "/dev", _READ | _WRITE | _LIST)
    return rules


def leave_files(rules: int | None) -> bool:
    """Give up all files but those of a ruleset, whose descriptor is closed; what is open stays. Whether it could."""
    if rules is None:
        return False
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restricted = libc.syscall(_RESTRICT, rules, 0) == 0  # a domain of its own: others of the same rules are closed too
    os.close(rules)
    return bool(restricted)


def leave_privileges() -> bool:
    """Give up all capabilities: root's, and those that come with a user namespace. Whether that could be done."""
    none = (ctypes.c_uint32 * 6)()
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    return bool(ctypes.CDLL(None).capset(head, none) == 0)


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
