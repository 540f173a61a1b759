"""spaCy pipelines that settings name, made here with weights at random or with rules."""

import pytest
import spacy

from expunct_server.redaction import names
from expunct_server.redaction.engine import redact
from expunct_server.redaction.failures import UnknownModel
from expunct_server.redaction.names import pipelines, readers
from expunct_server.redaction.names.labels import Meaning, meaning
from tests.redaction.helpers import plan


def folder(path, language="de", *, ner=(), ruler=(), others=()):
    """A pipeline in a folder: `ruler` are patterns of an entity_ruler, `ner` labels of a recognizer untrained."""
    nlp = spacy.blank(language)
    for other in others:
        nlp.add_pipe(other)
    if ner:
        recognizer = nlp.add_pipe("ner")
        for label in ner:
            recognizer.add_label(label)
        nlp.initialize()
    if ruler:
        nlp.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for label, text in ruler])
    nlp.to_disk(path)
    return f"spacy:{path}"


RULES = [("PER", "Zebulon"), ("LOC", "Ulm"), ("MISC", "Faust"), ("HEALTH_ID", "V 4471"), ("ssn", "0815")]


def test_a_pipeline_marks_our_types_by_the_usual_labels_and_by_our_own_names(tmp_path):
    model = folder(tmp_path / "people", ruler=RULES)
    result = redact(
        "Zebulon las Faust in Ulm, 0815, V 4471 und mehr.", plan(models=(model,), use_model=True, language="de-AT")
    )

    assert result.text == "<PERSON> las Faust in <LOCATION>, <US_SSN>, <HEALTH_ID> und mehr."
    assert {f.recognizer for f in result.findings} == {"model:people"}


def test_what_a_pipeline_finds_is_left_to_the_types_it_has(tmp_path):
    model = readers.reader(folder(tmp_path / "m", ner=["PER", "LOC", "ORG", "MISC"]))

    assert model.entity_types == {"PERSON", "LOCATION", "ORGANIZATION"}
    assert model.version.startswith("m 0.0.0, spaCy ")


def test_only_what_the_recognizer_needs_is_kept_unless_rules_may_look_at_all(tmp_path):
    def kept(model):
        return list(readers.reader(model)._nlp.pipe_names)

    assert kept(folder(tmp_path / "a", ner=["PER"], others=["sentencizer"])) == ["ner"]
    assert kept(folder(tmp_path / "b", ner=["PER"], ruler=RULES, others=["sentencizer"])) == [
        "sentencizer", "ner", "entity_ruler",
    ]  # fmt: skip


TEXTS = (
    "Dear Jane Doe,\n\nthe invoice of Acme Ltd. was sent to 12 Main Street, Paris, on 3 May 2024.",
    "\n  \t",
    "SVETLANA o'brien (Oslo) 12.5 KG http://x.test/a?b=1 j@x.test",
    "Der Hafen von Genova, l'été à Nîmes, Zoë en José.",
    "the and of was Mr. Smith's mother-in-law",
)


@pytest.mark.parametrize("name", ["names", "names-europe", "en_core_web_sm"])
def test_a_carried_pipeline_that_notes_less_of_words_marks_the_same(name, monkeypatch):
    monkeypatch.setattr(pipelines, "_note_less", lambda _: None)
    monkeypatch.setattr(pipelines, "_UNUSED", ())
    whole = readers._loaded(name)
    monkeypatch.undo()
    lean = readers._loaded(name)

    assert len(lean._nlp.vocab.lex_attr_getters) < len(whole._nlp.vocab.lex_attr_getters)
    assert lean.read(TEXTS) == whole.read(TEXTS)
    assert [lean.read([text]) for text in TEXTS] == [whole.read([text]) for text in TEXTS]
    assert any(lean.read(TEXTS))


def test_languages_are_the_pipelines_own_unless_settings_say_others(tmp_path):
    one, any_language = folder(tmp_path / "de", ruler=RULES), folder(tmp_path / "xx", "xx", ruler=RULES)

    assert names.readers_for("en", [one]) == []
    assert [each.name for each in names.readers_for("de", [one])] == ["model:de"]
    assert [each.name for each in names.readers_for("en", [f"{one}@en+fr"])] == ["model:de"]
    assert [each.name for each in names.readers_for("sv", [any_language])] == ["model:xx"]


def test_a_language_that_no_model_of_settings_reads_is_said(tmp_path):
    model = folder(tmp_path / "de", ruler=RULES)
    result = redact("Zebulon", plan(models=(model,), use_model=True, language="sv"))

    assert (result.text, result.model_used) == ("Zebulon", False)
    assert [note.partition(":")[0] for note in result.notes] == ["No model that is in use reads the language sv"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"others": ["sentencizer"]}, "it marks no entities: it has neither ner nor entity_ruler"),
        ({"others": ["spancat"]}, "it marks no entities: it has neither ner nor entity_ruler"),
        ({"ner": ["MISC", "EVENT"]}, "none of its labels is one of our types"),
    ],
)
def test_a_pipeline_that_marks_nothing_of_ours_is_refused_with_the_reason(tmp_path, made, reason):
    model = folder(tmp_path / "m", **made)
    with pytest.raises(UnknownModel) as caught:
        readers.reader(model)
    assert str(caught.value) == f"The model {model} of the setting detection_models cannot be used: {reason}."


def test_what_else_a_pipeline_could_mark_is_said_in_the_log(tmp_path, caplog):
    nlp = spacy.blank("de")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": label, "pattern": text} for label, text in RULES])
    nlp.add_pipe("span_ruler").add_patterns([{"label": "PER", "pattern": "Faust"}])
    nlp.to_disk(tmp_path / "m")
    readers.reader(f"spacy:{tmp_path / 'm'}")

    assert [r.getMessage() for r in caplog.records if r.name == pipelines.__name__] == [
        "the model m also has span_ruler, which is not used",
        "labels of the model m that are no entity type: MISC",
    ]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        *(("PERSON", Meaning("PERSON")), ("per", Meaning("PERSON")), ("persName", Meaning("PERSON"))),
        *(("GPE", Meaning("LOCATION")), ("GPE_LOC", Meaning("LOCATION")), ("ORG", Meaning("ORGANIZATION"))),
        *(("GIVENNAME", Meaning("PERSON", "given")), ("Given_Name", Meaning("PERSON", "given"))),
        *(("LASTNAME", Meaning("PERSON", "family")), ("ZIP-CODE", Meaning("LOCATION", "address"))),
        *(("US_SSN", Meaning("US_SSN")), ("SSN", Meaning("US_SSN")), ("EMAIL", Meaning("EMAIL_ADDRESS"))),
        *(("CUSTOM", Meaning("CUSTOM")), ("MISC", None), ("O", None), ("", None)),
    ],
)  # fmt: skip
def test_labels_of_the_usual_sets_mean_our_types(label, expected):
    assert meaning(label) == expected
