"""Processes that no other of the same user looks into: settings and keys are in the environment and memory of some."""

import ctypes
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def unseen() -> None:
    """Close `/proc/PID/environ`, `mem` and the like of this process, and ptrace(2), to all but root (proc(5)).

    Processes that are forked from it are closed too; one that runs another program has to ask for it itself. Nor is a
    core written, which would hold documents and keys.
    """
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
