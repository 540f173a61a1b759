"""Deny lists, phrases and allow lists: what matches, that it is whole words, and that offsets are true."""

import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import fuzzy
from expunct_server.redaction.custom import InvalidPattern, UnknownKey, compile_allowed, compile_custom
from expunct_server.redaction.engine import Value, detect, redact, redact_values
from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.folding import folded
from expunct_server.redaction.fuzzy import Near, distance
from expunct_server.redaction.lists import allowed, find
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import few, plan

ANY = Wanted((), 0.5)


def denied(text, *entries):
    return [(f.text, f.check) for f in find(text, compile_custom([], [], entries).phrases, ANY)]


# --- folding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("MÜLLER  &\tCo", "muller & co"), ("Mu\u0308ller", "muller"), ("ﬁnch", "finch"), ("Straße", "strasse"),
        ("Ｆｕｌｌ\u3000width", "full width"), ("so\u00adft\u200b", "soft"), ("O’Neil", "o'neil"), ("a‑b", "a-b"),
        ("ΟΔΟΣ", "οδοσ"), ("İstanbul", "istanbul"), ("ガ", "カ\u3099"), ("\u00a0x\u2003\u2003y", " x y"), ("½", "1⁄2"),
        ("עִברִית", "עברית"), ("", ""),
    ],
)  # fmt: skip
def test_folding_takes_away_case_accents_width_and_what_nobody_sees(text, plain):
    assert folded(text).text == plain


PIECES = (
    "mu",
    "Mü",
    "mu\u0308",
    "ß",
    "SS",
    "ﬁ",
    "fi",
    "Ｆ",
    "f",
    "\u00ad",
    "  ",
    " ",
    "\n",
    "é\u0301",
    "½",
    "-",
    "😀",
    "\u0301",
)
strange = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@few
@given(strange)
def test_every_stretch_of_a_folded_text_comes_from_whole_characters_of_its_source(text):
    mapped = folded(text)
    assert len(mapped.places) == len(mapped.text) + 1 and mapped.places[-1] == len(text)
    for start in range(len(mapped.text)):
        for end in range(start + 1, len(mapped.text) + 1):
            low, high = mapped.source(start, end)
            assert mapped.text[start:end] in folded(text[low:high]).text
            assert high == len(text) or folded(text[high]).text or text[high].isspace()


@few
@given(
    strange, st.sampled_from(["mu", "MÜSS", "fi", "ﬁ mu", "Ｆ", "ss-mu", "mu½"]), st.sampled_from(["exact", "folded"])
)
def test_whole_words_are_found_wherever_they_are_and_nothing_else(text, entry, match):
    found = find(text, compile_custom([], [], [{"text": entry, "match": match}]).phrases, ANY)

    form = folded if match == "folded" else lambda t: t
    plain = (
        r"\s+".join(regex.escape(word) for word in form(entry).text.split())
        if match == "folded"
        else r"\s+".join(regex.escape(word) for word in entry.split())
    )
    there = regex.compile(rf"(?<!\w){plain}(?!\w)").finditer(
        form(text).text if match == "folded" else text, overlapped=True
    )
    assert len(found) == len(list(there))
    for each in found:
        assert text[each.start : each.end] == each.text
        same = (
            folded(each.text).text.strip() == folded(entry).text
            if match == "folded"
            else each.text.split() == entry.split()
        )
        assert same, (each.text, entry)


# --- phrases and deny lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("Falcon", "Falcon FALCON falcons fálcon", ["Falcon", "FALCON", "fálcon"]),
        ({"text": "Falcon", "match": "exact"}, "Falcon FALCON falcons", ["Falcon"]),
        ("Müller & Co", "MU\u0308LLER  &\nCO. muller & company", ["MU\u0308LLER  &\nCO"]),
        ("東京", "東京都、東の京", ["東京"]),
        ("กรุงเทพ", "ไปกรุงเทพวันนี้", ["กรุงเทพ"]),
        ("राम", "राम रामा", ["राम"]),
        ("(a+b)", "x(A+B)y", ["(A+B)"]),
        ("@handle", "me@handle @handle @handles", ["@handle", "@handle"]),
        ("☃☃", "☃☃☃☃☃", ["☃☃", "☃☃"]),
        ("ﬁnch", "FINCH finches", ["FINCH"]),
        ({"text": "Jonathan", "match": "fuzzy"}, "Johnathan, Jonathon; Jon Nathanael", ["Johnathan", "Jonathon"]),
        ({"text": "Jonathan", "match": "fuzzy", "max_distance": 0}, "JONATHAN Johnathan", ["JONATHAN"]),
        ({"text": "Smith", "match": "fuzzy"}, "Smyth Smythe Smiths Schmidt", ["Smyth", "Smiths"]),
        (
            {"text": "Jean-Luc Picard", "match": "fuzzy"},
            "JeanLuc Picard; Jean Luc  Picart",
            ["JeanLuc Picard", "Jean Luc  Picart"],
        ),
        ({"text": "(Müller)", "match": "fuzzy"}, "(Mueller) muler", ["Mueller", "muler"]),
        ({"text": "Jonathan", "match": "fuzzy"}, "a Jonathan b", ["Jonathan"]),
    ],
)
def test_a_denied_text_is_found_as_its_match_says(entry, text, found):
    match = entry["match"] if isinstance(entry, dict) else "folded"
    assert denied(text, entry) == [(each, match) for each in found]


def test_entries_that_begin_alike_are_each_found():
    assert denied("Anna Maria Smith", "anna", "Anna Maria", "maria smith", "Anna Marias") == [
        ("Anna", "folded"), ("Anna Maria", "folded"), ("Maria Smith", "folded"),
    ]  # fmt: skip


def test_what_is_denied_wins_whatever_its_type_and_a_phrase_has_the_score_it_says():
    custom = compile_custom([], [{"phrase": "192.0.2.17", "name": "host", "score": 0.6}],
                            [{"text": "jane.doe@example.com", "entity_type": "ssn"}, "never mind"])  # fmt: skip
    result = redact("192.0.2.17 jane.doe@example.com Never Mind", plan(custom=custom, threshold=0.7))
    assert result.text == "<IP_ADDRESS> <US_SSN> <CUSTOM>"
    assert [(f.recognizer, f.check, f.score) for f in result.findings[1:]] == [
        ("deny:1", "folded", 1.0), ("deny:2", "folded", 1.0),
    ]  # fmt: skip


def test_lists_work_in_values_and_what_was_redacted_is_not_searched():
    custom = compile_custom([], [], ["person", "falcon"])
    results = redact_values([Value("Falcon", ("project",)), Value("<PERSON> falcon", ("falcon",))], plan(custom=custom))
    assert [each.text for each in results] == ["<CUSTOM>", "<PERSON> <CUSTOM>"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (7, "it must be an object."),
        ("", "text must be a text that is not empty."),
        ("x" * 201, "text is longer than 200 characters."),
        ({"text": "zebra", "match": "loose"}, "match must be exact, folded or fuzzy."),
        ({"text": "abc", "match": "fuzzy"}, "match fuzzy needs at least 4 letters or digits."),
        ({"text": "((abc))", "match": "fuzzy"}, "match fuzzy needs at least 4 letters or digits."),
        ({"text": "zebra", "max_distance": 1}, "max_distance goes with match fuzzy alone."),
        (
            {"text": "zebra", "match": "fuzzy", "max_distance": 2},
            "max_distance must be 0 to 2, and at most 1 for up to",
        ),
        ({"text": "zebra", "match": "fuzzy", "max_distance": True}, "max_distance must be 0 to 2"),
        ({"text": "zebra", "entity_type": "9"}, "entity_type must be letters, digits and underscores"),
        ({"text": "\u0301\u00ad", "match": "folded"}, "nothing of the text is left"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_with_its_place_and_never_echoed(entry, says):
    for compiled, field in ((lambda e: compile_custom([], [], e), "deny_list"), (compile_allowed, "allow_list")):
        with pytest.raises(InvalidPattern, match=rf"^Entry of {field} 2: {says}") as refused:
            compiled(["fine", entry])
        assert (refused.value.field, refused.value.index) == (field, 1) and "zebra" not in str(refused.value)


def test_keys_types_and_numbers_of_entries_are_bounded():
    with pytest.raises(UnknownKey, match=r"^Entry of deny_list 1: score is not known here\.$"):
        compile_custom([], [], [{"text": "a", "score": 1}])
    with pytest.raises(InvalidPattern, match=r"^Entry of allow_list 1: entity_type SHOE_SIZE is not known"):
        compile_allowed([{"text": "a", "entity_type": "shoe size"}])
    own = compile_custom([{"name": "shoe size", "pattern": "x"}], [])
    assert compile_allowed([{"text": "a", "entity_type": "shoe size"}], own)[0].entity_type == "SHOE_SIZE"
    assert len(compile_custom([], [], ["a"] * 1000).phrases) == len(compile_allowed(["a"] * 1000)) == 1000
    for compiled in (lambda e: compile_custom([], [], e), compile_allowed):
        with pytest.raises(InvalidPattern, match="at most 1,000"):
            compiled(["a"] * 1001)


def test_lists_hide_their_texts():
    shown = repr(plan(custom=compile_custom([], [], ["zebra"]), allowed=compile_allowed(["gnu"])))
    assert "zebra" not in shown and "gnu" not in shown


# --- fuzzy ------------------------------------------------------------------------------------------------------------


def edits(one, other):
    """The whole table of Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(above + (a != b), row[j] + 1, row[j - 1] + 1)
    return row[-1]


few_letters = st.text("ab c", max_size=14)


@few
@given(few_letters, few_letters, st.integers(0, 2))
def test_the_distance_is_that_of_the_whole_table_up_to_its_limit(one, other, limit):
    assert distance(one, other, limit) == min(edits(one, other), limit + 1)


@few
@given(
    st.lists(st.text("abc", min_size=1, max_size=5), max_size=12).map(" ".join),
    st.lists(st.text("abc ", min_size=4, max_size=12).filter(lambda t: t == t.strip()), min_size=1, max_size=3),
)
def test_a_search_finds_the_nearest_stretches_as_comparing_everything_would(text, entries):
    starts = [m.start() for m in regex.finditer(r"\b\w", text)]
    ends = [m.end() for m in regex.finditer(r"\w\b", text)]
    allowances = [(entry, fuzzy.edits_for(entry)) for entry in entries]

    expected = set()
    for index, (entry, limit) in enumerate(allowances):
        near = [Near(index, s, e, edits(entry, text[s:e])) for s in starts for e in ends if s < e]
        chosen: list[Near] = []
        for each in sorted((n for n in near if n.edits <= limit), key=lambda n: (n.edits, n.start, -n.end)):
            if all(each.end <= n.start or n.end <= each.start for n in chosen):
                chosen.append(each)
        expected |= set(chosen)
    assert set(fuzzy.Index(allowances).search(text, starts, ends)) == expected


def steps(work):
    """How many lines of `fuzzy` are run, generators' included, and what comes out."""
    counted, before = 0, sys.gettrace()

    def count(frame, event, _):
        nonlocal counted
        counted += event == "line"
        return count if frame.f_code.co_filename == fuzzy.__file__ else None

    sys.settrace(count)
    try:
        result = work()
    finally:
        sys.settrace(before)
    return counted, result


@pytest.mark.parametrize("entry", ["name", "nama", "name name"])
def test_a_text_of_one_entry_over_and_over_takes_steps_in_its_length_alone(entry):
    phrases = compile_custom([], [], [{"text": entry, "match": "fuzzy"}]).phrases
    once, twice = (steps(lambda n=n: len(find("name " * n, phrases, ANY))) for n in (300, 600))
    assert twice[0] < 2.1 * once[0] and (once[1], twice[1]) == ((300, 600) if entry != "name name" else (150, 300))


@pytest.mark.parametrize(("times", "units"), [(1, 2 + 4 + 1), (3, 3 * 2 + 4 + 2 + 3), (9, 9 * 2 + 4 + 8 + 9)])
def test_pieces_comparisons_repeats_and_choices_all_count_as_work(times, units):
    text = " ".join(["name"] * times)
    ends = frozenset(m.end() for m in regex.finditer("name", text))
    search = fuzzy._Search(fuzzy.Index([("name", 1)]), text, frozenset(end - 4 for end in ends), ends)
    before = search.left
    assert len(search.run()) == times and before - search.left == units


def test_a_search_that_would_take_too_long_fails_by_name(monkeypatch):
    monkeypatch.setattr(fuzzy, "_WORK_PER_CHARACTER", 1)
    monkeypatch.setattr(fuzzy, "_WORK_PER_ENTRY", 1)
    entries = [{"text": "ab ab ab", "match": "fuzzy"}]
    with pytest.raises(RecognizerFailed, match=r"^The recognizer phrases:fuzzy had too much to compare"):
        detect("ab " * 50, plan(custom=compile_custom([], [], entries)))
    with pytest.raises(RecognizerFailed, match=r"^The recognizer allow_list:fuzzy had too much to compare"):
        allowed([Finding("URL", 0, 8, 0.8, "ab ab ac", "pattern:url")], compile_allowed(entries))


# --- allow lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ("Acme GmbH", ["Acme  GmbH"]),
        ({"text": "acme gmbh", "match": "folded"}, ["ACME GMBH", "Acme  GmbH"]),
        ({"text": "Acme Gmb", "match": "fuzzy"}, ["ACME GMBH", "Acme  GmbH", "Acmee GmbH"]),
        ({"text": "acme gmbh", "match": "folded", "entity_type": "PERSON"}, []),
        ({"text": "acme gmbh", "match": "folded", "entity_type": "organization"}, ["ACME GMBH", "Acme  GmbH"]),
        ("Acme", []),
        ("Acme GmbH & Co", []),
    ],
)
def test_a_finding_falls_away_when_an_entry_is_all_of_its_text(entry, left):
    texts = ["Acme  GmbH", "ACME GMBH", "Acmee GmbH", "Acme GmbHs and more"]
    found = [Finding("ORGANIZATION", 0, len(t), 0.8, t, "model:x") for t in texts]
    stay = [f.text for f in allowed(found, compile_allowed([entry]))]
    assert sorted(set(texts) - set(stay)) == sorted(left)


def test_what_the_policy_names_is_never_allowed_away_but_what_its_patterns_find_is():
    custom = compile_custom([{"name": "n", "pattern": r"E-\d+"}], ["alpha"], ["beta"])
    wanted = plan(entity_types=frozenset(), custom=custom, allowed=compile_allowed(["alpha", "beta", "E-0000"]))
    result = redact("alpha beta E-0000 E-1234", wanted)
    assert result.text == "<CUSTOM> <CUSTOM> E-0000 <N>"


def test_an_allowed_value_stays_where_it_stands_alone_and_not_inside_of_more():
    """The second search does not take it either, nor is it cut out of a longer finding."""
    wanted = plan(allowed=compile_allowed(["192.0.2.17", "jane@example.com"]))
    text = "219-09-9998 192.0.2.17 jane@example.com https://192.0.2.17/a?q=1 192.0.2.18"
    once = redact(text, wanted)
    assert once.text == "<US_SSN> 192.0.2.17 jane@example.com <URL> <IP_ADDRESS>"
    assert redact(once.text, wanted).text == once.text
    values = [Value("192.0.2.17", ("ip",)), Value("219-09-9998", ("ssn",))]
    assert [each.text for each in redact_values(values, wanted)] == ["192.0.2.17", "<US_SSN>"]


def test_an_allowed_name_is_left_by_the_model_and_by_a_columns_name():
    wanted = plan(use_model=True, allowed=compile_allowed(["Jane Doe", "Berlin"]))
    assert redact("Jane Doe and John Miller met in Berlin.", wanted).text == "Jane Doe and <PERSON> met in Berlin."
    values = [Value("Jane Doe", ("first name",)), Value("Ada Byron", ("first name",))]
    assert [each.text for each in redact_values(values, wanted)] == ["Jane Doe", "<PERSON>"]
