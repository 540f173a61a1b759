"""Every kind of document, broken at random: it is redacted, or refused with a code; what was found in it is gone.

Pictures and PDF files have tests like this beside their own, which need no process for each broken copy.
"""

import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.compound import reading, writing
from expunct_server.redaction.formats.compound.tree import SIGNATURE
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from tests.redaction.formats.cases import Case, all_cases
from tests.redaction.formats.mutants import MUTANTS
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS"})
_ELSEWHERE = ("image/", "application/pdf")
_REFUSALS = {
    *("unreadable", "unsupported_format", "encrypted", "too_large", "nested_too_deep", "too_many_values"),
    *("binary_content", "invalid_encoding"),  # what is no package any more is taken for text
}
_PLANTED = re.compile(r"k[0-9a-f]{3}x\.planted@example\.com(?![\w-])")  # what goes on is no such value
_BITS = (
    *(b"", b"<", b">", b'"', b"'", b"&", b"--", b"]]>", b"=", b":", b"\n", b"\r\n\r\n", b"\0", b"\xff", b"{", b"}"),
    *(b"\\", b"\\u", b"\\'", b"\\*", b"\\bin3 ", b"\\uc3 ", b"\\v", b"\\pict", b"\\object", b"\\upr", b"\\deleted"),
    *(b"-1", b"9" * 20, b"x" * 300, b"1e309", b"NaN", b"ZZZ9999999"),
)


def _bits(data: bytes, chance: random.Random) -> bytes:
    """A few places where something else stands, which means something to one format or another."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.randrange(3)] = chance.choice(_BITS)
    return bytes(changed)


def _values(data: bytes, chance: random.Random) -> bytes:
    """What stands between quotes or between tags is another value."""
    bounds = [at for at, byte in enumerate(data) if byte in b"\"<>'"]
    if len(bounds) < 2:
        return _bits(data, chance)
    first = chance.randrange(len(bounds) - 1)
    return data[: bounds[first] + 1] + chance.choice(_BITS) + data[bounds[first + 1] :]


def _slices(data: bytes, chance: random.Random) -> bytes:
    """A part is missing, or is there twice."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:] if chance.random() < 0.5 else data[:end] + data[start:]


def _bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_bits, _values, _slices, _bytes)


def _mutant(whole: bytes, chance: random.Random) -> bytes:
    """A package is broken in one of its members, three times of four: its own bytes are checked by sums."""
    change = chance.choice(_CHANGES)
    if chance.random() < 0.25:
        return change(whole, chance)
    if whole.startswith(SIGNATURE):
        return _in_a_stream(whole, lambda data: change(data, chance), chance)
    if not zipfile.is_zipfile(io.BytesIO(whole)):
        return change(whole, chance)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(target, "w") as made:
        chosen = chance.choice([each for each in source.infolist() if each.file_size])
        for each in source.infolist():
            data = source.read(each)
            made.writestr(each, change(data, chance) if each is chosen else data)
    return target.getvalue()


def _in_a_stream(whole: bytes, change: Callable[[bytes], bytes], chance: random.Random) -> bytes:
    """A compound file with another content of one of its streams."""
    root = reading.tree(whole)
    storages = [root]
    for storage in storages:
        storages += storage.storages().values()
    storage = chance.choice(storages)
    name = chance.choice([name for name, each in storage.entries.items() if each and isinstance(each, bytes)])
    storage.entries[name] = change(storage.stream(name))
    return writing.written(root)


def _outcome(case: Case, mutant: bytes) -> str:
    """`redacted`, or the code of why not."""
    try:
        output, _, _ = redacted_file(mutant, case.filename, limits=replace(DEFAULT, seconds=60), entity_types=TYPES)
    except ResidueFound:
        return "residue_found"
    except DocumentError as error:
        return error.code
    assert _PLANTED.findall(_said(case, output)) == []
    return "redacted"


def _said(case: Case, output: bytes) -> str:
    """What another library reads, as far as it reads what was broken before."""
    try:
        return output.decode("latin-1") + case.read(output)
    except Exception:
        return output.decode("latin-1")


@pytest.mark.mutants
@pytest.mark.parametrize(
    "case",
    [each for each in all_cases() if not each.media_type.startswith(_ELSEWHERE)],
    ids=lambda case: case.filename,
)
def test_a_broken_document_is_redacted_or_refused(case: Case):
    chance = random.Random(case.filename)
    whole = case.make(case.planted())
    outcomes = Counter(_outcome(case, _mutant(whole, chance)) for _ in range(MUTANTS))

    assert set(outcomes) <= _REFUSALS | {"redacted", "residue_found"}
    assert outcomes["residue_found"] <= 1 + MUTANTS // 50
    print(case.filename, dict(outcomes))  # noqa: T201 - for who reads what a thousand became
