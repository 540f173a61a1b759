"""Parameters of Content-Type and Content-Disposition: as what they say, and written anew where that changed."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import encode_rfc2231
from urllib.parse import unquote_to_bytes

from expunct_server.redaction.formats.mail import words

_PARAMETER = re.compile(r""";\s*([^=\s;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)""", re.S)
_NAME = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPE = re.compile(r"\\(.)", re.S)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A value in its parts. `main` is what stands before the first parameter; `said` the parameters, continuations
    joined and decoded; `raw` how each stands there; `rest` is what is none of that.

    A parameter that is said more than once is there as often, by `name*` where it has a charset or continuations (RFC
    2231) beside one for older programs, and as `name 2` and so on where it is the same again.
    """

    main: str
    said: dict[str, str]
    raw: dict[str, str]
    rest: str

    def written(self, main: str, changed: Mapping[str, str]) -> str:
        """The value with a new main part and new values of some parameters."""
        made = [main.rstrip()]
        for name, raw in self.raw.items():
            made.append(_written(name, changed[name]) if name in changed else raw)
        return "; ".join(made)


def parsed(value: str) -> Parameters:
    """RFC 2045, section 5.1, and RFC 2231, sections 3 and 4; also encoded words in quotes, which are common."""
    main, semicolon, _ = value.partition(";")
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    raw: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    rest = value[len(main) :] if semicolon else ""
    for found in _PARAMETER.finditer(rest):
        name = _NAME.fullmatch(found[1])
        number, extended = (int(name[2] or 0), bool(name[3])) if name else (0, False)
        key = name[1].lower() if name else found[1].lower()
        if name and (name[2] or name[3]):
            key = f"{key}*"
        elif (count := counts[key] + 1) > 1:
            key = f"{key} {count}"
        counts[key.partition(" ")[0]] += 1
        pieces.setdefault(key, []).append((number, _unquoted(found[2]), extended))
        raw.setdefault(key, []).append(f"{found[1]}={found[2].strip()}")
    keys = {key: alone if (alone := key.removesuffix("*")) not in pieces else key for key in pieces}
    said = {keys[key]: _joined(each) for key, each in pieces.items()}
    beside = "".join(c for c in _PARAMETER.sub("", rest) if c not in ";\r\n").strip()
    return Parameters(main, said, {keys[key]: "; ".join(each) for key, each in raw.items()}, beside)


def name_of(key: str) -> str:
    """The name of a parameter by its key."""
    return key.partition(" ")[0].removesuffix("*")


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        return _ESCAPE.sub(r"\1", value[1:-1] if value.endswith('"') and len(value) > 1 else value[1:])
    return value


def _joined(pieces: list[tuple[int, str, bool]]) -> str:
    """Continuations in their order. The first of those with an asterisk says the charset of all of them."""
    pieces = sorted(pieces, key=lambda each: each[0])
    if not any(extended for _, _, extended in pieces):
        return words.of("".join(text for _, text, _ in pieces), "").text
    charset, data = "utf-8", b""
    _, first, extended = pieces[0]
    if extended and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
        pieces[0] = (0, first, True)
    for _, text, extended in pieces:
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    try:
        return data.decode(charset or "ascii")
    except (LookupError, UnicodeDecodeError):
        return words.as_text(data)


def _written(key: str, value: str) -> str:
    name = name_of(key)
    if value.isascii() and value.isprintable() and not key.endswith("*"):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    return f"{name}*={encode_rfc2231(value, 'utf-8')}"
