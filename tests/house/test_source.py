"""Rules of the source that a reader cannot see broken at a glance. Each says what to do instead."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "expunct_server"
FILES = sorted(SOURCE.rglob("*.py"))
MAX_FUNCTION_LINES, MAX_FILE_LINES = 60, 500
_TRANSACTION = re.compile(
    r"\s*(BEGIN( IMMEDIATE| EXCLUSIVE| DEFERRED)?|COMMIT|ROLLBACK|END|START TRANSACTION)\s*;?\s*\Z"
)


def one_door(path: str, tree: ast.AST) -> Iterator[str]:
    """Only audit/recorder.py (for acts) and publishing/sequencer.py (for the log's state) write; nobody commits."""
    in_db = path.startswith("db/")
    reads = {each for node in ast.walk(tree) if _ends_reading(path, node) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "write_engine" and not in_db:
            yield f"{path}:{node.lineno} uses the write engine: use audit.recorder.writing"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name == "begin" and not in_db and path not in ("audit/recorder.py", "publishing/sequencer.py"):
                yield f"{path}:{node.lineno} begins a transaction: use audit.recorder.writing"
            if name in ("commit", "prepare", "begin_twophase") and path != "db/turns.py" and node not in reads:
                yield f"{path}:{node.lineno} commits: leave the block of audit.recorder.writing instead"
        if path != "db/session.py" and isinstance(node, ast.Constant) and _TRANSACTION.match(str(node.value)):
            yield f"{path}:{node.lineno} steers a transaction by SQL: use audit.recorder.writing"


def _ends_reading(path: str, node: ast.AST) -> bool:
    """The one function that ends transactions of the engine that cannot write."""
    return path == "db/session.py" and isinstance(node, ast.FunctionDef) and node.name == "_end_reading"


def no_connection_of_its_own(path: str, tree: ast.AST) -> Iterator[str]:
    """Nobody but db/ connects to a database."""
    if path.startswith("db/"):
        return
    for node in ast.walk(tree):
        names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom | ast.Import) else set()
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for name in names & {"create_engine", "sessionmaker", "scoped_session"} | {module, *names} & {
            "sqlite3",
            "psycopg",
        }:
            yield f"{path}:{node.lineno} imports {name}: take a db.session.Database from the caller"  # type: ignore


def dbos_in_one_place(path: str, tree: ast.AST) -> Iterator[str]:
    """Only jobs/queue.py knows DBOS."""
    if path == "jobs/queue.py":
        return
    for node in ast.walk(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
        if any(module.split(".")[0] == "dbos" for module in modules):
            yield f"{path}:{node.lineno} imports dbos: add what you need to jobs/queue.py"  # type: ignore


_NOT_PRIVATE = {"_make", "_replace", "_asdict", "_fields", "_exit"}  # of named tuples, and of the module os


def no_private_names_of_others(path: str, tree: ast.AST) -> Iterator[str]:
    """What begins with an underscore is used where it stands."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    theirs = {alias.asname or alias.name for node in imports for alias in node.names}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    for name, node in ((ast.unparse(node.value), node) for node in found):
        is_private = node.attr.startswith("_") and not node.attr.startswith("__") and node.attr not in _NOT_PRIVATE
        if is_private and name in theirs:
            yield f"{path}:{node.lineno} uses {name}.{node.attr}: give it a name for others"


def short_functions(path: str, tree: ast.AST) -> Iterator[str]:
    """No function is longer than a screen."""
    if path.startswith("db/migrations/"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno} {node.name} has {length} lines: give its parts names"


RULES: dict[Callable[[str, ast.AST], Iterator[str]], dict[str, str]] = {
    # the rule: for each file name, a source that breaks it
    one_door: {
        "jobs/service.py": "with database.begin() as session: pass",
        "tenants/api.py": "engine = database.write_engine",
        "audit/recorder.py": "session.commit()",
        "db/session.py": "connection.commit()",
        "trail/query.py": "connection.exec_driver_sql('COMMIT')",
    },
    no_connection_of_its_own: {
        "jobs/service.py": "from sqlalchemy import create_engine",
        "cli/audit.py": "import sqlite3",
        "app.py": "from psycopg import connect",
    },
    dbos_in_one_place: {
        "app.py": "import dbos",
        "worker.py": "from dbos import DBOS",
        "jobs/service.py": "def f():\n    from dbos._client import DBOSClient",
    },
    no_private_names_of_others: {"cli/audit.py": "from expunct_server.trail import api\napi._moment()"},
    short_functions: {"app.py": "def f():\n" + "    x = 1\n" * 60},
}


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Callable[[str, ast.AST], Iterator[str]]) -> None:
    complaints = [
        complaint
        for file in FILES
        for complaint in rule(file.relative_to(SOURCE).as_posix(), ast.parse(file.read_text()))
    ]
    assert complaints == []


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.__name__)
def test_the_rule_notices_what_it_forbids(rule: Callable[[str, ast.AST], Iterator[str]]) -> None:
    found = {path: len(list(rule(path, ast.parse(source)))) for path, source in RULES[rule].items()}
    assert found == dict.fromkeys(RULES[rule], 1)


def test_no_file_is_a_god() -> None:
    long = {
        file.relative_to(SOURCE).as_posix(): lines
        for file in FILES
        if "migrations" not in file.parts and (lines := len(file.read_text().splitlines())) > MAX_FILE_LINES
    }
    assert long == {}, "Split it by noun."


def test_the_source_was_found() -> None:
    assert {"audit/recorder.py", "db/session.py", "jobs/queue.py", "cli/serve.py"} <= {
        file.relative_to(SOURCE).as_posix() for file in FILES
    }
