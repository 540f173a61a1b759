"""The part of fsck that compares what keeps PostgreSQL's log with what the migrations make.

Triggers, functions, constraints and privileges are there, in force, and no others: nor anything that works beside them,
such as a rule that rewrites a statement, a policy that hides rows, or a function of the same name with other arguments.
What must be there is read from the statements that the migrations would send, and from `migrate.GRANTED`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_mock_engine, text
from sqlalchemy.orm import Session

from expunct_server.db import migrate
from expunct_server.db.base import Base


class Rules(NamedTuple):
    """What keeps the log, by name; definitions as `plain` leaves them."""

    triggers: Mapping[str, str]
    functions: Mapping[str, str]
    constraints: Mapping[str, str]


_ON: Final = {"O": "on", "A": "always"}
_OURS: Final = "c.relnamespace = 'public'::regnamespace AND c.relname = ANY (:tables)"
_GRANTEE: Final = "coalesce(nullif(a.grantee, 0)::regrole::text, 'everyone')"


def _ask(session: Session, query: str) -> Iterator[Any]:
    """The rows of a query in which `OURS` stands for: c is one of this project's tables."""
    values = {"tables": sorted(Base.metadata.tables)} if "OURS" in query else {}
    yield from session.execute(text(query.replace("OURS", _OURS).replace("GRANTEE", _GRANTEE)), values)


# --- what is there ----------------------------------------------------------------------------------------------------


def found_rules(session: Session) -> Rules:
    """The rules as the database has them."""
    return Rules(_triggers(session), _functions(session), _constraints(session))


def _triggers(session: Session) -> dict[str, str]:
    """Every trigger on a table of this project; those that are switched off say so. A constraint's own only then."""
    query = """SELECT t.tgname, c.relname, t.tgenabled::text, t.tgisinternal, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE OURS"""
    return {
        f"{name} on {table}": plain(definition) if enabled in _ON else "off"
        for name, table, enabled, is_internal, definition in _ask(session, query)
        if not is_internal or enabled not in _ON
    }


def _functions(session: Session) -> dict[str, str]:
    """By name and arguments; a function that its caller runs as its owner must be that of the log's owner."""
    query = """SELECT p.proname, pg_get_function_identity_arguments(p.oid), p.prosrc, p.proconfig::text,
          l.lanname, p.provolatile::text, pg_get_function_result(p.oid), p.prosecdef,
          p.proowner = (SELECT c.relowner FROM pg_class c WHERE OURS AND c.relname = 'audit_event')
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'audit\\_%'"""
    found: dict[str, str] = {}
    for name, arguments, source, settings, language, volatile, result, is_definer, is_owners in _ask(session, query):
        how = f"language {language} {_VOLATILE[volatile]} returns {result}{_DEFINER if is_definer else ''}"
        found[_signature(name, arguments)] = _function(source, settings or "", how) + ("" if is_owners else "\nother")
    return found


def _constraints(session: Session) -> dict[str, str]:
    query = """SELECT k.conname, c.relname, pg_get_constraintdef(k.oid) FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND OURS"""
    return {f"{name} on {table}": plain(definition) for name, table, definition in _ask(session, query)}


# What no migration makes and can undo a rule without touching it: a query, and what it says of each row.
_BESIDE: Final = (
    (
        "SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE OURS",
        "rule {} on {}: no migration makes it; it can turn a statement into another or none",
    ),
    (
        "SELECT p.polname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE OURS",
        "policy {} on {}: no migration makes it; it can hide rows",
    ),
    (
        "SELECT c.relname FROM pg_class c WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND OURS",
        "table {}: row security is on; it can hide rows",
    ),
    (
        "SELECT c.relname FROM pg_class c WHERE c.relpersistence <> 'p' AND OURS",
        "table {}: it is not written ahead; when the server dies it is empty",
    ),
    (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE OURS",
        "table {}: another table is a part of it, which its triggers do not keep",
    ),
    (
        """SELECT coalesce(r.rolname, 'everyone') FROM pg_db_role_setting s
        LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
        WHERE s.setconfig::text LIKE '%session_replication_role%' AND (d.oid IS NULL OR d.datname = current_database())
        """,
        "setting session_replication_role for {}: it is there; it can switch triggers off",
    ),
    (
        """SELECT GRANTEE FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
          AND a.grantee <> (SELECT c.relowner FROM pg_class c WHERE OURS AND c.relname = 'audit_event')""",
        "schema public: {} may make tables and functions in it",
    ),
    (
        """SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname = 'audit_erase' AND p.prosecdef
          AND 0 IN (SELECT a.grantee FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a)""",
        "function {}: everyone may call it",
    ),
    (
        """SELECT s.relname, GRANTEE, a.privilege_type FROM pg_class s
        JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        JOIN pg_class c ON c.oid = d.refobjid, aclexplode(s.relacl) a
        WHERE s.relkind = 'S' AND a.grantee <> s.relowner AND a.privilege_type NOT IN ('USAGE', 'SELECT') AND OURS""",
        "sequence {}: {} was granted {}, which is not for the application's role",
    ),
)
# Of tables and their columns: what anyone but the owner was granted.
_PRIVILEGES: Final = (
    """SELECT c.relname, GRANTEE, a.privilege_type, '' FROM pg_class c, aclexplode(c.relacl) a
        WHERE a.grantee <> c.relowner AND OURS""",
    """SELECT c.relname, GRANTEE, a.privilege_type, ' of column ' || n.attname FROM pg_class c
        JOIN pg_attribute n ON n.attrelid = c.oid, aclexplode(n.attacl) a WHERE a.grantee <> c.relowner AND OURS""",
)


def beside_the_rules(session: Session) -> Iterator[str]:
    """What undoes rules without touching them, as lines; also privileges beyond those that `migrate --role` grants.

    Of superusers and of members of the owner's role nothing is told: they may do anything.
    """
    for query, says in _BESIDE:
        yield from (says.format(*row) for row in sorted(map(tuple, _ask(session, query))))
    allowed = {table: verbs.split(", ") for verbs, tables in migrate.GRANTED.items() for table in tables}
    granted = sorted(tuple(row) for query in _PRIVILEGES for row in _ask(session, query))
    for table, role, privilege, of_column in granted:
        if privilege not in allowed[table]:
            yield f"table {table}: {role} was granted {privilege}{of_column}, which is not for the application's role"


# --- what must be there -----------------------------------------------------------------------------------------------

_VOLATILE: Final = {"i": "immutable", "s": "stable", "v": "volatile"}
_DEFINER: Final = " security definer"


def plain(sql: str) -> str:
    """SQL without what PostgreSQL adds when it prints it: schemas, casts, quotes, parentheses, layout and case."""
    bare = re.sub(r"::[a-z]+(?: varying)?|\bpublic\.|[\"(){}]", " ", sql.replace("!=", "<>"), flags=re.IGNORECASE)
    bare = re.sub(r"'([0-9]+)'(?!')", r"\1", bare)  # a number of eight bytes
    return " ".join(re.sub(r"([=,])", r" \1 ", bare).lower().split())


def _signature(name: str, arguments: str) -> str:
    return f"{name}({plain(arguments)})"


def _function(source: str, settings: str, how: str) -> str:
    """A function's text as it is, the settings it runs under, and in which way it runs."""
    return f"{source.strip()}\n{plain(settings)}\n{plain(how)}"


_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s+(?:BEFORE|AFTER)\s.*?\bON (\w+)", re.DOTALL)
_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(([^)]*)\) RETURNS (\w+)\s+LANGUAGE (\w+)([^$]*?)"
    r"(?:SET (search_path) = ([^$]*?))?\s+AS \$\$(.*)\$\$",
    re.DOTALL,
)
_DROPPED = re.compile(r"DROP TRIGGER (\w+) ON (\w+)")
_TABLE = re.compile(r"CREATE TABLE (\w+) \(")
_CONSTRAINT = re.compile(r"^\s*CONSTRAINT (\w+) (.*?),?\s*$", re.MULTILINE)


@cache
def expected_rules() -> Rules:
    """Read from what the migrations say, in their order."""
    made: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    triggers, functions, constraints = made
    for statement in postgresql_statements():
        if match := _DROPPED.search(statement):
            triggers.pop(f"{match[1]} on {match[2]}", None)
        elif match := _TRIGGER.search(statement):
            triggers[f"{match[1]} on {match[2]}"] = plain(statement)
        elif match := _FUNCTION.search(statement):
            functions[_signature(match[1], match[2])] = _as_made(match)
        elif (match := _TABLE.search(statement)) and match[1] in Base.metadata.tables:
            for name, definition in _CONSTRAINT.findall(statement):
                constraints[f"{name} on {match[1]}"] = plain(definition)
    return Rules(*made)


def _as_made(match: re.Match[str]) -> str:
    _, _, result, language, way, setting, value, source = match.groups()
    words = way.lower()
    volatile = next((each for each in _VOLATILE.values() if each in words), "volatile")
    how = f"language {language} {volatile} returns {result}{_DEFINER if _DEFINER.strip() in words else ''}"
    return _function(source, f"{setting}={value}" if setting else "", how)


def postgresql_statements() -> list[str]:
    """What all migrations send to a fresh PostgreSQL database. None is needed for it."""
    sent: list[str] = []

    def take(statement: Any, *_: Any, **__: Any) -> None:
        sent.append(
            statement
            if isinstance(statement, str)
            else str(statement.compile(dialect=engine.dialect)).replace("%%", "%")
        )

    engine = create_mock_engine("postgresql+psycopg://", take)
    context = MigrationContext.configure(connection=engine)  # type: ignore[arg-type]
    script = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    with Operations.context(context):
        for revision in reversed(list(script.walk_revisions())):
            revision.module.upgrade()
    return sent
