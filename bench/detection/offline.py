"""A process from which nothing can be sent: trying to ends it, whatever library and thread it is that tries.

The kernel sees to it (seccomp), so that code below Python is held as well. Making a socket stays allowed: spaCy imports
requests, which imports urllib3, which asks a local socket whether there is IPv6. Linux on x86-64 and ARM.
"""

import ctypes
import os
import platform
import struct

# By machine: how the kernel names it, then connect, sendto, sendmsg, sendmmsg and io_uring_setup, past which no byte
# leaves by a socket.
_CALLS = {
    "x86_64": (0xC000003E, (42, 44, 46, 307, 425)),
    "aarch64": (0xC00000B7, (203, 206, 211, 269, 425)),
}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def refuse_network() -> None:
    """From now on connecting or sending ends this process and its children (SIGSYS).

    A child tries it: RuntimeError if it lives. OSError where the kernel has no filters.
    """
    code = ctypes.create_string_buffer(_program())
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", (len(code) - 1) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "what is sent cannot be refused here")
    _try()


def _program() -> bytes:
    """The filter, eight bytes a rule: operation, steps to go if true and if false, value."""
    architecture, calls = _CALLS[platform.machine()]
    rules = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    rules += [(_EQUAL, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    rules += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _KILL)]
    return b"".join(struct.pack("HBBI", *rule) for rule in rules)


def _try() -> None:
    child = os.fork()
    if child == 0:
        import socket

        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(("127.0.0.1", 9))
        os._exit(0)
    if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
        raise RuntimeError("a connection could be made although it was refused")
