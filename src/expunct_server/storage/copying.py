"""A document that can be read from anywhere in it: what formats need, and what a bucket does not give."""

import io
import os
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, cast

from expunct_server.errors import TooLarge
from expunct_server.storage.base import Reader, StoreTimeout, StoreUnavailable
from expunct_server.storage.durable import told

_PIECE = 1 << 20


def local_copy(reader: Reader, scratch: Path, *, max_bytes: int, seconds: float) -> BinaryIO:
    """The bytes of `reader` as a seekable file at its start; whoever asked closes it, and `reader` too.

    What is a file of this machine already is given as it is; else the bytes are copied to a file without a name below
    `scratch`, so that nothing is left of it whatever crashes.

    Raises `TooLarge` beyond `max_bytes`, `StoreTimeout` when the copying takes more than `seconds`, `StoreUnavailable`
    when the body ends before its size does, `Unavailable` on a full disk.
    """
    if reader.stat.size > max_bytes:
        raise _too_large(max_bytes)
    if isinstance(reader, io.FileIO | io.BufferedReader):
        reader.seek(0)
        return cast("BinaryIO", reader)
    with told():
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy = cast("BinaryIO", tempfile.TemporaryFile(dir=scratch))  # noqa: SIM115 -- whoever asked closes it
        try:
            _copy(reader, copy, max_bytes, time.monotonic() + seconds)
        except BaseException:
            copy.close()
            raise
    return copy


def _copy(reader: Reader, copy: BinaryIO, max_bytes: int, patience: float) -> None:
    copied = 0
    while piece := reader.read1(_PIECE):  # as it comes: a server that drips must not keep the clock from being seen
        copied += len(piece)
        if copied > max_bytes:
            raise _too_large(max_bytes)
        if time.monotonic() > patience:
            raise StoreTimeout
        copy.write(piece)
    if reader.stat.size not in (-1, copied):  # -1: a web server that did not say
        raise StoreUnavailable
    copy.flush()
    copy.seek(0, os.SEEK_SET)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The file is larger than the limit of {max_bytes} bytes.")
