"""Over time and in bulk: memory while 100,000 documents go by, and megabytes a second by patterns alone."""

import random
import sys
from collections.abc import Iterator
from typing import Any, Final

from bench.detection.measuring import SENTENCE, Worker, working
from bench.detection.sets import NEGATIVES, own

DOCUMENTS, SAMPLE, CHUNK = 100_000, 10_000, 500
BULK: Final = 1_000_000
ROUNDS: Final = 3
_SYLLABLES: Final = "ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so"
_WORDS: Final = (
    "the a of to in for with on that this which when where as but and or not only also more most some any every each "
    "river table letter garden window market engine bottle signal paper winter answer history question member number "
    "walks opens carries remembers offers follows describes compares repeats improves waits begins ends grows falls "
    "green quiet narrow simple early careful broken steady modern empty heavy honest proper usual wooden"
)


def measure(python: str) -> dict[str, Any]:
    """Resident MB after each ten thousand documents with the model, and MB/s of two texts without."""
    with working(python, "expunct-server:balanced") as worker:
        memory = _memory(worker)
    with working(python, "expunct-server:fast") as worker:
        worker.ask(do="begin", text=SENTENCE)
        megabytes = {
            "1 MB of prose without personal data": _speed(worker, _prose(random.Random(1))),
            "1 MB of our own set's documents": _speed(worker, _dense()),
        }
    return {"memory": memory, "megabytes": megabytes}


def _memory(worker: Worker) -> list[dict[str, float]]:
    worker.ask(do="begin", text=SENTENCE)
    samples: list[dict[str, float]] = []
    letters = _letters(random.Random(2))
    for done in range(CHUNK, DOCUMENTS + 1, CHUNK):
        worker.ask(do="detect", texts=[next(letters) for _ in range(CHUNK)], languages=["en"] * CHUNK)
        if done % SAMPLE == 0:
            samples.append({"documents": done, **worker.ask(do="memory")})
            print(f"{done:,} documents: {samples[-1]['resident']:.0f} MB", file=sys.stderr, flush=True)
    return samples


def _letters(chance: random.Random) -> Iterator[str]:
    """Short documents whose names, words and numbers are new each time: what would make a store of strings grow."""
    while True:
        first, last, town = (_name(chance) for _ in range(3))
        number = chance.randrange(10**7)
        yield (
            f"Dear {first} {last}, your parcel {number} waits in {town}. Write to {last.lower()}{number}@example.com "
            f"or call 212-555-{number % 10_000:04}. Yours, {_name(chance)} {last}"
        )


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 4))).capitalize()


def _prose(chance: random.Random) -> str:
    words, sentences, size = _WORDS.split(), [], 0
    while size < BULK:
        sentence = " ".join(chance.choices(words, k=chance.randint(6, 18)))
        sentences.append(sentence.capitalize() + chance.choice([". ", ". ", "? ", ".\n\n"]))
        size += len(sentences[-1])
    return "".join(sentences)


def _dense() -> str:
    once = "\n\n".join(d.text for d in own() if not d.id.startswith(NEGATIVES))
    return (once + "\n\n") * (BULK // len(once) + 1)


def _speed(worker: Worker, text: str) -> float:
    """MB (a million bytes of UTF-8) a second of processor time, the best of some rounds after one that warms."""
    taken = [float(worker.ask(do="detect", texts=[text], languages=["en"])["cpu"]) for _ in range(1 + ROUNDS)]
    return len(text.encode()) / min(taken[1:]) / 1e6
