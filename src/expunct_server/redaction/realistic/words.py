"""Lists of names, and names put together from syllables where lists are too short."""

from functools import cache
from importlib.resources import files
from typing import Final

from expunct_server.redaction.realistic.draw import Draw

_ONSETS: Final = (
    *("b", "br", "c", "cr", "d", "dr", "f", "fl", "g", "gl", "h", "j", "k", "kl", "l", "m", "n", "p", "r", "s"),
    *("st", "t", "tr", "v"),
)
_MIDDLES: Final = "bdfgklmnprstv"
_VOWELS: Final = "aeiou"
_CODAS: Final = ("", "l", "m", "n", "r", "s", "nd", "rn", "ld", "rd", "sk", "lt")
_ENDS: Final = (
    *("ano", "ard", "aro", "asz", "beck", "berg", "burn", "bury", "combe", "den", "deo", "dorf", "elli", "ero", "escu"),
    *("etti", "feld", "ford", "gard", "gren", "ham", "heim", "hurst", "ides", "ier", "ikov", "ini", "insky", "ita"),
    *("ivo", "kamp", "ley", "lund", "mann", "mark", "mere", "mont", "moto", "nell", "ner", "nik", "oglu", "ola", "oni"),
    *("osa", "ova", "owski", "pour", "quist", "rath", "sen", "shaw", "son", "stad", "stein", "strom", "thal", "ton"),
    *("uchi", "vale", "wall", "well", "wick", "yan", "zade"),
)


@cache
def listed(name: str) -> tuple[str, ...]:
    """The list `given`, `family`, `streets` or `groups`: put together for this purpose, of nobody at all."""
    text = files("expunct_server.redaction.realistic").joinpath("data", f"{name}.txt").read_text("utf-8")
    return tuple(text.split())


def coined(draw: Draw, middles: int = 1) -> str:
    """A word that sounds like a name: one of 6 million with one middle syllable, of 380 million with two."""
    parts = [draw.pick(_ONSETS), draw.pick(_VOWELS), draw.pick(_CODAS)]
    for _ in range(middles):
        parts += [draw.pick(_MIDDLES), draw.pick(_VOWELS)]
    return "".join([*parts, draw.pick(_ENDS)]).capitalize()


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def in_case_of(original: str, word: str) -> str:
    """The word in capitals or small letters where the original is."""
    if len(original) > 1 and original.isupper():
        return word.upper()
    return word.lower() if original.islower() else word
