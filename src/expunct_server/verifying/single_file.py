"""Makes the verifier that stands in every bundle: one file that needs Python 3.11 and `cryptography` alone.

It is not another verifier but this project's own modules, one after another, with the imports of one another taken out.
What could make such a text differ from the modules is refused: an import of this project under another name or as a
module, and a name that two modules define.
"""

import ast
from functools import cache
from importlib import resources
from typing import Final

PROJECT: Final = "expunct_server"
MODULES: Final = (
    "tlog.strict",
    "tlog.merkle",
    "tlog.tiles",
    "tlog.cosignature",
    "tlog.note",
    "tlog.checkpoint",
    "tlog.policy",
    "tlog.proof",
    "audit.codec",
    "audit.entry",
    "audit.openings",
    "verifying.checks",
    "verifying.absent",
    "verifying.bundle_files",
    "verifying.verify",
    "verifying.verify_bundle",
    "verifying.verify_main",
)
_HEAD = '''\
#!/usr/bin/env python3
"""Verifies audit logs, auditor's bundles and receipts of Expunct Server: python3 verify.py --help

One file, made from the server's own verifier. It needs Python 3.11 or later and the package `cryptography`; it opens no
connection and writes nothing. Copy it from a source that you trust rather than from the bundle that you check.
"""
'''
_TAIL = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


class NotJoinable(ValueError):
    """The modules cannot be put into one file without changing what they mean."""


@cache
def single_file() -> str:
    """The text of verify.py. Raises `NotJoinable`."""
    return join({name: _source(name) for name in MODULES})


def join(sources: dict[str, str]) -> str:
    """The modules, by their names below the project and in the order of their imports, as one text."""
    imports: dict[str, None] = {}
    defined: dict[str, str] = {}
    parts: list[str] = []
    for name, source in sources.items():
        tree = ast.parse(source)
        top = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
        for each in top:
            imports.update(dict.fromkeys(_kept(each, name, defined)))
        _check_within(name, tree, top)
        for new in (new for each in tree.body if each not in top for new in _names(each)):
            if defined.setdefault(new, name) != name:
                raise NotJoinable(f"{name} and {defined[new]} both define {new}")
        parts.append(_without_imports(name, source, top))
    _check_bound(imports, defined)
    future = [line for line in imports if line.startswith("from __future__")]
    rest = sorted(line for line in imports if line not in future)
    return _HEAD + "\n".join(["", *future, *rest, ""]) + "".join(parts) + _TAIL


def _check_within(name: str, tree: ast.Module, top: list[ast.Import | ast.ImportFrom]) -> None:
    for each in ast.walk(tree):
        if isinstance(each, ast.Import | ast.ImportFrom) and each not in top and _is_ours(each):
            raise NotJoinable(f"{name}:{each.lineno} imports from the project within a function")


def _check_bound(imports: dict[str, None], defined: dict[str, str]) -> None:
    """No import binds a name that a module defines, or that another import binds to something else."""
    bound: dict[str, str] = {}
    for line in imports:
        for each in _names(ast.parse(line).body[0]):
            if each in defined:
                raise NotJoinable(f"{defined[each]} defines {each}, which another module imports")
            if bound.setdefault(each, line) != line and not line.startswith("from __future__"):
                raise NotJoinable(f"{each} is imported from two places")


def _source(name: str) -> str:
    folder, _, module = name.partition(".")
    return resources.files(f"{PROJECT}.{folder}").joinpath(f"{module}.py").read_text("utf-8")


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    modules = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    is_relative = isinstance(node, ast.ImportFrom) and node.level > 0
    return is_relative or any(each.split(".")[0] == PROJECT for each in modules)


def _kept(node: ast.Import | ast.ImportFrom, name: str, defined: dict[str, str]) -> list[str]:
    """An import of something else, one line a name; of this project nothing, if all it names stands above."""
    if not _is_ours(node):
        if isinstance(node, ast.Import):
            return [f"import {_spelled(each)}" for each in node.names]
        return [f"from {node.module} import {_spelled(each)}" for each in node.names]
    if not isinstance(node, ast.ImportFrom) or node.level:
        raise NotJoinable(f"{name}:{node.lineno} imports a module of the project: import names from it")
    for each in node.names:
        if each.asname is not None:
            raise NotJoinable(f"{name}:{node.lineno} imports {each.name} under another name")
        if defined.get(each.name) != (node.module or "").removeprefix(f"{PROJECT}."):
            raise NotJoinable(f"{name}:{node.lineno} imports {each.name}, which no module above it defines")
    return []


def _spelled(alias: ast.alias) -> str:
    return alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"


def _names(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [each.asname or each.name.split(".")[0] for each in node.names]
    if isinstance(node, ast.Assign):
        return [each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
        return []
    raise NotJoinable(f"line {node.lineno}: only definitions may stand at the top of a module of the verifier")


def _without_imports(name: str, source: str, top: list[ast.Import | ast.ImportFrom]) -> str:
    """A module's text, comments and all, without its imports, under a heading."""
    gone = {line for node in top for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    kept = [line for number, line in enumerate(source.splitlines(), 1) if number not in gone]
    title = f"# --- {name.replace('.', '/')}.py "
    return f"\n\n{title:-<120}\n" + "\n".join(kept).strip("\n") + "\n"
