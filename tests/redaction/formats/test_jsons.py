"""JSON and JSON Lines."""

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.formats import FORMATS, DocumentError, jsons, redact_file
from expunct_server.redaction.formats.tokens import NotJson, may_be_json, raw_offsets, tokens
from tests.redaction.helpers import DATA, few, plan, redacted_file

HUGE = "9" * 3_000


def redacted(text: str, kind: str = "json", **changes):
    target, findings = io.BytesIO(), []
    redact_file(io.BytesIO(text.encode()), target, FORMATS[kind], plan(**changes), findings.append, lambda _: None)
    return target.getvalue().decode(), [(f.entity_type, f.location, f.start, f.end) for f in findings]


def test_strings_are_rewritten_in_place_and_all_else_stays():
    text = (
        '{ "users" :[{"email":"jane@example.com","n":1.50e+0,\t"z":-0.0},\r\n null, true],"users":"twice",'
        f'"big":{HUGE},"e":"caf\\u00e9 \\/ \\ud83d\\ude00 jane@example.com \\ud800 \\n"' + "}\n"
    )

    assert redacted(text) == (
        text.replace("jane@example.com", "<EMAIL_ADDRESS>"),
        [("EMAIL_ADDRESS", "/users/0/email", 0, 16), ("EMAIL_ADDRESS", "/e", 9, 25)],
    )


def test_a_number_that_is_a_finding_becomes_a_string():
    assert redacted(
        '{"card":4111111111111111,"cvv":123,"count":123,"pi":3.14159265358979,"neg":-4111111111111111}'
    ) == (
        '{"card":"<CREDIT_CARD>","cvv":"<CVV>","count":123,"pi":3.14159265358979,"neg":-4111111111111111}',
        [("CREDIT_CARD", "/card", 0, 16), ("CVV", "/cvv", 0, 3)],
    )


def test_keys_are_redacted_and_shown_so_in_locations():
    assert redacted('{"jane@example.com":{"a/b~[0]":"219-09-9998"}}') == (
        '{"<EMAIL_ADDRESS>":{"a/b~[0]":"<US_SSN>"}}',
        [("EMAIL_ADDRESS", "/<EMAIL_ADDRESS>", 0, 16), ("US_SSN", "/<EMAIL_ADDRESS>/a~1b~0(0)", 0, 11)],
    )


def test_names_of_keys_are_context():
    text = (
        '{"patient":{"firstName":"jane","name":{"last":"doe"},"dob":"17.5.80"},"names":["x"],"first_name":["ann","bo"]}'
    )

    assert redacted(text)[0] == (
        '{"patient":{"firstName":"<PERSON>","name":{"last":"<PERSON>"},"dob":"<DATE_TIME>"},"names":["x"],'
        '"first_name":["<PERSON>","<PERSON>"]}'
    )


@pytest.mark.parametrize("text", ['"jane@example.com"', " 12 ", "[]", "{}", "null", '""', "\n\n"])
def test_any_value_may_stand_alone(text):
    assert redacted(text)[0] == text.replace("jane@example.com", "<EMAIL_ADDRESS>")


def test_nesting_a_hundred_thousand_deep_works():
    text = "[" * 100_000 + '"jane@example.com"' + "]" * 100_000
    result, found = redacted(text)

    assert result == text.replace("jane@example.com", "<EMAIL_ADDRESS>")
    assert found == [("EMAIL_ADDRESS", "…" + "/0" * 64, 0, 16)]
    objects = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert redacted(objects)[0] == objects


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": secret}', 1, 7),
        ('{"a": 1,\n "b" secret}', 2, 6),
        ('["secret]', 1, 2),
        ('["a" "b"]', 1, 6),
        ("[1,]", 1, 4),
        ("{,}", 1, 2),
        ("[1}", 1, 3),
        ("{]", 1, 2),
        ('{"a":1}}', 1, 8),
        ("[01]", 1, 2),
        ("[1.]", 1, 2),
        ("[NaN]", 1, 2),
        ("['a']", 1, 2),
        ('["\\x"]', 1, 2),
        ('["\t"]', 1, 2),
        ("[1] 2", 1, 5),
        ("[truex]", 1, 2),
        ('{"a":1,,}', 1, 8),
        ('{"a":}', 1, 6),
        ("[:]", 1, 2),
        ("[", 1, 2),
        ("[" * 100_000, 1, 100_001),
    ],
)
def test_what_is_not_json_is_refused_with_its_place_and_without_its_text(text, line, column):
    with pytest.raises(DocumentError) as caught:
        redacted(text)
    assert caught.value.code == "invalid_json"
    assert caught.value.detail == f"The document is not valid JSON at line {line}, column {column}."


def test_a_document_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(jsons, "MAX_JSON", 10)

    with pytest.raises(DocumentError) as caught:
        redacted('["xxxxxxxxxxxx"]')
    assert caught.value.code == "too_large"


def test_lines_are_documents_of_their_own():
    text = '{"mail":"jane@example.com"}\r\n\n  \n[219099998,{"ssn":219099998}]\n"x"'

    assert redacted(text, "jsonl") == (
        '{"mail":"<EMAIL_ADDRESS>"}\r\n\n  \n[219099998,{"ssn":"<US_SSN>"}]\n"x"',
        [("EMAIL_ADDRESS", "line 1 /mail", 0, 16), ("US_SSN", "line 4 /1/ssn", 0, 9)],
    )


def test_a_broken_line_is_named():
    with pytest.raises(DocumentError) as caught:
        redacted('{"a":1}\n{"a":secret}\n', "jsonl")
    assert (caught.value.code, caught.value.detail) == (
        "invalid_json",
        "The document is not valid JSON at line 2, column 6.",
    )


def test_a_line_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(jsons, "MAX_LINE", 100)

    with pytest.raises(DocumentError) as caught:
        redacted('"' + "x" * 200 + '"', "jsonl")
    assert caught.value.code == "too_large"


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@few
@given(documents, st.booleans(), st.sampled_from([None, 2]))
def test_a_document_without_findings_comes_out_byte_for_byte(document, escape, indent):
    text = json.dumps(document, ensure_ascii=escape, indent=indent).encode("utf-8", "replace").decode()

    assert redacted(text, entity_types=frozenset()) == (text, [])


@few
@given(st.recursive(st.sampled_from(DATA), lambda inner: st.lists(inner, max_size=4), max_leaves=8), st.booleans())
def test_the_result_is_json_of_the_same_shape_without_the_data(document, escape):
    result, _ = redacted(json.dumps(document, ensure_ascii=escape))

    def shape(value):
        return [shape(v) for v in value] if isinstance(value, list) else None

    assert shape(json.loads(result)) == shape(document)
    assert not any(json.dumps(value)[1:-1] in result for value in DATA)


@few
@given(st.text(alphabet='{}[]:,"\\ua10.e-+ntrufalse \n', max_size=40) | documents.map(json.dumps))
def test_the_tokenizer_accepts_what_pythons_parser_does(text):
    def refuse(_):
        raise ValueError

    try:
        json.loads(text, parse_constant=refuse)
        valid = True
    except ValueError:
        valid = False
    try:
        list(tokens(text))
    except NotJson:
        assert not valid
    else:
        assert valid


@few
@given(documents.map(lambda d: json.dumps([d])), st.data())
def test_the_beginning_of_a_document_may_be_one(text, data):
    cut = data.draw(st.integers(1, len(text)))

    assert may_be_json(text[:cut], whole=False)


@few
@given(st.text(max_size=20) | st.text(alphabet='a\ud800\udc00\U0001f600"\\\n', max_size=20), st.booleans())
def test_offsets_of_a_literal_point_at_each_character(value, escape):
    raw = json.dumps(value, ensure_ascii=escape)
    decoded = json.loads(raw)
    offsets = raw_offsets(raw)

    assert len(offsets) == len(decoded) + 1
    assert "".join(json.loads(f'"{raw[a:b]}"') for a, b in pairwise(offsets)) == decoded


def test_a_number_is_one_in_whatever_notation():
    types = frozenset({"CREDIT_CARD"})
    source = b"[4111111111111111, 4.111111111111111E15, 4111111111111111.0, 1.5, 1e400, 2.0e1, 1e99999999999999999999]"

    output = redacted_file(source, "a.json", entity_types=types)[0]

    assert output == b'["<CREDIT_CARD>", "<CREDIT_CARD>", "<CREDIT_CARD>", 1.5, 1e400, 2.0e1, 1e99999999999999999999]'
