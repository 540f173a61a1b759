"""A format made up for tests: each line a text, with commands by which it behaves as a broken or hostile reader does.

!hide TEXT     written as it is, without being asked about
!noise TEXT    the same, and told as what may be no text
!lines A/B     the same, and told as lines that are read one after the other
!part NAME     the same, and told as what people call the part of all texts
!spin          never ends
!swallow       takes all memory
!crash         dies by a signal
!raise         fails with an exception
!fill          writes without end
!refuse        says that it cannot be read
!inner NAME B  a document inside, base64
!invent        says so by a code of its own
!note TEXT     tells something
!streams       says what it reads from and prints to
!read PATH     says whether it can read a file
!call PORT     says whether it reaches a server on this machine
!socket        says whether it can make a socket at all
!fork          says whether it can start a process
!signal PID    says whether it can reach a process by a signal
!look HOW      has nothing looked at in that way, by those who look at pictures
!many COUNT    asks about so many texts that say nothing
!say JSON      sends this to the parent
!place TEXT    names this as the place of what is found in it
"""

import base64
import json
import os
import signal
import socket
from collections.abc import Iterator

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Lines, Mark, Noise, Part, Text, Work


def redact(work: Work) -> None:
    consumed = 0
    for number, line in enumerate(work.source.read().decode().splitlines(), start=1):
        work.target.write((_line(work, number, line) + "\n").encode())
        consumed += len(line) + 1
        work.progress(consumed)


def texts(work: Work) -> Iterator[str]:
    lines = work.source.read().decode().splitlines()
    yield Part(next((each[6:] for each in lines if each.startswith("!part ")), ""))
    yield "\n".join(each for each in lines if not each.startswith(("!noise", "!lines", "!part")))
    yield from (Noise(each) for each in lines if each.startswith("!noise"))
    yield from (Lines(each[7:].replace("/", "\n")) for each in lines if each.startswith("!lines"))


def preview(work: Work, page: int, marks: list[Mark]) -> None:
    lines = work.source.read().decode().splitlines()
    if page > len(lines):
        raise DocumentError("no_such_page", "The document has no such page.")
    work.target.write(f"{lines[page - 1]} {marks}".encode())


def _line(work: Work, number: int, line: str) -> str:
    command, _, rest = line.partition(" ")
    if command == "!inner":
        name, _, data = rest.partition(" ")
        return f"!inner {name} {base64.b64encode(work.inner(name, base64.b64decode(data), f'part {number}')).decode()}"
    if command in _SAID:
        return _SAID[command](work, rest)
    if command == "!note":
        work.note(rest)
    elif command in _ANSWERS:
        return f"{command[1:]}: {_ANSWERS[command](rest)}"
    elif command == "!say":
        work.wire.send(json.loads(rest))
        return ""
    elif command == "!place":
        return work.redacted([Text(rest)], lambda *_: rest)[0].text
    elif command in _COMMANDS:
        _COMMANDS[command](work)
    elif command not in ("!hide", "!lines", "!noise", "!part"):
        [redacted] = work.redacted([Text(line)], lambda _, edit: f"line {number}, character {edit.start + 1}")
        return redacted.text
    return line


def _streams(_: Work, __: str) -> str:
    return " ".join(os.readlink(f"/proc/self/fd/{stream}") for stream in (0, 1, 2))


def _look(work: Work, how: str) -> str:
    return f"look: {work.look(how, b'').decode()}"


def _can_read(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def _can_call(port: str) -> bool:
    try:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", int(port))) == 0
    except OSError:
        return False


def _can_make_socket(_: str) -> bool:
    try:
        with socket.socket():
            return True
    except OSError:
        return False


def _can_fork(_: str) -> bool:
    try:
        pid = os.fork()
    except OSError:
        return False
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _can_signal(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except OSError:
        return False
    return True


def _spin(_: Work) -> None:
    while True:
        pass


def _swallow(_: Work) -> None:
    held = []
    while True:
        held.append(bytearray(1 << 24))


def _crash(_: Work) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _raise(work: Work) -> None:
    raise ValueError(work.source.read())


def _fill(work: Work) -> None:
    while not work.surveying:
        work.target.write(bytes(1 << 20))


def _invent(_: Work) -> None:
    raise DocumentError("jane@example.com", "jane@example.com")


def _refuse(_: Work) -> None:
    raise DocumentError("encrypted", "It is encrypted.")


_COMMANDS = {
    "!spin": _spin, "!swallow": _swallow, "!crash": _crash, "!raise": _raise, "!fill": _fill, "!refuse": _refuse,
    "!invent": _invent,
}  # fmt: skip


def _many(work: Work, count: str) -> str:
    return str(len(work.redacted([Text("")] * int(count), lambda *_: None)))


_SAID = {"!many": _many, "!streams": _streams, "!look": _look}
_ANSWERS = {
    "!read": _can_read,
    "!call": _can_call,
    "!socket": _can_make_socket,
    "!fork": _can_fork,
    "!signal": _can_signal,
}
