"""spaCy pipelines as readers: those of packages and folders, and the recognizer that this package carries.

A pipeline is loaded once a process, when first needed, with its recognizer and what that listens to, and nothing else.
One text is read at a time: the string store is shared, and a memory zone frees what each text added to it, so that
memory stays flat.
"""

import importlib
import io
import json
import os
import threading
from collections.abc import Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final

from expunct_server.redaction.names.mentions import Mention

WINDOW: Final = 2_000
"""Code points read at once: measured fastest from 2,000 on, while memory grows with the window."""
BATCH: Final = 32

# Labels of OntoNotes 5, of WikiNER and of our own recognizer.
_TYPES: Final[dict[str, str]] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "NRP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
# A pipeline's recognizer gives no probability; these are for one that is not known better.
_SCORES: Final = {"PERSON": 0.8, "LOCATION": 0.8, "ORGANIZATION": 0.65, "NRP": 0.75, "DATE_TIME": 0.65}


class SpacyReader:
    """A spaCy pipeline with a recognizer (`ner`)."""

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
        labels = {label: _TYPES[label] for label in nlp.get_pipe("ner").labels if label in _TYPES}
        self._labels = labels
        self.entity_types = frozenset(labels.values())
        self._nlp = nlp
        self._lock = threading.Lock()

    def read(self, pieces: Sequence[str]) -> list[list[Mention]]:
        with self._lock, self._nlp.memory_zone():
            return [self._mentions(document) for document in self._nlp.pipe(pieces, batch_size=BATCH)]

    def _mentions(self, document: Any) -> list[Mention]:
        found = []
        for entity in document.ents:
            entity_type = self._labels.get(entity.label_)
            if entity_type is not None:
                score = self._scores[entity_type]
                found.append(Mention(entity_type, entity.start_char, entity.end_char, score, self.name))
        return found


def from_package(name: str, scores: Mapping[str, float] | None = None, called: str | None = None) -> SpacyReader:
    """The pipeline of an installed package (`en_core_web_md`) or of a folder. Raises what spaCy raises."""
    import spacy

    _settle_threads()
    is_folder = Path(name).is_dir()
    nlp = spacy.load(name) if is_folder else importlib.import_module(name).load()
    for unneeded in [pipe for pipe in nlp.pipe_names if pipe not in _needed(nlp)]:
        nlp.remove_pipe(unneeded)
    _use_openblas(nlp)
    called = called or str(nlp.meta.get("name", "pipeline"))
    return SpacyReader(
        called, f"{called} {nlp.meta.get('version', '')}, spaCy {metadata.version('spacy')}", nlp, scores
    )


def carried(name: str, scores: Mapping[str, float]) -> SpacyReader:
    """The recognizer whose weights are in `carried/<name>.npz` beside this module (written by training/names/pack.py).

    Raises ValueError when the file is not one of ours.
    """
    import numpy as np
    import spacy

    _settle_threads()
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
    """`ner`, and the shared vectors when it listens to them."""
    listened = {pipe for pipe, listeners in _listeners(nlp).items() if "ner" in listeners}
    return {"ner", *listened}


def _listeners(nlp: Any) -> dict[str, list[str]]:
    return {
        name: list(getattr(pipe, "listening_components", []))
        for name, pipe in nlp.pipeline
        if hasattr(pipe, "listening_components")
    }


def _settle_threads() -> None:
    """A second thread doubles the processor time and saves little; work is spread over processes.

    The variable counts when numpy has not been imported yet, and an operator's own setting goes before it.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _use_openblas(nlp: Any) -> None:
    """OpenBLAS instead of BLIS: measured 1.7 times faster, the same entities."""
    from thinc.api import NumpyOps

    ops = NumpyOps(use_blis=False)
    for _, pipe in nlp.pipeline:
        for layer in pipe.model.walk():
            layer.ops = ops
