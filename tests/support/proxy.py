"""A TCP proxy that can lose the network: what it carries stands still, and neither side is told."""

import socket
import threading
from contextlib import suppress

_CHUNK = 64 * 1024


class Proxy:
    """Forwards what comes to `address` to `upstream`: a host and a port, or the path of a socket."""

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._is_cut = False
        self._carried: set[_Connection] = set()
        self._lost: set[_Connection] = set()  # kept open: to close them would tell
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        host, port = self._listener.getsockname()
        self.address: tuple[str, int] = (host, port)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Forward nothing more on any connection there is, and refuse new ones. How many there were.

        Each side is left with a connection that is open and on which nothing comes.
        """
        with self._lock:
            self._is_cut = True
            lost, self._carried = self._carried, set()
            self._lost |= lost
            for each in lost:
                each.is_lost = True
        return len(lost)

    def mend(self) -> None:
        """Forward new connections again. Those that were cut end now, as where a host answers what it forgot."""
        with self._lock:
            self._is_cut = False
            lost, self._lost = self._lost, set()
        for each in lost:
            each.close()

    def close(self) -> None:
        """End everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            self._is_cut = True
            every = self._carried | self._lost
        for each in every:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed
                return
            with self._lock:
                far = None if self._is_cut else self._connected()
                if far is None:
                    near.close()
                    continue
                carried = _Connection(near, far)
                self._carried.add(carried)
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(carried, source, target), daemon=True).start()

    def _connected(self) -> socket.socket | None:
        is_path = isinstance(self._upstream, str)
        far = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        try:
            far.connect(self._upstream)
        except OSError:
            far.close()
            return None
        return far

    def _carry(self, carried: "_Connection", source: socket.socket, target: socket.socket) -> None:
        """One direction, until either side ends it or the connection is cut."""
        with suppress(OSError):
            while (data := source.recv(_CHUNK)) and not carried.is_lost:
                target.sendall(data)
        with self._lock:
            if carried.is_lost:
                return
            self._carried.discard(carried)
        carried.close()


class _Connection:
    """The two sockets of a connection through the proxy."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._sockets = (near, far)
        self.is_lost = False

    def close(self) -> None:
        """End both sides."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
            each.close()
