"""The room itself: it can be joined into one file and stands on the standard library and one package alone."""

import ast
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import expunct_server.tlog
from expunct_server.tlog.proof import parse_proof

from .support import ENTRIES, LOG, ORIGIN, WITNESS, sample_proof, verify

ROOM = Path(expunct_server.tlog.__file__).parent
TREES = {path.stem: ast.parse(path.read_text("utf-8")) for path in sorted(ROOM.glob("*.py"))}
# What a verifier needs, each after those that it uses.
VERIFIER = ["strict", "merkle", "tiles", "cosignature", "note", "checkpoint", "policy", "proof"]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def test_no_two_modules_define_one_name() -> None:
    names = Counter(name for tree in TREES.values() for node in tree.body for name in _defined(node))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_room_imports_itself_by_name_the_standard_library_and_cryptography() -> None:
    imports = [
        node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    for node in imports:
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        if module.startswith("expunct_server"):
            assert isinstance(node, ast.ImportFrom) and module.startswith("expunct_server.tlog.")
            assert [each.asname for each in node.names] == [None] * len(node.names)
        else:
            assert module.split(".")[0] in {*sys.stdlib_module_names, "cryptography"}


def test_the_modules_of_a_verifier_run_as_one_file() -> None:
    lines: list[str] = []
    for name in VERIFIER:
        inner = [
            node
            for node in TREES[name].body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("expunct_server")
        ]
        dropped = {number for node in inner for number in range(node.lineno, (node.end_lineno or 0) + 1)}
        source = (ROOM / f"{name}.py").read_text("utf-8").splitlines()
        lines += [line for number, line in enumerate(source, 1) if number not in dropped]
    joined: dict[str, Any] = {"__name__": "joined"}
    sys.modules["joined"] = type(sys)("joined")  # dataclasses look their module up
    try:
        exec(compile("\n".join(lines), "joined.py", "exec"), joined)
        keys = [joined["parse_verifier_key"](each.verifier_key.encode()) for each in (LOG, WITNESS)]
        data = sample_proof(b"salt", (LOG, WITNESS)).encode()
        proof = joined["parse_proof"](data)
        checkpoint, opened = joined["open_checkpoint"](proof.checkpoint, keys, ORIGIN)
        leaf = joined["leaf_hash"](ENTRIES[6])
        joined["verify_inclusion"](leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    finally:
        del sys.modules["joined"]
    expected = verify(data, ENTRIES[6], [LOG.verifier_key, WITNESS.verifier_key])
    assert repr((proof, (checkpoint, opened))) == repr((parse_proof(data), expected))
