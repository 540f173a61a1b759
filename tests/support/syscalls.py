"""Runs a function in a forked process and breaks it at a chosen system call. Linux, x86-64 and ARM64, no other tool.

    counted = syscalls.run(store_letter, watch=[folder])
    for fault in counted.kills():
        outcome = syscalls.run(store_letter, watch=[folder], fault=fault)
        ...  # what is in the folder now?

Counted is each system call that changes bytes or names below the watched folders, or makes them durable (see `_KINDS`),
and on request each that sends on a socket; of the target, its threads and its child processes. A `Fault` says what
happens at one of them: SIGKILL to the whole process group before or after it, or an error in its place. The target
tells what it has acknowledged with `say`, which survives its end and counts as nothing.

The tracer is ptrace, and a seccomp filter stops the target at these system calls alone: all others run at full speed.
Both need no privilege. Without them `run` raises `NotPermitted`; it never passes over a fault in silence.

What a process in here can not do: leave its process group (setsid and setpgid fail with EPERM, or parts of it would
outlive the kill), gain privileges by exec, change its user, read standard input. It starts on one processor. What is
not seen: stores to mapped memory, io_uring, 32-bit system calls. And a kill is not a power cut: what was written but
not synced is still there afterwards.

`run` forks the calling process, as is. Where that has many threads, or is large and so slow to fork, use a `Server`.
"""

import ctypes
import errno
import gc
import json
import os
import platform
import signal
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn, Self, get_args

Action = Literal["kill_before", "kill_after", "fail"]


class NotPermitted(RuntimeError):
    """This kernel, or how it is set, lets no process be traced. The message says what to change."""


@dataclass(frozen=True)
class Fault:
    """What happens at the `number`-th counted system call, from 1.

    `kill_before`: SIGKILL, and it is not executed. `kill_after`: SIGKILL once it was executed and before the program
    gets its result. `fail`: it is not executed and returns `error`; if `lasting`, so does each counted one after it.
    """

    number: int
    action: Action
    error: int = errno.EIO
    lasting: bool = False

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError("System calls are counted from 1.")
        if self.action not in get_args(Action):
            raise ValueError(f"No such action: {self.action}.")

    def strikes(self, number: int) -> bool:
        return number == self.number or (self.lasting and number > self.number)


@dataclass(frozen=True)
class Call:
    """A counted system call."""

    number: int
    name: str
    places: tuple[str, ...]  # absolute paths, or socket:[inode]; two for those that have an old and a new name
    thread: int

    def __str__(self) -> str:
        return f"{self.number} {self.name} {' -> '.join(self.places)}"


@dataclass(frozen=True)
class Outcome:
    """What the target did until its end."""

    status: int  # the exit code (1 after an exception), negative for the signal that ended it
    calls: tuple[Call, ...]
    said: tuple[str, ...]  # what it gave to `say`
    error: str  # the traceback of its exception, or nothing
    struck: bool  # the fault was reached

    def kills(self) -> Iterator[Fault]:
        """SIGKILL before and after each of these calls."""
        for call in self.calls:
            yield Fault(call.number, "kill_before")
            yield Fault(call.number, "kill_after")


# --- system calls -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kind:
    """A system call that is counted, and which of its arguments say what it works on."""

    name: str
    x86_64: int | None
    aarch64: int | None
    file: int | None = None  # a file descriptor
    paths: tuple[tuple[int | None, int], ...] = ()  # a folder's descriptor if it has one, and a path
    flags: int | None = None  # counted only if these can make or empty a file
    network: bool = False  # only of use on sockets


# Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
_KINDS = (
    _Kind("write", 1, 64, file=0),
    _Kind("pwrite64", 18, 68, file=0),
    _Kind("writev", 20, 66, file=0),
    _Kind("pwritev", 296, 70, file=0),
    _Kind("pwritev2", 328, 287, file=0),
    _Kind("sendfile", 40, 71, file=0),
    _Kind("splice", 275, 76, file=2),
    _Kind("copy_file_range", 326, 285, file=2),
    _Kind("ftruncate", 77, 46, file=0),
    _Kind("fallocate", 285, 47, file=0),
    _Kind("fsync", 74, 82, file=0),
    _Kind("fdatasync", 75, 83, file=0),
    _Kind("syncfs", 306, 267, file=0),
    _Kind("sendto", 44, 206, file=0, network=True),
    _Kind("sendmsg", 46, 211, file=0, network=True),
    _Kind("sendmmsg", 307, 269, file=0, network=True),
    _Kind("open", 2, None, paths=((None, 0),), flags=1),
    _Kind("openat", 257, 56, paths=((0, 1),), flags=2),
    _Kind("openat2", 437, 437, paths=((0, 1),)),  # its flags are in memory, where no filter looks: each counts
    _Kind("creat", 85, None, paths=((None, 0),)),
    _Kind("truncate", 76, 45, paths=((None, 0),)),
    _Kind("rename", 82, None, paths=((None, 0), (None, 1))),
    _Kind("renameat", 264, 38, paths=((0, 1), (2, 3))),
    _Kind("renameat2", 316, 276, paths=((0, 1), (2, 3))),
    _Kind("link", 86, None, paths=((None, 0), (None, 1))),
    _Kind("linkat", 265, 37, paths=((0, 1), (2, 3))),
    _Kind("symlink", 88, None, paths=((None, 1),)),
    _Kind("symlinkat", 266, 36, paths=((1, 2),)),
    _Kind("unlink", 87, None, paths=((None, 0),)),
    _Kind("unlinkat", 263, 35, paths=((0, 1),)),
    _Kind("mkdir", 83, None, paths=((None, 0),)),
    _Kind("mkdirat", 258, 34, paths=((0, 1),)),
    _Kind("rmdir", 84, None, paths=((None, 0),)),
)


@dataclass(frozen=True)
class _Machine:
    """What differs between processors."""

    name: str
    audit: int  # AUDIT_ARCH_* of linux/audit.h
    leaving: tuple[int, int]  # setpgid and setsid
    kinds: dict[int, _Kind]


@cache
def _machine() -> _Machine:
    name = platform.machine()
    if sys.platform != "linux" or struct.calcsize("P") != 8 or name not in ("x86_64", "aarch64"):
        raise NotPermitted(f"System calls are traced on 64-bit Linux on x86_64 and aarch64, and this is {name}.")
    kinds = {getattr(kind, name): kind for kind in _KINDS if getattr(kind, name) is not None}
    if name == "x86_64":
        return _Machine(name, 0xC000003E, (109, 112), kinds)
    return _Machine(name, 0xC00000B7, (154, 157), kinds)


# --- the filter -------------------------------------------------------------------------------------------------------

# linux/bpf_common.h, linux/seccomp.h, linux/prctl.h
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _TRACE, _ERRNO = 0x7FFF0000, 0x7FF00000, 0x00050000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 22, 38, 36, 37
_MODE_FILTER = 2
_MAKES_OR_EMPTIES = os.O_CREAT | os.O_TRUNC

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_long, ctypes.c_long)
_libc.ptrace.restype = ctypes.c_long
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)


def _filter(sockets: bool) -> list[Instruction]:
    """Stop at what counts, refuse what would leave the process group, let all else pass."""
    machine = _machine()
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for number, kind in machine.kinds.items():
        if kind.network and not sockets:
            continue
        if kind.flags is None:
            program += _answer(number, _TRACE)
        else:
            program += [  # the processor is little-endian: an argument's lower half comes first
                (_EQUAL, 0, 4, number),
                (_LOAD, 0, 0, _ARGUMENTS + 8 * kind.flags),
                (_ANY_BIT, 0, 1, _MAKES_OR_EMPTIES),
                (_RETURN, 0, 0, _TRACE),
                (_RETURN, 0, 0, _ALLOW),
            ]
    for number in machine.leaving:
        program += _answer(number, _ERRNO | errno.EPERM)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _answer(number: int, answer: int) -> list[Instruction]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]


def _install(program: list[Instruction]) -> None:
    """For this thread and all that come of it, for good."""
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(packed)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)  # without it a filter is for root alone
    _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))


def _prctl(option: int, *arguments: int) -> None:
    if _libc.prctl(option, *arguments, *[0] * (4 - len(arguments))) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# --- ptrace -----------------------------------------------------------------------------------------------------------

# linux/ptrace.h
_POKEUSER, _CONT, _SYSCALL, _SEIZE, _LISTEN = 6, 7, 24, 0x4206, 0x4208
_GETREGSET, _SETREGSET, _GET_SYSCALL_INFO = 0x4204, 0x4205, 0x420E
_AT_SECCOMP, _AT_STOP = 7, 128  # PTRACE_EVENT_*
_SYSGOOD, _FORK, _VFORK, _CLONE, _SECCOMP, _EXITKILL = 0x1, 0x2, 0x4, 0x8, 0x80, 0x100000
_OPTIONS = _SYSGOOD | _FORK | _VFORK | _CLONE | _SECCOMP | _EXITKILL
_RETURNED = signal.SIGTRAP | 0x80
_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_WALL = 0x40000000  # linux/wait.h: threads too
_INFO_AT_SECCOMP = 3
_SYSCALL_INFO = struct.Struct("B3xIQQ7Q8x")  # op, arch, ip, sp; the system call's number and its six arguments
_ORIG_RAX, _RAX = 120, 80  # offsets in struct user of x86-64
_NT_PRSTATUS, _NT_ARM_SYSTEM_CALL = 1, 0x404
_ARM_REGISTERS = 34 * 8  # x0 to x30, sp, pc, pstate
_AT_FDCWD = -100
_PAGE = 4096  # of memory, or a part of one; no path is longer


def _ptrace(request: int, thread: int, address: int = 0, data: int = 0) -> None:
    if _libc.ptrace(request, thread, address, data) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}: {os.strerror(ctypes.get_errno())}")


def _seize(process: int) -> None:
    try:
        _ptrace(_SEIZE, process, 0, _OPTIONS)
    except OSError as failure:
        raise NotPermitted(_why_not(failure)) from failure


def _why_not(failure: OSError) -> str:
    setting = Path("/proc/sys/kernel/yama/ptrace_scope")
    scope = setting.read_text().strip() if setting.exists() else "absent"
    return (
        f"ptrace is not permitted ({failure.strerror}), and these tests kill processes at chosen system calls with it. "
        f"kernel.yama.ptrace_scope is {scope}: it must be 0, 1 or absent (sysctl kernel.yama.ptrace_scope=1). "
        "In a container, its seccomp profile must allow ptrace too (docker run --cap-add SYS_PTRACE)."
    )


def _asked(thread: int) -> tuple[int, tuple[int, ...]]:
    """The number and the arguments of the system call that a thread was stopped at."""
    buffer = ctypes.create_string_buffer(_SYSCALL_INFO.size)
    try:
        _ptrace(_GET_SYSCALL_INFO, thread, _SYSCALL_INFO.size, ctypes.addressof(buffer))
    except OSError as failure:
        if failure.errno != errno.EIO:
            raise
        raise NotPermitted(
            "PTRACE_GET_SYSCALL_INFO is unknown to this kernel: Linux 5.3 or newer it must be."
        ) from None
    kind, _, _, _, number, *arguments = _SYSCALL_INFO.unpack(buffer.raw)
    assert kind == _INFO_AT_SECCOMP
    return number, tuple(arguments)


def _refuse(thread: int, error: int) -> None:
    """Let the system call that a thread was stopped at do nothing and return `error`: -1 is the number of none."""
    if _machine().name == "x86_64":
        _ptrace(_POKEUSER, thread, _ORIG_RAX, -1)
        _ptrace(_POKEUSER, thread, _RAX, -error)
        return
    registers = ctypes.create_string_buffer(_ARM_REGISTERS)
    _regset(_GETREGSET, thread, _NT_PRSTATUS, registers)
    struct.pack_into("q", registers, 0, -error)  # x0, which holds results
    _regset(_SETREGSET, thread, _NT_PRSTATUS, registers)
    _regset(_SETREGSET, thread, _NT_ARM_SYSTEM_CALL, ctypes.create_string_buffer(struct.pack("i", -1), 4))


def _regset(request: int, thread: int, which: int, buffer: Any) -> None:
    vector = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(buffer), len(buffer)))
    _ptrace(request, thread, which, ctypes.addressof(vector))


def _link(thread: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{thread}/{name}")
    except OSError:
        return ""  # no such descriptor: the kernel will say so to the program


def _text(thread: int, address: int) -> str:
    """The path that is at this address. Read up to a page's end at a time: what follows may not be mapped."""
    found = b""
    memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY)
    try:
        while b"\0" not in found and len(found) < _PAGE:
            start = address + len(found)
            found += os.pread(memory, _PAGE - start % _PAGE, start)
    except (OSError, OverflowError):
        return ""  # a bad address: the kernel will say so to the program
    finally:
        os.close(memory)
    return os.fsdecode(found.split(b"\0", 1)[0])


def _path(thread: int, folder: int, path: str) -> str:
    """Absolute, and without symbolic links but its last part, which is what the system call works on."""
    if not path.startswith("/"):
        path = os.path.join(_link(thread, "cwd" if folder == _AT_FDCWD else f"fd/{folder}"), path)
    parent, name = os.path.split(path.rstrip("/"))
    return os.path.join(os.path.realpath(parent), name)


def _descriptor(argument: int) -> int:
    return ctypes.c_int(argument & 0xFFFFFFFF).value


@dataclass
class _Tracer:
    """Follows all threads of a process group to the end of its leader."""

    group: int
    watch: Sequence[str]
    sockets: bool
    fault: Fault | None
    calls: list[Call] = field(default_factory=list)
    struck: bool = False

    def follow(self) -> int:
        """The leader's wait status. Must be called by the thread that seized it."""
        while True:
            thread, status = os.waitpid(-self.group, _WALL)
            if os.WIFSTOPPED(status):
                with suppress(ProcessLookupError):  # killed meanwhile, by us or by another of its threads
                    request, number = self._stopped(thread, status)
                    _ptrace(request, thread, 0, number)
            elif thread == self.group:
                return status

    def _stopped(self, thread: int, status: int) -> tuple[int, int]:
        """How it shall go on, and with which signal."""
        number, event = os.WSTOPSIG(status), status >> 16
        if event == _AT_SECCOMP:
            return self._called(thread), 0
        if number == _RETURNED:  # from the call that was to be its last
            self._kill()
            return _CONT, 0
        if event == _AT_STOP and number in _STOPPING:
            return _LISTEN, 0  # stay stopped until SIGCONT
        return _CONT, 0 if event else number

    def _called(self, thread: int) -> int:
        """Count it, and strike if it is the one."""
        number, arguments = _asked(thread)
        kind = _machine().kinds[number]
        places = self._places(thread, kind, arguments)
        if not any(map(self._is_watched, places)):
            return _CONT
        self.calls.append(Call(len(self.calls) + 1, kind.name, places, thread))
        if self.fault is None or not self.fault.strikes(len(self.calls)):
            return _CONT
        self.struck = True
        return self._strike(thread, self.fault)

    def _strike(self, thread: int, fault: Fault) -> int:
        if fault.action == "kill_after":
            return _SYSCALL  # stop once more when it returns
        if fault.action == "kill_before":
            self._kill()
        else:
            _refuse(thread, fault.error)
        return _CONT

    def _kill(self) -> None:
        os.killpg(self.group, signal.SIGKILL)

    def _places(self, thread: int, kind: _Kind, arguments: tuple[int, ...]) -> tuple[str, ...]:
        if kind.file is not None:
            return (_link(thread, f"fd/{_descriptor(arguments[kind.file])}"),)
        return tuple(
            _path(
                thread,
                _AT_FDCWD if folder is None else _descriptor(arguments[folder]),
                _text(thread, arguments[path]),
            )
            for folder, path in kind.paths
        )

    def _is_watched(self, place: str) -> bool:
        if place.startswith("socket:"):
            return self.sockets
        return any(place == folder or place.startswith(os.path.join(folder, "")) for folder in self.watch)


# --- the forked process -----------------------------------------------------------------------------------------------

_notes: int | None = None  # in the forked process: the file that the tracer reads after its end


def say(text: str) -> None:
    """Tell the tracer, in a target: comes back in `Outcome.said`, whatever happens to the process afterwards."""
    _note("said", text)


def _note(kind: str, text: str) -> None:
    assert _notes is not None, "Only a target has somebody to speak to."
    os.write(_notes, json.dumps([kind, text]).encode() + b"\n")


def _read_notes(notes: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"said": [], "error": [], "unable": []}
    for line in os.pread(notes, os.fstat(notes).st_size, 0).splitlines():
        kind, text = json.loads(line)
        found[kind].append(text)
    return found


def _become(target: Callable[[], object], sockets: bool, timeout: float) -> None:
    """What the forked process does, once it is traced."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # it is in the background, and reading a terminal would stop it
    # The kernel ends it in time, since the tracer waits without any. A handler that it inherited would not.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        _install(_filter(sockets))
    except OSError as failure:
        _note("unable", str(failure))
        return
    target()


def _live(gate: int, target: Callable[[], object], sockets: bool, timeout: float) -> NoReturn:
    """From the fork to the end, and never back into the program that was forked."""
    code = 1
    try:
        if os.read(gate, 1):  # else the tracer has gone
            _become(target, sockets, timeout)
            code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        _note("error", traceback.format_exc())
    finally:
        with suppress(Exception):  # output that can not be written is no reason to go on living
            _flush()
        os._exit(code)


def _flush() -> None:
    for each in (sys.stdout, sys.stderr):
        if each is not None:
            each.flush()


def _fork(notes: int, live: Callable[[int], NoReturn]) -> int:
    """Fork and seize: the new process waits at its gate until it is traced."""
    global _notes
    _flush()  # or both would write what is in the buffers
    gate, opener = os.pipe()
    process = os.fork()
    if process == 0:
        _notes = notes
        os.close(opener)
        live(gate)
    try:
        os.setpgid(process, process)
        _seize(process)
        os.write(opener, b"!")
    except BaseException:
        _end(process)
        raise
    finally:
        os.close(gate)
        os.close(opener)
    return process


def _end(group: int) -> None:
    """Kill what is left of it and wait until nothing is."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-group, _WALL)


@contextmanager
def _one_processor() -> Iterator[None]:
    """Run the target where the tracer runs: a stop takes a quarter of the time, as none of them wakes another core."""
    allowed = os.sched_getaffinity(0)
    with suppress(OSError):  # then it is only slower
        os.sched_setaffinity(0, {_libc.sched_getcpu()})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, allowed)


@contextmanager
def _adopting() -> Iterator[None]:
    """Orphans of the target become children of this process, which waits for them. Not every process 1 would."""
    before = ctypes.c_int()
    _prctl(_PR_GET_CHILD_SUBREAPER, ctypes.addressof(before))
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        _prctl(_PR_SET_CHILD_SUBREAPER, before.value)


# --- what tests call --------------------------------------------------------------------------------------------------


def run(
    target: Callable[[], object],
    *,
    watch: Sequence[Path],
    sockets: bool = False,
    fault: Fault | None = None,
    timeout: float = 60,
) -> Outcome:
    """Call `target` in a fork of this process, count its system calls below the folders `watch`, break it at one.

    The process ends when `target` returns; what it leaves behind (threads, child processes) is killed then.

    Raises `NotPermitted` where no process can be traced, and TimeoutError after `timeout` seconds (unless the target
    makes use of SIGALRM itself, with which it is ended).
    """
    _machine()
    notes = os.memfd_create("notes")
    try:
        with _one_processor(), _adopting():
            group = _fork(notes, lambda gate: _live(gate, target, sockets, timeout))
            tracer = _Tracer(group, [os.path.realpath(each) for each in watch], sockets, fault)
            try:
                status = os.waitstatus_to_exitcode(tracer.follow())
            finally:
                _end(group)
        heard = _read_notes(notes)
    finally:
        os.close(notes)
    if heard["unable"]:
        raise NotPermitted(f"The kernel must have CONFIG_SECCOMP_FILTER and permit it to all: {heard['unable'][0]}.")
    if status == -signal.SIGALRM:
        done = "; ".join(map(str, tracer.calls[-5:])) or "none"
        raise TimeoutError(f"The target had not returned after {timeout} s. Its last counted calls: {done}.")
    return Outcome(status, tuple(tracer.calls), tuple(heard["said"]), "".join(heard["error"]), tracer.struck)


class Server:
    """A process of its own that forks and traces: small, with one thread, and with the targets' imports done once.

    A target must be a function of a module, or a `functools.partial` of one, for it travels by pickle. One caller at a
    time. The server ends with the process that made it.
    """

    def __enter__(self) -> Self:
        self._connection, other = Pipe()
        command = [sys.executable, "-m", "tests.support.syscalls", str(other.fileno())]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, pass_fds=[other.fileno()], cwd=root, stdin=subprocess.DEVNULL)
        other.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._process.terminate()  # it may be in the middle of a run; what it traces dies with it
        self._process.wait()

    def run(
        self,
        target: Callable[[], object],
        *,
        watch: Sequence[Path],
        sockets: bool = False,
        fault: Fault | None = None,
        timeout: float = 60,
    ) -> Outcome:
        """As `run`."""
        self._connection.send((target, {"watch": watch, "sockets": sockets, "fault": fault, "timeout": timeout}))
        answer = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Outcome)
        return answer


def _serve(connection: Any) -> None:
    with suppress(EOFError):
        while True:
            connection.send(_serve_one(connection))


def _serve_one(connection: Any) -> Outcome | Exception:
    try:
        target, options = connection.recv()
        gc.freeze()  # or each forked process would copy what its collector touches
        return run(target, **options)
    except EOFError:
        raise
    except (OSError, NotPermitted) as failure:
        return failure
    except Exception:
        return RuntimeError(traceback.format_exc())  # of a class that the other side may not know


if __name__ == "__main__":
    # By its name, for targets speak to the module that they import and not to this copy of it.
    import_module("tests.support.syscalls")._serve(Connection(int(sys.argv[1])))
