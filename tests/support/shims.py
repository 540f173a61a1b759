"""Commands that the pages of the docs call, where the machine may not have them."""

import shutil
import sys
from pathlib import Path

SUPPORT = Path(__file__).parent


def path_with(name: str, folder: Path, path: str) -> str:
    """`path`, with the stand-in `tests/support/<name>.py` first, below `folder`, where there is no command `name`."""
    if shutil.which(name) is not None:
        return path
    shim = folder / "bin" / name
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SUPPORT / name}.py" "$@"\n')
    shim.chmod(0o755)
    return f"{shim.parent}:{path}"
