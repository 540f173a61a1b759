"""What can go wrong inside detection. Nothing here ever holds the text that was searched.

DetectionError
├── RecognizerFailed     a recognizer crashed; `recognizer` names it
│   └── PatternTimeout   an expression ran out of its time; it is never skipped instead
├── UnknownModel         a model that settings name cannot be loaded; `name` is as it stands there
├── LlmTimeout           the language model of a policy did not answer in time         ┐ may pass by itself:
├── LlmUnavailable       it could not be reached, or had no time                        ┘ `passing`
├── LlmRefused           it does not let itself be asked
├── LlmBadAnswer         what it answered is not what it was asked for
├── SpanTooLong          one finding is longer than the largest window
└── ResidueFound         after replacing, the result still held something that had to go
"""

from collections.abc import Sequence
from typing import Final

_MOST_TYPES: Final = 3
_LONGEST: Final = 100
_LEFT: Final = "The result still held something that had to be removed"
_ADVICE: Final = (
    "Please report the kind of document and this sentence; saved as another kind, such as PDF, it may pass."
)


class DetectionError(Exception):
    """Detection could not be completed, so nothing may be called redacted. Where `passing`, trying later may help."""

    code = "detection_failed"
    passing = False


class RecognizerFailed(DetectionError):
    """`recognizer` is its name as findings show it; the cause's message is left out because it may hold text."""

    code = "recognizer_failed"

    def __init__(self, recognizer: str, reason: str = "stopped with an error") -> None:
        super().__init__(f"The recognizer {recognizer} {reason}.")
        self.recognizer = recognizer


class PatternTimeout(RecognizerFailed):
    """An expression needed longer than it may; a simpler one, without nested repeats, will do."""

    code = "pattern_timeout"

    def __init__(self, recognizer: str) -> None:
        super().__init__(recognizer, "ran out of time; an expression without nested repeats would be faster")


class UnknownModel(DetectionError):
    """A model of the setting `detection_models` that is not installed, or cannot be read."""

    code = "model_not_loaded"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The model {name} of the setting detection_models {reason}.")
        self.name = name


class LlmTimeout(DetectionError):
    """The language model did not answer within the time that a question may take."""

    code = "llm_timeout"
    passing = True

    def __init__(self) -> None:
        super().__init__("The language model of the policy did not answer in time, so the text was not searched by it.")


class LlmUnavailable(DetectionError):
    """The language model could not be reached or turned the question away for now, each time it was tried.

    `retry_after` are the seconds that it asks to be left alone for, 0 when it does not say.
    """

    code = "llm_unavailable"
    passing = True

    def __init__(self, status: int | None = None, retry_after: float = 0.0) -> None:
        why = "could not be reached" if status is None else f"could not answer (status {int(status)})"
        super().__init__(f"The language model of the policy {why}, so the text was not searched by it.")
        self.retry_after = retry_after


class LlmRefused(DetectionError):
    """The language model does not let itself be asked: a wrong key, address or name, or no certificate."""

    code = "llm_refused"

    def __init__(self, status: int | None = None) -> None:
        why = "cannot be asked" if status is None else f"refused the question (status {int(status)})"
        super().__init__(f"The language model of the policy {why}, so the text was not searched by it.")


class LlmBadAnswer(DetectionError):
    """The language model's answer is not what was asked for, or only a part of it."""

    code = "llm_bad_answer"

    def __init__(self, reason: str = "gave an answer that is not of the form asked for") -> None:
        super().__init__(
            f"The language model of the policy {reason}, so the text was not searched by it. "
            "It has to answer with one JSON object: `entities`, a list of objects with `text` and `type`."
        )


class SpanTooLong(DetectionError):
    """A single finding spans more than a window can hold."""

    code = "span_too_long"

    def __init__(self, recognizer: str, limit: int) -> None:
        super().__init__(f"One finding of {recognizer} is longer than {limit} characters.")
        self.recognizer = recognizer


class ResidueFound(DetectionError):
    """What was redacted was searched again and something was still there.

    Of a document, `types` are the entity types of what was, and `where` says in words what kind of reading shows it.
    """

    code = "residue_found"

    def __init__(self, types: Sequence[str] = (), where: str = "") -> None:
        named = ", ".join(types[:_MOST_TYPES]) + (" and others" if len(types) > _MOST_TYPES else "")
        said = f" ({named}; {where})" if where else ""
        super().__init__(f"{_LEFT}{said}, so it was thrown away.{f' {_ADVICE}' if where else ''}")
        self.types, self.where = tuple(types), where

    def inside(self, place: str) -> "ResidueFound":
        """The same of what is at `place`, as far as there is room to say so."""
        where = f"{place}, {self.where}"
        return ResidueFound(self.types, where) if self.where and place and len(where) <= _LONGEST else self
