"""What operators that write no recognisable rendering leave: nothing found stays, whatever stands beside it."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Value, redact, redact_stream, redact_values
from expunct_server.redaction.operators import OPERATORS
from tests.redaction.helpers import few, plan, redacted_file, sentences, texts

methods = st.sampled_from(sorted(OPERATORS))
MAIL = "jane.doe@corp.test"


@few
@given(texts | sentences, methods, st.booleans())
def test_no_found_value_is_left_and_offsets_are_true(text, method, labels):
    wanted = plan(method=method, preserve_labels=labels)
    redacted = redact(text, wanted)

    assert [text[f.start : f.end] for f in redacted.findings] == [f.text for f in redacted.findings]
    parts, position = [], 0
    for finding in redacted.findings:
        assert method == "partial" or len(finding.text) < 6 or finding.text not in finding.replacement
        parts += [text[position : finding.start], finding.replacement]
        position = finding.end
    assert redacted.text == "".join([*parts, text[position:]])


@few
@given(texts | sentences, st.sampled_from(sorted(set(OPERATORS) - {"realistic"})))
def test_redacting_twice_changes_nothing_more(text, method):
    wanted = plan(method=method)
    once = redact(text, wanted).text

    assert redact(once, wanted).text == once


@few
@given(texts | sentences)
def test_what_is_made_up_leaves_what_masking_leaves(text):
    """The kept text is searched as if a label stood where a made-up value stands."""
    made, masked = redact(text, plan(method="realistic")), redact(text, plan())

    assert [(f.start, f.end, f.entity_type) for f in made.findings] == [
        (f.start, f.end, f.entity_type) for f in masked.findings
    ]


def test_a_number_that_dropping_puts_together_is_dropped_too():
    custom = compile_custom([{"name": "x", "pattern": "X+"}, {"name": "n", "pattern": r"\b\d{9}\b"}], None)
    redacted = redact("a 1234XX56789 b", plan(method="drop", custom=custom))

    assert redacted.text == "a  b"
    assert [(f.entity_type, f.text) for f in redacted.findings] == [("N", "1234"), ("X", "XX"), ("N", "56789")]


def test_an_expression_that_matches_anything_finds_nothing_in_what_stands_in_for_a_value():
    custom = compile_custom([{"name": "long", "pattern": r"(?s).{12,}"}], None)
    text = f"ab {MAIL} c"

    for method in ("mask", "realistic", "number"):
        redacted = redact(text, plan(method=method, custom=custom, thresholds={"LONG": 0.1}))
        assert "jane" not in redacted.text


def test_numbers_go_on_through_a_document_and_begin_anew_in_the_next():
    wanted = plan(method="number")
    text = "a@corp.test b@corp.test A@corp.test"

    assert redact(text, wanted).text == "<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2> <EMAIL_ADDRESS_1>"
    assert redact("b@corp.test", wanted).text == "<EMAIL_ADDRESS_1>"
    values = [Value("b@corp.test"), Value("a@corp.test"), Value("x" * 70_000 + " b@corp.test")]
    assert [each.text[-17:] for each in redact_values(values, wanted)] == [
        "<EMAIL_ADDRESS_1>", "<EMAIL_ADDRESS_2>", "<EMAIL_ADDRESS_1>",
    ]  # fmt: skip


def test_numbers_go_on_from_one_segment_to_the_next():
    text = "a@corp.test\n\n" + "words and words.\n" * 8000 + "b@corp.test a@corp.test"
    parts = [part.text for _, part in redact_stream(io.StringIO(text).read, plan(method="number"))]

    assert len(parts) > 1
    assert parts[0].startswith("<EMAIL_ADDRESS_1>\n")
    assert parts[-1].endswith("<EMAIL_ADDRESS_2> <EMAIL_ADDRESS_1>")


@pytest.mark.parametrize("method", sorted(OPERATORS))
def test_documents_stay_valid(method):
    lines = b"".join(
        b'{"email": "a%d@corp.test", "tel": 12125552368, "b@corp.test": "x\\"y"}\n' % n for n in range(300)
    )
    out, findings, _ = redacted_file(lines, "a.jsonl", method=method)
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 300
    assert b"corp.test" not in out
    assert all(f.text for f in findings)

    out, _, _ = redacted_file(b'email,note\na@corp.test,"x, b@corp.test"\n', "a.csv", method=method)
    header, row = out.decode().splitlines()
    assert header == "email,note"
    assert row.count(",") == 2
    assert row.endswith('"')


def test_numbers_go_on_through_a_file():
    line = b'{"a": "x@corp.test", "b": "' + b"word " * 200 + b'"}\n'
    out, _, _ = redacted_file(b'{"a": "y@corp.test"}\n' + line * 150, "a.jsonl", method="number")
    lines = out.splitlines()

    assert lines[0] == b'{"a": "<EMAIL_ADDRESS_1>"}'
    assert lines[1] == lines[150] == line.rstrip().replace(b"x@corp.test", b"<EMAIL_ADDRESS_2>")


def test_what_is_made_up_is_no_context_for_what_stands_beside_it():
    custom = compile_custom([{"name": "x", "pattern": r"example\.(?:com|net|org) \w+"}], None)

    assert redact(f"{MAIL} stays", plan(method="realistic", custom=custom)).text.endswith(" stays")


def test_made_up_values_are_the_same_throughout():
    redacted = redact(f"{MAIL} and {MAIL.upper()} and {MAIL}", plan(method="realistic"))
    first, other, last = redacted.text.split(" and ")

    assert first == last == other
    assert first.split("@")[1] in ("example.com", "example.net", "example.org")
