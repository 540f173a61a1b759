"""The program that documents' processes are forked from: it has loaded the readers, has one thread, and knows nothing.

    python -m expunct_server.redaction.formats.isolated.starter MODULE

MODULE, which may be empty, is loaded and made ready for all of its processes. Its standard input is a socket of whole
messages (SOCK_SEQPACKET), on which the server asks, one thing at a time:

    "start NAME", with three files   fork a process for them, for a format's module; the answer is its id
    "end ID"                         end it, if it has not ended; the answer is what it ended by, as `waitpid` says

A format's module is loaded here, once, before the first process that reads with it is forked: loading takes ten times
as long as reading a small document, and a document's process, which may write no file, could not even keep it compiled.

It was started with an environment that holds no setting of the server. When the socket closes it ends, and with it
every process that it has forked.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
from typing import Final

from expunct_server.redaction.formats.isolated import child, confinement
from expunct_server.redaction.formats.isolated.limits import MOST
from expunct_server.redaction.unseen import unseen

_PR_SET_PDEATHSIG: Final = 1


def main(warm: str) -> None:
    """Answer until there is nobody left to ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # reaches the whole group; the server decides when this ends
    unseen()
    rules = confinement.ruleset()
    if warm:
        importlib.import_module(warm).ready()
    with socket.socket(fileno=os.dup(0)) as server:
        while True:
            message, files, _, _ = socket.recv_fds(server, MOST, 3)
            if not message:
                return
            asked, said = message.decode().split()
            if asked == "start":
                _load(said)
                server.send(str(_start(server, files, rules)).encode())
            else:
                server.send(str(_end(int(said))).encode())


def _load(module: str) -> None:
    """Load a format's module, unless it is. One that cannot be is told by the document's process, which tries again."""
    if module not in sys.modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)


def _start(server: socket.socket, files: list[int], rules: int | None) -> int:
    gc.freeze()  # or each process copies the pages of all modules, for the marks of its collector
    pid = os.fork()
    if pid:
        for each in files:
            os.close(each)
        return pid
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    confinement.leave_network()
    confinement.leave_files(rules)
    confinement.leave_privileges()
    confinement.leave_others()
    server.close()
    _forget_streams()
    try:
        child.main(*files)
    finally:
        os._exit(0)  # whatever threads and exit handlers the readers' libraries have


def _forget_streams() -> None:
    """No way to ask the starter for anything, nor to write into the server's log: libraries print what they read."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def _end(pid: int) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return 0


if __name__ == "__main__":
    main(sys.argv[1])
    sys.exit(0)
