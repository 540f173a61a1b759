"""Rows found through anchors and gates: nothing is lost against trying every row at every place, whatever the text."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.matching import gate, program, table
from expunct_server.redaction.matching.needs import plain
from expunct_server.redaction.matching.places import Hits
from expunct_server.redaction.matching.program import Program, anchors_for, simple_form
from expunct_server.redaction.patterns import PATTERNS
from expunct_server.redaction.patterns.row import expression
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import ALL, NOISE, few

EXAMPLES = [case.replace("«", "").replace("»", "") for row in PATTERNS for case in row.examples + row.near_misses]
FOREIGN = str.maketrans("0123456789sSkKiI", "٠١٢٣٤٥٦٧٨٩ſſ\u212a\u212aıİ")
MORE = ("é", "漢字", "\u2028", "ſ", "ß", "tel ", "ID: ", "\0", "a" * 70, "9" * 30, " " * 90, "-", "/")
GLUE = ("", " ", "\n", ", ", "-", ".", "\u00a0", "é", "字")


@st.composite
def mixtures(draw: st.DrawFn) -> str:
    """Examples and near misses, cut, glued and partly in characters that only mean ASCII."""
    parts = draw(st.lists(st.sampled_from(EXAMPLES) | st.sampled_from(NOISE + MORE) | st.text(max_size=3), max_size=8))
    text = draw(st.sampled_from(GLUE)).join(parts)
    text = text.encode("utf-8", "replace").decode()
    first, last = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    if draw(st.booleans()):
        return text[:first] + text[first:last].translate(FOREIGN) + text[last:]
    return text[first:] if draw(st.booleans()) else text


@pytest.fixture(scope="module")
def compiled() -> Program:
    table.warm()
    made = table._searched.programs[PATTERNS]
    assert isinstance(made, Program)
    return made


def with_hyperscan(text: str, wanted: Wanted) -> list:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "SHORT", 0)
        return table.find(text, wanted)


def at_every_place(text: str, wanted: Wanted) -> list:
    rows = table._counting(PATTERNS, wanted)
    return [finding for row, threshold in rows for finding in table.run_row(row, text, threshold)]


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_a_row_has_a_bounded_width_and_an_anchor(row):
    """Without a bound a row would be tried at every place of every text."""
    simple = simple_form(row.expression)

    assert 0 < simple.low <= simple.high < 100_000, "a repeat has no upper bound"
    assert simple.look < 1_000, "a look-around has no upper bound"
    assert anchors_for(row.expression)
    assert row.context is None or anchors_for(row.context)


@settings(few, max_examples=150)
@given(mixtures())
def test_every_row_matches_at_its_places_alone_what_it_matches_at_all(compiled, text):
    hits = Hits(text, compiled)
    for row in PATTERNS:
        places = hits.places(row.expression) if hits.knows(row.expression) else None
        at_places = [m.span() for m, _ in table._matches(row, text, places)]
        assert at_places == [m.span() for m, _ in table._matches(row, text, None)], row.name


@settings(few, max_examples=60)
@given(mixtures(), st.sampled_from([0.05, 0.5, 0.75]))
def test_findings_are_those_of_every_row_at_every_place_by_gate_and_by_hyperscan(compiled, text, threshold):
    wanted = Wanted.of(ALL, threshold)
    found = at_every_place(text, wanted)

    assert table.find(text, wanted) == found
    assert with_hyperscan(text, wanted) == found


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_the_gate_of_a_row_lets_each_of_its_examples_pass_in_any_case_and_any_digits(row):
    alone = gate.Gate([[gate.needs_for(row.expression)]])
    for example in row.examples:
        case = example.replace("«", "").replace("»", "")
        for text in (case, case.upper(), case.lower(), case.translate(FOREIGN)):
            if row.expression.search(text):
                assert alone.open_to(text) == [0], text


def test_a_gate_asks_for_strings_digits_and_long_words_and_for_all_of_them():
    sources = (r"ab\d{2}-?x", r"[a-f]{6}", r"(?:\d[ ]?){4}é")
    needs = [gate.needs_for(expression(source, ignore_case=True)) for source in sources]
    rows = gate.Gate([[need] for need in needs])
    texts = ("AB12-X", "ab1٣x", "ab1-x", "abcdef", "abc def", "1 2 3 4é", "1 2 3é", "")

    assert set(needs[0].strings[0]) == {"ab00-x", "ab00x"}
    assert [rows.open_to(text) for text in texts] == [[0], [0], [], [1], [], [2], [], []]


def test_what_rows_need_is_written_down_as_it_is_and_for_nearly_all():
    """What is not, since its expression has changed, is worked out anew, for which the first text of a process waits.
    `python -m expunct_server.redaction.matching` writes all of it."""
    stored = gate._stored()
    every = gate.expressions_of(PATTERNS)
    known = [each for each in every if gate._key(each) in stored]

    assert [gate.needs_for(each) for each in known] == [gate.needs_of(simple_form(each)) for each in known]
    assert len(known) >= 0.9 * len(every)


@given(st.text())
def test_the_plain_form_of_a_text_is_as_long_as_it(text):
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_each_example_is_found_through_anchors_wherever_it_stands(compiled, row):
    least = min(0.5, max(row.score, row.context_score or 0.0))  # some count in the profile `strict` alone
    for example in row.examples:
        before, marked, after = example.replace("»", "«").split("«")
        for ahead in ("", "é" * 300 + " ", "x" * 250 + "漢 "):
            text = f"{ahead}{before}{marked}{after}"
            places = table._hit(row, 0.5, Hits(text, compiled))
            start = len(ahead) + len(before)
            assert (start, start + len(marked)) in [(f.start, f.end) for f in table.run_row(row, text, least, places)]


def test_anchors_that_cannot_be_compiled_fail_the_search_by_name():
    with pytest.raises(RecognizerFailed) as caught:
        program._compiled(["a", "("])

    assert caught.value.recognizer == program.ENGINE


def test_several_threads_search_at_once(compiled):
    datas = ["\n".join(EXAMPLES[i::16]).encode() for i in range(16)]
    alone = [compiled.hits(data) for data in datas]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(compiled.hits, datas * 4)) == alone * 4
    assert all(alone)


@pytest.mark.parametrize("find", [table.find, with_hyperscan, at_every_place])
@pytest.mark.parametrize("value", ["https://example.com/" + "ab/" * 10_000, "password=" + "hunter2!" * 4_000])
def test_a_value_is_found_to_its_end_however_long(compiled, find, value):
    found = find(f"see {value} here", Wanted.of(ALL, 0.5))

    assert 4 + len(value) in [f.end for f in found]
