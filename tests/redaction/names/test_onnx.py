"""Token-classification models in ONNX: what they mark becomes mentions of whole words, and no token is left unread."""

import json
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import names
from expunct_server.redaction.engine import redact
from expunct_server.redaction.failures import UnknownModel
from expunct_server.redaction.names import onnx_model, readers
from expunct_server.redaction.names.onnx_model import OVERLAP, token_windows
from tests.redaction.helpers import few, plan
from tests.redaction.names.tiny import onnx_folder

PARTS = (
    "O",
    "B-GIVEN_NAME",
    "B-SURNAME",
    "B-BUILDING_NUMBER",
    "B-STREET_NAME",
    "I-STREET_NAME",
    "B-CITY",
    "B-ZIP_CODE",
)
ADDRESS = {"12": PARTS[3], "Elm": PARTS[4], "Road": PARTS[5], "Ulm": PARTS[6], "89073": PARTS[7]}
PEOPLE = {"Ada": PARTS[1], "Eve": PARTS[1], "Moss": PARTS[2], "Reed": PARTS[2]}


def said(folder, text):
    model = readers.reader(f"onnx:{folder}")
    return [(m.entity_type, text[m.start : m.end]) for m in model.read([text])[0]]


@few
@given(st.integers(0, 400), st.integers(1, 150))
def test_windows_of_tokens_judge_each_token_once_with_something_around_it(count, room):
    windows = list(token_windows(count, room))

    assert [k for w in windows for k in range(w.low, w.high)] == list(range(count))
    assert all(w.start <= w.low < w.high <= w.end and w.end - w.start <= room for w in windows)
    half = min(OVERLAP, room // 2) // 2
    assert all(a.end - a.high >= half and b.low - b.start >= half for a, b in pairwise(windows))


class Watched:
    """A session that notes how many tokens it was given at once."""

    def __init__(self, session):
        self.session, self.rows, self.lengths = session, [], set()

    def run(self, outputs, given):
        self.rows.append(given["input_ids"].shape[0])
        self.lengths.add(given["input_ids"].shape[1])
        return self.session.run(outputs, given)


def watched(folder):
    model = readers.reader(f"onnx:{folder}")
    model._session = Watched(model._session)
    return model


@pytest.mark.parametrize("limit", [3, 4, 5, 9, 16, 512])
def test_every_word_of_a_long_text_is_read_however_little_the_model_reads_at_once(tmp_path, limit):
    folder = onnx_folder(tmp_path / "m", {"X": "B-PER"}, config={"max_position_embeddings": limit})
    text = "".join("X " if k % 3 else "what is it, " for k in range(400))
    model = watched(folder)

    assert said(folder, text) == [("PERSON", "X")] * text.count("X")
    assert max(model._session.lengths) == limit


@pytest.mark.parametrize(
    ("config", "more", "most"),
    [
        ({"max_position_embeddings": 8192}, {}, 512),
        ({"max_position_embeddings": None}, {}, 512),
        ({"max_position_embeddings": 100}, {"model_max_length": 10**30}, 100),
        ({"max_position_embeddings": 100}, {"model_max_length": 64}, 64),
        ({"max_position_embeddings": 130, "model_type": "xlm-roberta", "pad_token_id": 1}, {}, 128),
        ({"max_position_embeddings": 130, "model_type": "camembert"}, {"model_max_length": None}, 128),
    ],
)
def test_as_much_is_read_at_once_as_the_folder_says_and_no_more_than_is_bounded(tmp_path, config, more, most):
    folder = onnx_folder(tmp_path / "m", {"X": "B-PER"}, config=config)
    (folder / "tokenizer_config.json").write_text(json.dumps(more))
    model = watched(folder)
    model.read(["X " * 700, *(["X"] * 2_000)])

    assert max(model._session.lengths) == most
    assert max(model._session.rows) == 1_024


def test_what_is_longer_than_the_model_reads_is_cut_and_is_whole_again(tmp_path):
    letters = {"##a": "I-PER", "a": "B-PER", "b": "O"}
    folder = onnx_folder(tmp_path / "m", letters, pieces=True, config={"max_position_embeddings": 7})
    word = "a" * 90

    assert said(folder, f"b {word} b {word}, b") == [("PERSON", word), ("PERSON", word)]


def test_what_others_read_in_the_same_call_changes_nothing(tmp_path):
    folder = onnx_folder(tmp_path / "m", {"X": "B-PER", "Y": "I-PER"}, config={"max_position_embeddings": 12})
    model = readers.reader(f"onnx:{folder}")
    pieces = ["", "X Y", "no one " * 20 + "X", "X", "Y " * 9, "\x00", "X Y, X"] * 3

    assert model.read(pieces) == [model.read([piece])[0] for piece in pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("then Ada Moss came", [("PERSON", "Ada Moss")]),
        ("Moss, Ada", [("PERSON", "Moss, Ada")]),
        ("Ada, Eve", [("PERSON", "Ada"), ("PERSON", "Eve")]),
        ("Ada Moss Eve Reed", [("PERSON", "Ada Moss"), ("PERSON", "Eve Reed")]),
        ("Ada Moss-Reed", [("PERSON", "Ada Moss-Reed")]),
        ("Ada\nMoss", [("PERSON", "Ada\nMoss")]),
        ("Ada\n\nMoss", [("PERSON", "Ada"), ("PERSON", "Moss")]),
        ("Ada and Moss", [("PERSON", "Ada"), ("PERSON", "Moss")]),
        ("at 12 Elm Road, 89073 Ulm.", [("LOCATION", "12 Elm Road, 89073 Ulm")]),
        ("12 Elm Road\n89073 Ulm", [("LOCATION", "12 Elm Road\n89073 Ulm")]),
        ("Ulm or 89073", [("LOCATION", "Ulm"), ("LOCATION", "89073")]),
        ("Ada 12 Elm", [("PERSON", "Ada"), ("LOCATION", "12 Elm")]),
    ],
)
def test_parts_of_a_name_or_an_address_that_adjoin_are_one(tmp_path, text, expected):
    assert said(onnx_folder(tmp_path / "m", PEOPLE | ADDRESS, labels=PARTS), text) == expected


@pytest.mark.parametrize(
    ("labels", "words", "text", "expected"),
    [
        (["O", "PER"], {"Ada": "PER", "Moss": "PER"}, "Ada Moss, Ada", ["Ada Moss", "Ada"]),
        (["O", "B-PER", "I-PER"], {"Ada": "B-PER", "Moss": "I-PER"}, "Ada Moss Ada", ["Ada Moss", "Ada"]),
        (["O", "I-PER", "B-PER"], {"Ada": "I-PER", "Moss": "I-PER"}, "Ada Moss", ["Ada Moss"]),
        (
            ["O", "B-PER", "E-PER", "S-PER"],
            {"Ada": "B-PER", "Moss": "E-PER", "Eve": "S-PER"},
            "Eve Ada Moss Eve Eve",
            ["Eve", "Ada Moss", "Eve", "Eve"],
        ),
        (["B-persName", "O"], {"Ada": "B-persName"}, "Ada Moss", ["Ada"]),
        (["O", "B-PERSON", "B-MISC"], {"Ada": "B-PERSON", "Moss": "B-MISC"}, "Ada Moss", ["Ada"]),
    ],
)
def test_labels_of_every_usual_scheme_are_read(tmp_path, labels, words, text, expected):
    assert [what for _, what in said(onnx_folder(tmp_path / "m", words, labels=labels), text)] == expected


def test_a_word_of_which_one_piece_is_marked_is_marked_whole_or_not_at_all(tmp_path):
    letters = {"a": "B-PER", "##a": "I-PER", "b": "O", "##b": "O"}
    folder = onnx_folder(tmp_path / "m", letters, pieces=True)

    assert said(folder, "aab abb") == [("PERSON", "aab")]


def test_characters_of_a_script_without_spaces_are_judged_one_by_one(tmp_path):
    folder = onnx_folder(tmp_path / "m", {"说": "O", "##王": "B-PER", "##明": "I-PER", "##说": "O"}, pieces=True)

    assert said(folder, "说王明说") == [("PERSON", "王明")]


def test_offsets_are_those_of_the_text_whatever_the_tokenizer_makes_of_it(tmp_path):
    folder = onnx_folder(tmp_path / "m", {"M\u00fcller": "B-PER"})

    assert said(folder, "\U0001f600 Mu\u0308ller\r\n\u05e9 M\u00fcller") == [
        ("PERSON", "Mu\u0308ller"),
        ("PERSON", "M\u00fcller"),
    ]


def test_the_score_is_how_likely_the_words_are_in_the_mean(tmp_path):
    folder = onnx_folder(tmp_path / "m", {"Ada": "B-PER", "Moss": "I-PER"}, sure=2.0)
    likely = float((np.exp(2.0) + 1) / (np.exp(2.0) + 2))  # begun or gone on with
    (mention,) = readers.reader(f"onnx:{folder}").read(["Ada"])[0]

    assert mention.score == pytest.approx(likely, abs=1e-6)


def test_a_model_of_settings_redacts_beside_the_patterns_and_says_which_it_was(tmp_path):
    folder = onnx_folder(tmp_path / "people", {"Zeb": "B-PER", "4471": "B-TEL"}, labels=["O", "B-PER", "B-TEL"])
    result = redact(
        "Zeb, line 4471, z@mail.example. zeb!", plan(models=(f"onnx:{folder}@en+de",), use_model=True, language="de")
    )

    assert result.text == "<PERSON>, line <PHONE_NUMBER>, <EMAIL_ADDRESS>. zeb!"
    assert [f.recognizer for f in result.findings] == ["model:people", "model:people", "pattern:email"]


def test_languages_are_those_that_settings_say_or_all(tmp_path):
    folder = onnx_folder(tmp_path / "m", {"X": "B-PER"})
    some, every = f"onnx:{folder}@de+fr", f"onnx:{folder}"

    assert [each.name for each in names.readers_for("fr-CA", [some])] == ["model:m"]
    assert names.readers_for("en", [some]) == []
    assert [each.name for each in names.readers_for("ja", [every])] == ["model:m"]


def test_the_version_names_the_weights(tmp_path):
    one = onnx_folder(tmp_path / "a" / "m", {"X": "B-PER"})
    other = onnx_folder(tmp_path / "b" / "m", {"Y": "B-PER"})
    said = [readers.reader(f"onnx:{folder}").version for folder in (one, other)]

    assert said[0].startswith("m sha256:") and said[0] != said[1]


@pytest.mark.parametrize("place", ["onnx/model.onnx", "model_quantized.onnx", "onnx/model_int8.onnx"])
def test_the_model_may_stand_where_exporters_put_it(tmp_path, place):
    assert said(onnx_folder(tmp_path / "m", {"X": "B-PER"}, model=place), "X") == [("PERSON", "X")]


def test_labels_that_are_no_type_are_said_in_the_log(tmp_path, caplog):
    readers.reader(f"onnx:{onnx_folder(tmp_path / 'm', {}, labels=['O', 'B-PER', 'I-MISC', 'B-PRODUCT'])}")

    assert [r.getMessage() for r in caplog.records if r.name == onnx_model.__name__] == [
        "labels of a model that are no entity type and are left: MISC, PRODUCT"
    ]


def broken(folder, **files):
    for name, text in files.items():
        path = folder / f"{name}.{'onnx' if name == 'model' else 'json'}"
        path.unlink() if text is None else path.write_text(text)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda at: broken(at, model=None), r"holds no model\.onnx, and not one other file"),
        (lambda at: broken(at, tokenizer=None), r"holds no tokenizer\.json"),
        (lambda at: broken(at, config=None), r"holds no config\.json"),
        (lambda at: broken(at, config="{"), r"config\.json is no JSON"),
        (lambda at: broken(at, config="[]"), r"config\.json is no JSON object"),
        (lambda at: broken(at, config="{}"), "no id2label"),
        (lambda at: broken(at, config=json.dumps({"id2label": {"0": "O", "2": "PER"}})), "no id2label"),
        (lambda at: broken(at, config=json.dumps({"id2label": {"0": "O", "1": "MISC"}})), "none of its labels"),
        (lambda at: broken(at, config=json.dumps({"id2label": {"0": "O", "1": "PER"}})), "do not have the shape"),
        (lambda at: onnx_folder(at, {}, config={"max_position_embeddings": 2}), "no token beside"),
        (lambda at: onnx_folder(at, {}, inputs=["input_ids", "pixels"]), "input that is not known: pixels"),
        (lambda at: onnx_folder(at, {}, sure=float("nan")), "no numbers"),
        (lambda at: broken(at, model="not a model"), r"cannot be loaded \(InvalidProtobuf\)"),
        (lambda at: broken(at, tokenizer="{}"), r"cannot be loaded \(Exception\)"),
    ],
)
def test_a_folder_that_holds_no_model_of_ours_is_refused_with_the_reason(tmp_path, harm, reason):
    folder = onnx_folder(tmp_path / "m", {})
    harm(folder)
    with pytest.raises(UnknownModel, match=reason) as caught:
        readers.reader(f"onnx:{folder}")
    assert caught.value.name == f"onnx:{folder}"


def test_without_its_packages_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UnknownModel, match=r"not installed: install expunct-server\[onnx\]\.$"):
        readers.reader(f"onnx:{onnx_folder(tmp_path / 'm', {})}")


def test_two_models_whose_findings_would_look_alike_are_refused(tmp_path):
    folders = [onnx_folder(tmp_path / each / "m", {"X": "B-PER"}) for each in "ab"]
    with pytest.raises(UnknownModel, match=r"is called model:m like another one: rename its folder\.$") as caught:
        names.chosen([f"onnx:{folder}" for folder in folders])
    assert caught.value.name == f"onnx:{folders[1]}"
