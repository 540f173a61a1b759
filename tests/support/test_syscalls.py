"""The fault injector itself: what it counts, where it strikes, what it leaves behind."""

import ctypes
import errno
import os
import platform
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.support import syscalls
from tests.support.syscalls import Fault

FILES = ("a", "b", "c")
STEPS = ("openat", "write", "fsync", "rename")  # of each file


@pytest.fixture(scope="module")
def server() -> Iterator[syscalls.Server]:
    with syscalls.Server() as running:
        yield running


def store(folder: Path) -> None:
    """Three files, each as a careful program writes it."""
    for name in FILES:
        draft = os.open(folder / f"{name}.draft", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(draft, name.encode())
        os.fsync(draft)
        os.close(draft)
        os.rename(folder / f"{name}.draft", folder / name)
        syscalls.say(name)


def states() -> list[dict[str, bytes]]:
    """What is in the folder after none, one, two … of the steps of `store`."""
    found: list[dict[str, bytes]] = [{}]
    for number, name in enumerate(FILES):
        whole = {each: each.encode() for each in FILES[:number]}
        drafted = whole | {f"{name}.draft": name.encode()}
        found += [whole | {f"{name}.draft": b""}, drafted, drafted, whole | {name: name.encode()}]
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


# --- counting ---------------------------------------------------------------------------------------------------------


def test_each_call_is_counted_with_what_it_works_on(tmp_path: Path) -> None:
    outcome = syscalls.run(partial(store, tmp_path), watch=[tmp_path])
    assert outcome.status == 0, outcome.error
    assert [call.number for call in outcome.calls] == list(range(1, 13))
    assert [call.name.removesuffix("at") for call in outcome.calls] == [s.removesuffix("at") for s in STEPS] * 3
    assert outcome.calls[0].places == (str(tmp_path / "a.draft"),)
    assert outcome.calls[11].places == (str(tmp_path / "c.draft"), str(tmp_path / "c"))
    assert outcome.said == FILES
    assert not outcome.struck


def test_two_runs_count_the_same(tmp_path: Path, server: syscalls.Server) -> None:
    here = syscalls.run(partial(store, empty(tmp_path / "x")), watch=[tmp_path])
    there = server.run(partial(store, empty(tmp_path / "x")), watch=[tmp_path])
    assert [(call.name, call.places) for call in here.calls] == [(call.name, call.places) for call in there.calls]


def test_what_is_written_elsewhere_or_only_read_is_not_counted(tmp_path: Path) -> None:
    watched, other = empty(tmp_path / "watched"), empty(tmp_path / "watched-not")
    (watched / "read").touch()

    def target() -> None:
        (other / "file").write_bytes(b"x")
        (other / "file").rename(other / "file2")
        os.write(os.pipe()[1], b"x")
        sys.stderr.write("something\n")
        sys.stderr.flush()
        here, there = socket.socketpair()
        here.sendall(b"x")
        there.recv(1)
        (watched / "read").read_bytes()

    unseen = syscalls.run(target, watch=[watched])
    assert unseen.calls == () and unseen.status == 0, unseen.error
    outcome = syscalls.run(target, watch=[watched], sockets=True)
    assert [call.name for call in outcome.calls] == ["sendto"] and outcome.status == 0, outcome.error


def test_a_file_is_found_whichever_way_it_is_named(tmp_path: Path) -> None:
    watched = empty(tmp_path / "watched")
    (tmp_path / "alias").symlink_to(watched)

    def target() -> None:
        (tmp_path / "alias" / "by link").touch()
        os.chdir(watched)
        os.mkdir("relative")
        os.mkdir("by descriptor", dir_fd=os.open("relative", os.O_RDONLY))
        os.rename("by link", tmp_path / "moved out")
        os.symlink("/nowhere", tmp_path / "alias" / "a link")
        os.unlink("a link")

    outcome = syscalls.run(target, watch=[tmp_path / "alias"])
    assert outcome.status == 0, outcome.error
    assert [call.places[-1].removeprefix(f"{tmp_path}/") for call in outcome.calls] == [
        "watched/by link",
        "watched/relative",
        "watched/relative/by descriptor",
        "moved out",
        "watched/a link",
        "watched/a link",
    ]


def test_threads_and_child_processes_are_followed(tmp_path: Path) -> None:
    def write(name: str) -> None:
        os.close(os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT))

    def target() -> None:
        write("first")
        thread = threading.Thread(target=write, args=("thread",))
        thread.start()
        thread.join()
        if (child := os.fork()) == 0:
            write("fork")
            os._exit(0)
        os.waitpid(child, 0)
        subprocess.run(["sh", "-c", f"echo > '{tmp_path}/program'"], check=True)

    outcome = syscalls.run(target, watch=[tmp_path])
    assert outcome.status == 0, outcome.error
    opened = [call for call in outcome.calls if call.name.startswith("open")]
    assert [Path(call.places[0]).name for call in opened] == ["first", "thread", "fork", "program"]
    assert len({call.thread for call in opened}) == 4


# --- striking ---------------------------------------------------------------------------------------------------------


def test_a_kill_leaves_what_was_done_until_then(tmp_path: Path, server: syscalls.Server) -> None:
    folder = tmp_path / "folder"
    counted = server.run(partial(store, empty(folder)), watch=[folder])
    faults = list(counted.kills())
    assert len(faults) == 24
    for fault in faults:
        outcome = server.run(partial(store, empty(folder)), watch=[folder], fault=fault)
        assert outcome.struck and outcome.status == -signal.SIGKILL
        assert [call.number for call in outcome.calls] == list(range(1, fault.number + 1))
        done = fault.number - (fault.action == "kill_before")
        assert content(folder) == states()[done], fault
        assert outcome.said == FILES[: (fault.number - 1) // 4]  # it learns of no result of its last call


def test_a_call_that_fails_is_not_executed(tmp_path: Path, server: syscalls.Server) -> None:
    folder = tmp_path / "folder"
    for number in range(1, 13):
        outcome = server.run(partial(store, empty(folder)), watch=[folder], fault=Fault(number, "fail"))
        assert outcome.struck and outcome.status == 1
        assert "OSError: [Errno 5] Input/output error" in outcome.error
        assert len(outcome.calls) == number
        assert content(folder) == states()[number - 1]


def test_an_error_can_be_another_one_and_can_last(tmp_path: Path) -> None:
    def target() -> None:
        for number in range(4):
            try:
                os.mkdir(tmp_path / str(number))
            except OSError as failure:
                syscalls.say(errno.errorcode[failure.errno or 0])

    once = syscalls.run(target, watch=[tmp_path], fault=Fault(2, "fail", errno.ENOSPC))
    assert once.said == ("ENOSPC",) and sorted(os.listdir(tmp_path)) == ["0", "2", "3"]
    empty(tmp_path)
    lasting = syscalls.run(target, watch=[tmp_path], fault=Fault(2, "fail", errno.EDQUOT, lasting=True))
    assert lasting.said == ("EDQUOT",) * 3 and os.listdir(tmp_path) == ["0"]


def test_a_fault_past_the_last_call_says_so(tmp_path: Path) -> None:
    outcome = syscalls.run(partial(store, tmp_path), watch=[tmp_path], fault=Fault(13, "kill_before"))
    assert outcome.status == 0 and not outcome.struck


def test_a_fault_that_can_not_be_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1"):
        Fault(0, "fail")
    with pytest.raises(ValueError, match="No such action: kill"):
        Fault(1, "kill")  # type: ignore[arg-type]


@pytest.mark.parametrize(("action", "arrives"), [("kill_before", b""), ("kill_after", b"hello")])
def test_a_kill_at_a_socket(action: syscalls.Action, arrives: bytes) -> None:
    here, there = socket.socketpair()
    with here, there:
        outcome = syscalls.run(lambda: there.sendall(b"hello"), watch=[], sockets=True, fault=Fault(1, action))
        assert outcome.status == -signal.SIGKILL
        assert outcome.calls[0].places[0].startswith("socket:")
        there.close()
        assert here.recv(100) == arrives


def test_a_kill_in_a_thread_ends_all(tmp_path: Path) -> None:
    def target() -> None:
        thread = threading.Thread(target=partial(store, tmp_path))
        thread.start()
        thread.join()
        syscalls.say("went on")

    outcome = syscalls.run(target, watch=[tmp_path], fault=Fault(6, "kill_after"))
    assert outcome.status == -signal.SIGKILL and outcome.said == ("a",)
    assert content(tmp_path) == states()[6]


# --- SQLite -----------------------------------------------------------------------------------------------------------


def commit(path: Path) -> None:
    """Three transactions of two rows each, and the log is copied into the database at every one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 1")
    for number in (1, 2, 3):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO pair VALUES (?, 'left')", (number,))
        connection.execute("INSERT INTO pair VALUES (?, 'right')", (number,))
        connection.execute("COMMIT")
        syscalls.say(str(number))
    connection.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """Makes the same database anew in a folder of its own."""
    template = tmp_path / "template.db"
    connection = sqlite3.connect(template)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE pair (number INTEGER, side TEXT)")
    connection.close()

    def make() -> Path:
        return Path(shutil.copy(template, empty(tmp_path / "folder") / "pairs.db"))

    return make


def committed(path: Path) -> list[str]:
    """The transactions that the database holds, once it has recovered. Asserts that it is sound."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("SELECT number, group_concat(side) FROM pair GROUP BY number ORDER BY number")
        pairs = dict(rows.fetchall())
    finally:
        connection.close()
    assert set(pairs.values()) <= {"left,right"}, "half of a transaction"
    return [str(number) for number in pairs]


def test_sqlite_keeps_what_it_acknowledged_wherever_it_is_killed(
    fresh: Callable[[], Path], server: syscalls.Server
) -> None:
    path = fresh()
    counted = server.run(partial(commit, path), watch=[path.parent])
    assert counted.status == 0 and committed(path) == ["1", "2", "3"]
    assert {"pwrite64", "ftruncate"} <= {call.name for call in counted.calls}
    assert {Path(call.places[0]).name for call in counted.calls} >= {"pairs.db", "pairs.db-wal", "pairs.db-shm"}
    more = 0
    for fault in counted.kills():
        outcome = server.run(partial(commit, fresh()), watch=[path.parent], fault=fault)
        assert outcome.status == -signal.SIGKILL
        held = committed(path)
        assert held in (list(outcome.said), [*outcome.said, str(len(outcome.said) + 1)]), fault
        more += len(held) - len(outcome.said)
    assert more > 0, "none of the kills fell between a commit and its acknowledgement"


def test_sqlite_reports_a_write_that_fails(fresh: Callable[[], Path], server: syscalls.Server) -> None:
    path = fresh()
    counted = server.run(partial(commit, path), watch=[path.parent])
    to_log = [c for c in counted.calls if c.name == "pwrite64" and c.places[0].endswith("-wal")]
    assert len(to_log) >= 6
    for call in to_log:
        outcome = server.run(partial(commit, fresh()), watch=[path.parent], fault=Fault(call.number, "fail"))
        assert outcome.status == 1
        assert "sqlite3.OperationalError: disk I/O error" in outcome.error
        assert committed(path) == list(outcome.said)


# --- the target's life ------------------------------------------------------------------------------------------------


def is_there(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def leave_one_behind() -> None:
    if (child := os.fork()) == 0:
        time.sleep(600)
    syscalls.say(str(os.getpid()))
    syscalls.say(str(child))


def test_nothing_outlives_a_run(server: syscalls.Server) -> None:
    for run in (syscalls.run, server.run):
        outcome = run(leave_one_behind, watch=[])
        assert outcome.status == 0 and len(outcome.said) == 2
        assert not any(map(is_there, outcome.said))


def test_no_descriptor_and_no_process_is_left(tmp_path: Path) -> None:
    def target() -> None:
        syscalls.say(str(os.getpid()))
        os.mkdir(tmp_path / "folder")

    before = os.listdir("/proc/self/fd"), os.sched_getaffinity(0)
    for fault in (None, Fault(1, "kill_after"), Fault(1, "fail")):
        outcome = syscalls.run(target, watch=[tmp_path], fault=fault)
        assert not is_there(outcome.said[0])
    with pytest.raises(TimeoutError):
        syscalls.run(partial(time.sleep, 600), watch=[], timeout=0.01)
    assert (os.listdir("/proc/self/fd"), os.sched_getaffinity(0)) == before


def test_how_it_ended_is_told() -> None:
    def fail() -> None:
        raise LookupError("no such letter")

    failed = syscalls.run(fail, watch=[])
    assert failed.status == 1 and failed.error.endswith("LookupError: no such letter\n")
    assert syscalls.run(partial(sys.exit, 7), watch=[]).status == 7
    assert syscalls.run(partial(signal.raise_signal, signal.SIGTERM), watch=[]).status == -signal.SIGTERM


def test_signals_reach_the_target() -> None:
    def target() -> None:
        signal.signal(signal.SIGUSR1, lambda *_: syscalls.say("handled"))
        signal.raise_signal(signal.SIGUSR1)
        if (child := os.fork()) == 0:
            signal.raise_signal(signal.SIGSTOP)
            os._exit(3)
        assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        time.sleep(0.05)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)  # and stays so
        os.kill(child, signal.SIGCONT)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3

    outcome = syscalls.run(target, watch=[])
    assert outcome.status == 0, outcome.error
    assert outcome.said == ("handled",)


def test_no_process_leaves_the_group() -> None:
    outcome = syscalls.run(partial(subprocess.run, ["true"], start_new_session=True, check=True), watch=[])
    assert "PermissionError" in outcome.error


def test_a_target_that_does_not_return(tmp_path: Path, server: syscalls.Server) -> None:
    with pytest.raises(TimeoutError, match=r"not returned after 0.05 s. Its last counted calls: none"):
        server.run(partial(time.sleep, 600), watch=[tmp_path], timeout=0.05)


def test_a_target_that_the_server_can_not_find(server: syscalls.Server) -> None:
    path = Path(__file__).with_name("nowhere")
    with pytest.raises(RuntimeError, match="unpickle"):
        server.run(Unfit(), watch=[path])
    assert server.run(os.getpid, watch=[]).status == 0  # and it lives on


def refuse() -> None:
    raise ValueError("can not unpickle this")


class Unfit:
    """Breaks where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return refuse, ()

    def __call__(self) -> None: ...


# --- permission -------------------------------------------------------------------------------------------------------


def elsewhere(act: Callable[[], str]) -> str:
    """What `act` returns in a fork of this process, which it may change for good."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writing, act().encode())
        except BaseException as failure:
            os.write(writing, repr(failure).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def test_where_ptrace_is_not_permitted_the_message_says_what_to_change() -> None:
    def act() -> str:
        number = {"x86_64": 101, "aarch64": 117}[platform.machine()]
        answer = syscalls._answer(number, syscalls._ERRNO | errno.EPERM)
        syscalls._install([(0x20, 0, 0, 0), *answer, (0x06, 0, 0, syscalls._ALLOW)])
        with pytest.raises(syscalls.NotPermitted) as raised:
            syscalls.run(os.getpid, watch=[])
        return str(raised.value)

    message = elsewhere(act)
    assert "kernel.yama.ptrace_scope is " in message and "Operation not permitted" in message
    assert "--cap-add SYS_PTRACE" in message


def test_no_privilege_is_needed() -> None:
    def act() -> str:
        with suppress(PermissionError):  # then this process has no privilege to lose
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, lost with the change of user
        _, there = socket.socketpair()
        send = partial(there.sendall, b"x")
        outcome = syscalls.run(send, watch=[], sockets=True, fault=Fault(1, "fail"))
        return outcome.error

    assert "[Errno 5] Input/output error" in elsewhere(act)
