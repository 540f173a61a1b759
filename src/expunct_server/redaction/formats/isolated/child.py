"""The process of one document. It has no database, no key and no plan: it reads, asks, and writes."""

import importlib
import io
import os
import socket
from types import ModuleType
from typing import Any, BinaryIO, Final, cast

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.wire import Ended, Wire
from expunct_server.redaction.formats.isolated.work import Lines, Mark, Noise, Part, Work
from expunct_server.redaction.formats.views.viewing import Viewing

_TEXTS: Final = 500_000  # code points of a written document's text that are handed over at once
_TOO_MUCH_MEMORY: Final = (
    "too_much_memory",
    "Reading the document takes more memory than one may have: split it and send the parts.",
)


def main(connection: int, source: int, target: int) -> None:
    """Do one task for the parent, which says what it is. These are files' descriptors."""
    with socket.socket(fileno=connection) as wire, open(source, "rb") as reading, open(target, "r+b") as writing:
        _Task(Wire(wire), reading, writing).run()


class _Task:
    def __init__(self, wire: Wire, source: BinaryIO, target: BinaryIO) -> None:
        self._wire, self._source, self._target = wire, source, target

    def run(self) -> None:
        """Does the task and says how it ended, if there is still somebody to tell."""
        try:
            self._wire.send(self._outcome())
        except Ended:
            return

    def _outcome(self) -> dict[str, Any]:
        try:
            said, _ = self._wire.receive()
            limits = Limits(**said["limits"])
            limits.enforce()
            module = importlib.import_module(said["module"])
            _TASKS[said["task"]](self, module, said, limits)
        except DocumentError as error:
            return {"failed": [error.code, error.detail]}
        except MemoryError:
            return {"failed": list(_TOO_MUCH_MEMORY)}
        except Ended:
            raise
        except Exception as error:  # its message may hold the document
            return {"broken": [type(error).__name__, _where(error)]}
        return {"done": True}

    def _redact(self, module: ModuleType, said: dict[str, Any], limits: Limits) -> None:
        if said["survey"]:
            module.redact(self._work(said, limits, cast(BinaryIO, _Nowhere()), surveying=True))
            self._wire.send({"surveyed": True})
        self._source.seek(0)
        module.redact(self._work(said, limits, self._target, surveying=said["surveying"]))
        self._target.flush()

    def _read(self, module: ModuleType, said: dict[str, Any], limits: Limits) -> None:
        with open(os.devnull, "wb") as nowhere:
            part, texts, size = "", dict[str, list[str]](), 0
            for text in module.texts(self._work(said, limits, nowhere, surveying=False)):
                if isinstance(text, Part) or size > _TEXTS:
                    self._wire.send({"texts": [], "part": part} | texts)
                    texts, size = {}, 0
                if isinstance(text, Part):
                    part = text
                    continue
                kind = "noise" if isinstance(text, Noise) else "lines" if isinstance(text, Lines) else "texts"
                texts.setdefault(kind, []).append(text)
                size += len(text)
            self._wire.send({"texts": [], "part": part} | texts)

    def _look(self, module: ModuleType, said: dict[str, Any], _limits: Limits) -> None:
        self._source.seek(0)
        self._wire.send({"seen": True}, module.look(said["how"], self._source.read()))

    def _preview(self, module: ModuleType, said: dict[str, Any], limits: Limits) -> None:
        marks = [Mark(*each) for each in said["marks"]]
        module.preview(self._work(said, limits, self._target, surveying=False), said["page"], marks)
        self._target.flush()

    def _view(self, module: ModuleType, said: dict[str, Any], limits: Limits) -> None:
        target = cast(BinaryIO, _Nowhere())
        self._source.seek(0)
        work = Viewing(self._source, target, said["name"], limits, self._wire, surveying=True)
        module.redact(work)
        work.hand_over()

    def _draw(self, module: ModuleType, said: dict[str, Any], _limits: Limits) -> None:
        module.draw(self._target, said["page"], said["rows"], self._picture)
        self._target.flush()

    def _picture(self, number: int, page: int) -> bytes:
        """A page of a picture that is to be drawn; nothing for one that cannot be shown."""
        self._wire.send({"picture": [number, page]})
        return bytes(self._wire.receive()[1])

    def _work(self, said: dict[str, Any], limits: Limits, target: BinaryIO, *, surveying: bool) -> Work:
        self._source.seek(0)
        name, password = said["name"], said.get("password")
        labels = said["labels"]
        return Work(self._source, target, name, limits, self._wire, labels, surveying, password)


class _Nowhere(io.RawIOBase):
    """Takes all and keeps nothing. Other than /dev/null it says where it is: writers of archives count by that."""

    def __init__(self) -> None:
        self._position = self._end = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # whatever has bytes
        size = memoryview(data).nbytes
        self._position += size
        self._end = max(self._end, self._position)
        return size

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self._end)[whence]
        return self._position


_TASKS: Final = {
    "redact": _Task._redact,
    "read": _Task._read,
    "look": _Task._look,
    "preview": _Task._preview,
    "view": _Task._view,
    "draw": _Task._draw,
}


def _where(error: BaseException) -> str:
    """The last line of our own code that the error passed, for the operator's log."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "expunct_server" in code.co_filename:
            place = f"{code.co_filename.rpartition('expunct_server/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
