"""Finding names of people, places, organizations and groups, and dates in words: the path of the models.

`find` reads texts with the models of a plan. Windows of text are read in batches; joined they are the text, so nothing
is skipped, and a model's limit is never a silent truncation.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.names.answers import Answers
from expunct_server.redaction.names.doubts import is_of_forms, told_by_neighbours, weighed
from expunct_server.redaction.names.mentions import Mention, Reader
from expunct_server.redaction.names.readers import CARRIED, chosen, joined
from expunct_server.redaction.names.tidying import tidied
from expunct_server.redaction.names.windows import windows
from expunct_server.redaction.scan import without_surrogates
from expunct_server.redaction.wanted import NONE, Wanted

__all__ = [
    "CARRIED", "MODEL_TYPES", "Answers", "Reader", "base_of", "chosen", "find", "is_of_forms", "readers_for",
]  # fmt: skip

MODEL_TYPES: Final = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"})
"""What the carried models mark. A model that settings name may mark more."""


def base_of(language: str) -> str:
    """`en` of `en-GB`."""
    return language.strip().lower().replace("_", "-").split("-")[0]


def readers_for(
    language: str, models: Sequence[str] = CARRIED, entity_types: frozenset[str] = MODEL_TYPES
) -> list[Reader]:
    """Those of the models that read this language and find one of the types, the leader first. Loads them.

    Raises UnknownModel.
    """
    if not entity_types & MODEL_TYPES and set(models) <= set(CARRIED):
        return []  # before they are loaded, which takes seconds
    base = base_of(language)
    able = [each for each in chosen(models, base) if not each.languages or base in each.languages]
    return [each for each in able if each.entity_types & entity_types]


def find(
    texts: Sequence[str], wanted: Wanted, readers: Sequence[Reader], answers: Answers, unwanted: Wanted = NONE
) -> list[list[Finding]]:
    """For each text, what the models find of the wanted types; offsets are in that text. `answers` are the document's.

    What is `unwanted` is found as well, by its own thresholds, so that whoever asks can tell what a mention is.
    Raises RecognizerFailed, naming the model, if one crashes: what it would have found is not left silently.
    """
    found: list[list[Finding]] = [[] for _ in texts]
    least = wanted.by_type() | unwanted.by_type()
    if not readers or not any(each.entity_types & least.keys() for each in readers):
        return found
    leader = readers[0]
    places = [(i, start, end) for i, text in enumerate(texts) for start, end in windows(text, leader.window)]
    pieces = [without_surrogates(texts[i][start:end]) for i, start, end in places]
    read = [_read(each, pieces, answers) for each in readers]
    for k, (i, offset, _) in enumerate(places):
        counted = [[m for m in mentions[k] if m.score >= least.get(m.entity_type, 2.0)] for mentions in read]
        said = joined(_people_first(counted, wanted, unwanted))
        for mention in told_by_neighbours(pieces[k], said):
            found[i] += _counted(_finding(texts[i], offset, mention, leads=mention.model == leader.name), least)
    return found


def _people_first(by_reader: Sequence[list[Mention]], wanted: Wanted, unwanted: Wanted) -> Sequence[list[Mention]]:
    """The mentions without the unwanted ones where another model sees a person, if people are wanted: whom the leader
    takes for a place would be left, where somebody who wants all types has the place removed."""
    others = unwanted.by_type()
    people = [m for mentions in by_reader for m in mentions if m.entity_type == "PERSON"]
    if not others or not people or "PERSON" not in wanted.by_type():
        return by_reader

    def counts(mention: Mention) -> bool:
        return mention.entity_type not in others or not any(
            each.start < mention.end and mention.start < each.end for each in people
        )

    return [list(filter(counts, mentions)) for mentions in by_reader]


def _read(each: Reader, pieces: Sequence[str], answers: Answers) -> list[list[Mention]]:
    """The mentions of one model in each piece, read now or before."""
    known = [answers.get(each.name, piece) for piece in pieces]
    new = [piece for piece, answer in zip(pieces, known, strict=True) if answer is None]
    read = _read_now(each, new)
    answers.keep(each.name, new, read)
    fresh = iter(read)
    return [next(fresh) if answer is None else answer for answer in known]


def _read_now(each: Reader, pieces: Sequence[str]) -> list[list[Mention]]:
    """The mentions of one model in each piece; a piece longer than it reads at once is given to it in parts."""
    parts = [(i, start, end) for i, piece in enumerate(pieces) for start, end in windows(piece, each.window)]
    mentions: list[list[Mention]] = [[] for _ in pieces]
    try:
        read = each.read([pieces[i][start:end] for i, start, end in parts])
    except Exception:  # whatever it was, its message may hold the text
        raise RecognizerFailed(each.name) from None
    for (i, start, _), answer in zip(parts, read, strict=True):
        mentions[i] += [m._replace(start=m.start + start, end=m.end + start) for m in answer]
    return mentions


def _finding(text: str, offset: int, mention: Mention, *, leads: bool) -> Finding | None:
    span = tidied(text, offset + mention.start, offset + mention.end, mention.entity_type)
    if span is None:
        return None
    start, end = span
    score = weighed(text, start, end, mention, leads=leads)
    return Finding(mention.entity_type, start, end, score, text[start:end], mention.model)


def _counted(finding: Finding | None, least: Mapping[str, float]) -> list[Finding]:
    """The finding, if its score counts."""
    return [finding] if finding is not None and finding.score >= least.get(finding.entity_type, 2.0) else []
