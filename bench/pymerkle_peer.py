"""The peer: pymerkle, in an environment of its own below a temporary folder (it is GPL and never a dependency).

Run by that environment's Python with a folder and a size it measures itself and prints JSON.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ENTRY_BYTES, DURABLE, PROOFS = 560, 2_000, 200


def main(size: int) -> dict[str, Any]:
    """Print the peer's figures; say so where it cannot be installed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        try:
            subprocess.run([sys.executable, "-m", "venv", Path(folder) / "venv"], check=True, capture_output=True)
            subprocess.run(
                [python, "-m", "pip", "install", "-q", "pymerkle"], check=True, capture_output=True, timeout=120
            )
            done = subprocess.run([python, __file__, folder, str(size)], check=True, capture_output=True, timeout=300)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"pymerkle could not be measured: {getattr(error, 'stderr', b'') or error}\n")
            return {}
    found: dict[str, Any] = json.loads(done.stdout)
    print(f"pymerkle {found['version']}, a tree of {size:,} entries in SQLite:\n\n| | |\n|---|---|")
    for name, value in found.items():
        print(f"| {name.replace('_', ' ')} | {value:,.2f} |" if isinstance(value, float) else f"| {name} | {value} |")
    print(flush=True)
    return found


def measure(folder: str, size: int) -> dict[str, Any]:
    """Appends one at a time, each durable as SQLite is by default; the rest in one batch; then proofs."""
    import random
    from importlib.metadata import version

    from pymerkle import SqliteTree

    entries = [random.randbytes(ENTRY_BYTES) for _ in range(size)]
    tree = SqliteTree(f"{folder}/tree.db", algorithm="sha256")
    began = time.perf_counter()
    for each in entries[:DURABLE]:
        tree.append_entry(each)
    appended = min(DURABLE, size) / (time.perf_counter() - began)
    if size > DURABLE:
        tree.append_entries(entries[DURABLE:])
    took = []
    for _ in range(PROOFS):
        index = random.randrange(1, size + 1)
        began = time.perf_counter()
        tree.prove_inclusion(index, size)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    found: dict[str, Any] = {"version": version("pymerkle"), "appends_a_second_one_writer": appended}
    return found | {"proof_p50_ms": took[len(took) // 2], "proof_p99_ms": took[len(took) * 99 // 100]}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
