"""What models have answered about the pieces of one document, so that a second look at it costs no second reading."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from expunct_server.redaction.names.mentions import Mention

MOST: Final = 10_000
"""Answers that are kept, one for each piece and model. What is beyond is read again, which costs time alone."""


class Answers:
    """Answers by model and piece. The pieces themselves are not kept."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], list[Mention]] = {}

    def get(self, model: str, piece: str) -> list[Mention] | None:
        """What this model has said of this piece; None when it was not asked, or there was no room to keep it."""
        return self._kept.get((model, _digest(piece)))

    def keep(self, model: str, pieces: Sequence[str], answers: Sequence[list[Mention]]) -> None:
        """Remember the answers, as long as there is room."""
        for piece, answer in zip(pieces, answers, strict=True):
            if len(self._kept) >= MOST:
                return
            self._kept[model, _digest(piece)] = answer


def _digest(piece: str) -> bytes:
    return blake2b(piece.encode(), digest_size=16).digest()
