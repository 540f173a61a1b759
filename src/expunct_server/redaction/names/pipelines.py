"""spaCy pipelines as readers: those of packages and folders, and the recognizer that this package carries.

A pipeline is loaded once a process, when first needed, with its recognizer and what that listens to, and nothing else.
One text is read at a time: the string store is shared, and a memory zone frees what each text added to it, so that
memory stays flat.
"""

import importlib
import io
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final

from expunct_server.redaction.names.labels import meaning, unknown
from expunct_server.redaction.names.mentions import Mention, Unfit

WINDOW: Final = 2_000
"""Code points read at once: measured fastest from 2,000 on, while memory grows with the window."""
BATCH: Final = 32

# A pipeline's recognizer gives no probability; these are for one that is not known better.
_SCORES: Final = {"PERSON": 0.8, "LOCATION": 0.8, "ORGANIZATION": 0.65, "NRP": 0.75, "DATE_TIME": 0.65}
_OTHERS: Final = 0.7
_RECOGNIZERS: Final = frozenset({"ner", "beam_ner"})
_UNUSED: Final = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
"""What of spaCy's small English pipeline is not loaded: its recognizer has vectors of its own."""
_MARKS: Final = (". , : ; - / ( ) ' \" ! ? \n", "0 1 2 3 4 5 6 7 8 9")
_RULES: Final = frozenset({"entity_ruler", "future_entity_ruler"})
_log = logging.getLogger(__name__)
logging.getLogger("spacy").setLevel(logging.WARNING)  # it tells of each pipeline that it loads


class SpacyReader:
    """A spaCy pipeline that marks entities, by a recognizer (`ner`), by rules (`entity_ruler`) or both."""

    window = WINDOW

    def __init__(
        self,
        name: str,
        version: str,
        nlp: Any,
        scores: Mapping[str, float] | None = None,
        languages: frozenset[str] = frozenset(),
    ) -> None:
        self.name, self.version = f"model:{name}", version
        self.languages = languages or (frozenset() if nlp.lang == "xx" else frozenset({nlp.lang}))
        self._scores = scores or _SCORES
        marking = _marking(nlp)
        if not marking:
            raise Unfit("it marks no entities: it has neither ner nor entity_ruler")
        marked = {label for pipe in marking for label in nlp.get_pipe(pipe).labels}
        self._labels = {label: meant.entity_type for label in marked if (meant := meaning(label)) is not None}
        self.entity_types = frozenset(self._labels.values())
        if not self._labels:
            raise Unfit("none of its labels is one of our types")
        self._nlp = nlp
        self._lock = threading.Lock()

    def read(self, pieces: Sequence[str]) -> list[list[Mention]]:
        """As `nlp.pipe` does, whose own work is a tenth of the time of a short text."""
        with self._lock, self._nlp.memory_zone():
            documents = [self._nlp.make_doc(piece) for piece in pieces]
            for _, pipe in self._nlp.pipeline:
                in_order = pipe.pipe(documents, batch_size=BATCH) if hasattr(pipe, "pipe") else map(pipe, documents)
                documents = list(in_order)
            return [self._mentions(document) for document in documents]

    def _mentions(self, document: Any) -> list[Mention]:
        found = []
        for entity in document.ents:
            entity_type = self._labels.get(entity.label_)
            if entity_type is not None:
                score = self._scores.get(entity_type, _OTHERS)
                found.append(Mention(entity_type, entity.start_char, entity.end_char, score, self.name))
        return found


def from_package(
    place: str,
    scores: Mapping[str, float] | None = None,
    called: str | None = None,
    languages: frozenset[str] = frozenset(),
) -> SpacyReader:
    """The pipeline of an installed package (`en_core_web_md`) or of a folder, by its whole path.

    Raises Unfit with a reason for the operator, or what spaCy raises.
    """
    import spacy

    is_folder = place.startswith("/")
    nlp = spacy.load(place) if is_folder else _package(place).load(exclude=_UNUSED if called else ())
    if called is None:
        called = Path(place).name
        _tell_of_the_rest(nlp, called)
    else:
        _note_less(nlp)
    for unneeded in [pipe for pipe in nlp.pipe_names if pipe not in _needed(nlp)]:
        nlp.remove_pipe(unneeded)
    _use_openblas(nlp)
    version = f"{called} {nlp.meta.get('version', '')}, spaCy {metadata.version('spacy')}"
    return SpacyReader(called, version, nlp, scores, languages)


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            raise Unfit("no package of this name is installed") from None
        raise


def _tell_of_the_rest(nlp: Any, called: str) -> None:
    """What a pipeline could mark that is left: said in the log, once a process."""
    others = [
        pipe for pipe in nlp.pipe_names if _factory(nlp, pipe) in ("spancat", "spancat_singlelabel", "span_ruler")
    ]
    if others:
        _log.warning("the model %s also has %s, which is not used", called, ", ".join(others))
    strange = unknown(label for pipe in _marking(nlp) for label in nlp.get_pipe(pipe).labels)
    if strange:
        _log.info("labels of the model %s that are no entity type: %s", called, ", ".join(strange))


def carried(name: str, scores: Mapping[str, float]) -> SpacyReader:
    """The recognizer whose weights are in `carried/<name>.npz` beside this module (written by training/names/pack.py).

    Raises ValueError when the file is not one of ours.
    """
    import numpy as np
    import spacy

    packed = resources.files(__package__).joinpath("carried", f"{name}.npz").read_bytes()
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        meta = json.loads(bytes(arrays["meta"]))
        nlp = spacy.blank(meta["language"])
        recognizer: Any = nlp.add_pipe("ner", config=meta["config"])
        for move in meta["moves"]:
            if move.startswith("B-"):
                recognizer.add_label(move.removeprefix("B-"))
        nlp.initialize()
        if list(recognizer.move_names) != meta["moves"]:
            raise ValueError("The carried recognizer's labels do not fit this version of spaCy.")
        set_weights(recognizer.model, arrays)
    _note_less(nlp)
    _use_openblas(nlp)
    version = f"{name} {meta['version']}, spaCy {metadata.version('spacy')}"
    return SpacyReader(name, version, nlp, scores, frozenset(meta["languages"]))


def set_weights(model: Any, arrays: Mapping[str, Any]) -> None:
    """Put arrays named `<place in model.walk()>.<name>` into a model of the same shape. Raises ValueError."""
    for place, node in enumerate(model.walk()):
        for name in node.param_names:
            key = f"{place}.{name}"
            if node.has_param(name):
                old, new = node.get_param(name), arrays[key].astype("float32")
                if old.shape != new.shape:
                    raise ValueError("The carried weights do not fit this version of spaCy.")
                node.set_param(name, new)


def _needed(nlp: Any) -> set[str]:
    """What marks entities, and the shared vectors when it listens to them; everything where rules may look at it."""
    marking = _marking(nlp)
    if any(_factory(nlp, pipe) in _RULES for pipe in marking):
        return set(nlp.pipe_names)
    return {*marking, *(pipe for pipe, listeners in _listeners(nlp).items() if marking & set(listeners))}


def _marking(nlp: Any) -> set[str]:
    return {pipe for pipe in nlp.pipe_names if _factory(nlp, pipe) in _RECOGNIZERS | _RULES}


def _factory(nlp: Any, pipe: str) -> str:
    return str(nlp.get_pipe_meta(pipe).factory)


def _listeners(nlp: Any) -> dict[str, list[str]]:
    return {
        name: list(getattr(pipe, "listening_components", []))
        for name, pipe in nlp.pipeline
        if hasattr(pipe, "listening_components")
    }


def _note_less(nlp: Any) -> None:
    """Has the vocabulary work out of a new word only what a recognizer looks at, and keep the most frequent ones.

    A memory zone forgets words, so each text pays for its own again: measured a tenth of the time of a short one.
    """
    from spacy.attrs import IDS

    layers = (layer for _, pipe in nlp.pipeline if hasattr(pipe, "model") for layer in pipe.model.walk())
    seen = {name for layer in layers if layer.name == "extract_features" for name in layer.attrs["columns"]}
    getters = nlp.vocab.lex_attr_getters
    for unseen in set(getters) - {IDS[name] for name in (*seen, "IS_SPACE")}:
        del getters[unseen]
    words = sorted(nlp.Defaults.stop_words)
    nlp.make_doc(" ".join([*words, *map(str.capitalize, words), *_MARKS]))


def _use_openblas(nlp: Any) -> None:
    """OpenBLAS instead of BLIS: measured 1.7 times faster, the same entities."""
    from thinc.api import NumpyOps

    ops = NumpyOps(use_blis=False)
    for _, pipe in nlp.pipeline:
        for layer in pipe.model.walk() if hasattr(pipe, "model") else ():
            layer.ops = ops
