"""How detection is measured: the measure itself, the process that cannot send, the report."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bench.detection import __main__ as main
from bench.detection import offline, report
from bench.detection.measuring import SENTENCE, Broken, working
from bench.detection.scoring import Prediction, score
from bench.detection.sets import Document, Gold, own

# --- the measure ------------------------------------------------------------------------------------------------------


def test_the_measure_by_hand() -> None:
    #       0         1         2         3
    #       0123456789012345678901234567890123456
    text = "Jane Doe, Oslo, on 3 May at 8:00, ok."
    gold = (
        Gold(0, 8, "PERSON"),
        Gold(10, 14, "LOCATION"),
        Gold(19, 24, "DATE_TIME"),
        Gold(28, 32, "DATE_TIME", ignored=True),
    )
    found: dict[str, list[Prediction]] = {
        "a": [
            (0, 4, "PER"),  # four of seven characters: found, and right
            (9, 14, "ORG"),  # a type the set has no labels for: not wrong, and Oslo is not left
            (20, 24, "EMAIL_ADDRESS"),  # the same: three of the four characters of the date are covered
            (27, 32, "DATE"),  # most of it is ignored
            (33, 36, "PERSON"),  # wrong
        ]
    }
    got = score([Document("a", text, gold), Document("b", "Oslo", (Gold(0, 4, "GPE"),))], found)
    assert {name: (c.found, c.gold, c.right, c.predicted) for name, c in got.by_type.items()} == {
        "DATE": (0, 1, 0, 0),
        "LOCATION": (0, 2, 0, 0),
        "PERSON": (1, 1, 1, 2),
    }
    assert got.missed == 1  # Oslo in b, of which nothing is covered
    assert got.partly == 3  # Doe, 3 and that Oslo
    assert (got.characters.found, got.characters.gold) == (4 + 4 + 3, 7 + 4 + 4 + 4)
    assert (got.characters.right, got.characters.predicted) == (11, 11 + 2)
    figures = got.figures()
    assert (figures["precision"], figures["recall"], figures["f1"]) == (1 / 2, 1 / 4, 1 / 3)
    assert figures["f2"] == pytest.approx(5 / 18)
    assert (figures["missed"], figures["partly"]) == (1 / 4, 3 / 4)


@pytest.mark.parametrize(("end", "found"), [(1, 0), (2, 1)])
def test_half_of_the_characters_is_enough(end: int, found: int) -> None:
    [short] = score([Document("a", "ab cd", (Gold(0, 5, "PERSON"),))], {"a": [(0, end, "PERSON")]}).by_type.values()
    assert (short.found, short.right) == (found, 1)
    [long] = score([Document("a", "ab cd", (Gold(0, end, "PERSON"),))], {"a": [(0, 5, "PERSON")]}).by_type.values()
    assert (long.found, long.right) == (1, found)


def test_the_measure_of_everything_and_of_nothing() -> None:
    documents = [d for d in own() if d.spans][:20]
    everything = {d.id: [(s.start, s.end, s.type) for s in d.spans] for d in documents}
    best, worst = score(documents, everything).figures(), score(documents, {}).figures()
    assert best == dict.fromkeys(best, 1.0) | {"missed": 0.0, "partly": 0.0}
    assert worst == dict.fromkeys(worst, 0.0) | {"missed": 1.0, "partly": 1.0}


# --- nothing is sent --------------------------------------------------------------------------------------------------


def test_the_engine_sends_nothing() -> None:
    with working(sys.executable, "expunct-server:balanced") as process:
        found = process.ask(do="begin", text=SENTENCE)["spans"]
    assert [0, 8, "PERSON"] in found and [10, 26, "EMAIL_ADDRESS"] in found


def test_what_sends_is_ended() -> None:
    program = "import offline, socket; offline.refuse_network(); print('so far', flush=True); "
    program += "socket.create_connection(('127.0.0.1', 9))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(offline.__file__).parent, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGSYS, "so far\n", "")


def test_a_detector_that_breaks_says_how() -> None:
    with (
        working(sys.executable, "nothing") as process,
        pytest.raises(Broken, match="ended with 1: KeyError: 'nothing'"),
    ):
        process.ask(do="begin", text=SENTENCE)


# --- the report -------------------------------------------------------------------------------------------------------

TOLD = {
    "date": "2026-01-02",
    "machine": {"cores": 2, "architecture": "x86_64", "python": "3.11.7"},
    "ours": "engine 1.0",
    "network": "Nothing was sent.",
    "labels": {"other": "other 1.0"},
    "failed": {"third": "no wheel"},
    "sets": {"own": {"documents": 3, "negatives": 1, "spans": 2, "types": 1, "by_type": {"PERSON": 2}}},
    "detectors": {
        name: {
            "start_seconds": 0.5,
            "peak_mb": 100.4,
            "sets": {
                "own": {
                    **dict.fromkeys(("precision", "recall", "f1", "f2", "characters_f2"), good),
                    "missed": 1 - good,
                    "partly": 1 - good,
                    "characters_per_cpu_second": 1234.5,
                    "false_alarms": 1,
                    "types": {
                        "PERSON": dict.fromkeys(("precision", "recall", "f1", "f2"), good) | {"predicted": 4 * good}
                    },
                }
            },
        }
        for name, good in (("expunct-server:balanced", 0.75), ("other", 0.0))
    },
    "flat": {
        "memory": [{"documents": 10_000, "resident": 150.0}, {"documents": 100_000, "resident": 151.0}],
        "megabytes": {"prose": 21.04},
    },
}
REPORT = """\
Measured 2026-01-02 on 2 shared cores (x86_64), Python 3.11.7: Expunct Server (engine 1.0) beside other (other 1.0).
Nothing was sent. **third is missing from the tables: no wheel.**

### own

3 documents, 2 spans of 1 types; 1 documents have no personal data: what is found there is a false alarm.

|  | P | R | F1 | F2 | characters F2 | wholly missed | partly left | characters / CPU s | false alarms |
|---|---|---|---|---|---|---|---|---|---|
| expunct-server:balanced | .75 | .75 | .75 | .75 | .75 | 25.0% | 25.0% | 1,234 | 1 |
| other | .00 | .00 | .00 | .00 | .00 | 100.0% | 100.0% | 1,234 | 1 |

### Start and memory

From before the import to the first finding in a fresh process (median of three), and the most resident memory of a
process that read all sets.

|  | first finding, s | peak memory, MB |
|---|---|---|
| expunct-server:balanced | 0.50 | 100 |
| other | 0.50 | 100 |

### Over time and in bulk

Resident memory of one warm process with the model: 150 MB after 10,000 short documents, no two the same, and 151 MB
after 100,000.

| `fast`, one core | MB/s |
|---|---|
| prose | 21.0 |

### Each type of own

A dash: nothing was called so.

|  | spans | expunct-server:balanced P | expunct-server:balanced R | expunct-server:balanced F1 | expunct-server:balanced F2 | other F1 |
|---|---|---|---|---|---|---|
| PERSON | 2 | .75 | .75 | .75 | .75 | – |
"""  # noqa: E501


def test_the_report_is_made_from_the_figures_and_put_between_its_marks(tmp_path: Path) -> None:
    assert report.markdown(TOLD) == REPORT
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n{report.OPEN}\nold\n{report.CLOSE}\nend\n", "utf-8")
    report.put(REPORT, page)
    report.put(REPORT, page)
    assert page.read_text("utf-8") == f"# Page\n{report.OPEN}\n{REPORT}{report.CLOSE}\nend\n"
    page.write_text("# Page\n", "utf-8")
    with pytest.raises(ValueError, match="has no"):
        report.put(REPORT, page)


def test_a_report_says_which_engine_and_models_were_measured():
    told = main._about({})

    assert re.fullmatch(
        r"engine 2\.0 with names 1\.0, spaCy \S+; names-europe \S+, spaCy \S+; en_core_web_sm 3\.8\.0, spaCy \S+",
        told["ours"],
    )
    assert told["sets"] == {}
