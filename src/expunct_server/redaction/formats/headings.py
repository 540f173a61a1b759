"""What names the cells of tables: the heads of columns, and labels that stand beside their values in a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction import hints
from expunct_server.redaction.realistic.words import word_set

_WORDS: Final = word_set(
    "aantal access account accounts action active activity actual admin age agent agreement alt amount annual "
    "anrede answer anzahl apellido api app application area art at attempts attribute auth author available "
    "average avg balance bank batch bedrag begin bemerkung bemerkungen beschreibung betrag billing birth blood "
    "body booking brand browser budget business by call campaign cantidad card carrier case cases category cell "
    "center centre cents change channel charge check city civilite class client code codice color colour column "
    "comentario comentarios comment commentaire commentaires comments company contact content contract correo "
    "cost count country county created credit currency current customer data database date datum day days db "
    "deadline deal death debit default delivery department dept descripcion description descrizione details "
    "device diagnosis discount distance dob doctor document domain due duration e email emergency employee "
    "employer end entry error estado event example expires expiry ext extension external fecha fee feedback field "
    "file final first flag format frequency from full gender given grade gross group guest guid hash head height "
    "heure hex hire hired home hora host hostname hour hours iban id ids image importe importo index industry "
    "info initial input insurance internal invoice ip issue item items job key kind kommentar kunde label land "
    "language last lat latitude legal length level line link list local locale location log login lon long "
    "longitude mail manager margin max measure medical member membership memo menge message method middle min "
    "minute mobile model modified montant month name names net new next no nota notas note notes number numero "
    "nummer observacao occupation of office on operation opmerking opportunity order orders origin other output "
    "owner parent password patient payment percent period person phone plan platform policy position post postal "
    "posted precio preis prezzo price prijs primary priority prix product profile project province purchase qty "
    "quantita quantite quantity quarter question rank rate rating reason rechnung record ref reference region "
    "remark remarks reply report request response result results review role room row salary sale sales score "
    "seat secondary segment sender sequence serial service session severity sex share shipping shop short size "
    "sku source ssn staff stage start state stato status statut step stock stop store street student subject "
    "subscription subtotal suffix summary summe supplier support system tag tags target task tax team tel "
    "telephone tenant text ticket time timestamp timezone tipo title to token tool topic total town transaction "
    "trip typ type uid unit units update updated uri url usage user username uuid valid valor value vat vehicle "
    "vendor version visit volume warehouse web website week weight wert work year years zeit zip"
)
"""Words that names of columns are made of, and that say nothing of a person when they are shown."""
_LONGEST: Final = 80
_LONGEST_SAID: Final = 200  # code points of a cell that may be a label
_MOST_CELLS: Final = 64
"""Cells of a row that may have labels beside them, where they are read one by one."""
_MOST_FIRST_ROWS: Final = 20
_PARTS: Final = frozenset(("first", "middle", "last"))
_EDGE: Final = " \t\n\r:*"
MOST_ROWS: Final = 200
"""Rows by which it is told what the first column of a table is."""

Names = tuple[str, ...]


def may_be_name(head: str) -> bool:
    """Whether the text of a cell in a first row can be the name of its column."""
    return 0 < len(head) <= _LONGEST and "@" not in head and not any(c.isdigit() for c in head)


def is_usual(name: str) -> bool:
    """Whether all of a name is vocabulary: words that columns are called by, or a whole name that `hints` knows.

    Some of those are known whatever their first word is (`anything password`): then that has to be a usual one too.
    """
    words = hints.plain_name(name).split()
    if not words or len(name) > hints.MAX_NAME:
        return False
    if _WORDS.issuperset(words):
        return True
    return bool(hints.hints_for((name,))) and not hints.hints_for((" ".join(["x", *words[1:]]),))


def completed(heads: Iterable[str]) -> list[str]:
    """Heads of columns, with `First`, `Middle` and `Last` beside each other as what they are short for."""
    found = list(heads)
    plain = [head.strip(_EDGE).lower() for head in found]
    if not {"first", "last"} <= set(plain):
        return found
    return [f"{head} name" if name in _PARTS else head for head, name in zip(found, plain, strict=True)]


def is_form(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table has labels in its first column, and beside them what they are labels of; `rows` are what its
    cells say, from the first row on. Rows of one cell say nothing of that.

    A column that says the same again and again has kinds of something in it, and one of family names has names that
    are words (`Price`): but none that `hints` knows, below its head.
    """
    rows = [row for row in rows[:MOST_ROWS] if len(row) > 1]
    said = [plain for row in rows if (plain := row[0].strip(_EDGE))]
    labels = sum(map(is_usual, said))
    has_heads = bool(rows) and is_usual(rows[0][1].strip(_EDGE))
    known = any(hints.hints_for((text,)) for text in said[has_heads:])
    return len(said) > 1 and known and labels * 2 >= len(said) and len(set(said)) * 2 > len(said)


def names_in_row(cells: Sequence[str], heads: Sequence[str], *, in_form: bool) -> list[Names]:
    """What the cells of a row are called, of which some may say nothing; `heads` are those of their columns, "" where
    there is none.

    In a form what stands beside a label has that for a name, and the label none. In other tables a number behind a
    label that `hints` knows has; what is known of the column counts more.
    """
    beside = _in_form(cells) if in_form else _beside(cells)
    heads = [*heads, *[""] * (len(cells) - len(heads))]
    return [_name(side, head, in_form=in_form) for side, head in zip(beside, heads, strict=False)]


@dataclass(slots=True)
class Following:
    """The cells of a table one by one, as they are read; what its first column is, is told by the rows before."""

    _cells: list[str] = field(default_factory=list)  # what those of the row say that have ended
    _rows: list[list[str]] = field(default_factory=list)  # the first ones of the table
    _in_form: bool = False

    def names(self, said: str, head: str) -> Names:
        """What the open cell is called, which says this, below the head of its column."""
        if len(self._cells) >= _MOST_CELLS:
            return (head,) if head else ()
        cells = [*self._cells, said[:_LONGEST_SAID]]
        if len(cells) == 1 and len(self._rows) < _MOST_FIRST_ROWS:
            self._in_form = is_form([*self._rows, [*cells, ""]])
        return names_in_row(cells, [*[""] * len(self._cells), head], in_form=self._in_form)[-1]

    def end_cell(self, said: str) -> None:
        """The open cell has ended, which said this."""
        self._cells.append(said[:_LONGEST_SAID])

    def end_row(self) -> list[str]:
        """The row has ended; what its cells said."""
        cells, self._cells = self._cells, []
        if len(self._rows) < _MOST_FIRST_ROWS:
            self._rows.append(cells[:2])
        return cells


def _name(side: str | None, head: str, *, in_form: bool) -> Names:
    if side is None:
        return ()
    is_known = bool(head) and bool(hints.hints_for((head,)))
    name = head if is_known or (not side and not in_form) else side
    return (name,) if name else ()


def _in_form(cells: Sequence[str]) -> list[str | None]:
    """The label of each cell; None for labels."""
    found: list[str | None] = []
    label, is_next = "", False
    for text in (cell.strip(_EDGE) for cell in cells):
        if not text or (label and (is_next or not is_usual(text))):
            found.append(label)
            is_next = is_next and not text
        else:
            label, is_next = text[:_LONGEST], True
            found.append(None)
    return found


def _beside(cells: Sequence[str]) -> list[str | None]:
    found: list[str | None] = []
    before = ""
    for cell in cells:
        is_number = not may_be_name(cell.strip()) and bool(before) and bool(hints.hints_for((before,)))
        found.append(before if is_number else "")
        before = cell.strip(_EDGE)[:_LONGEST] or before
    return found
