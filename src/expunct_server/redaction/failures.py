"""What can go wrong inside detection. Nothing here ever holds the text that was searched.

DetectionError
├── RecognizerFailed     a recognizer crashed; `recognizer` names it
│   └── PatternTimeout   an expression ran out of its time; it is never skipped instead
├── SpanTooLong          one finding is longer than the largest window
└── ResidueFound         after replacing, the result still held something that had to go
"""


class DetectionError(Exception):
    """Detection could not be completed, so nothing may be called redacted."""

    code = "detection_failed"


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


class SpanTooLong(DetectionError):
    """A single finding spans more than a window can hold."""

    code = "span_too_long"

    def __init__(self, recognizer: str, limit: int) -> None:
        super().__init__(f"One finding of {recognizer} is longer than {limit} characters.")
        self.recognizer = recognizer


class ResidueFound(DetectionError):
    """The redacted text was searched again and something was still there."""

    code = "residue_found"

    def __init__(self) -> None:
        super().__init__("The result still held something that had to be removed, so it was thrown away.")
