"""Documents in processes of their own: what they are given, what they may take, and what becomes of those that fail."""

import base64
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from expunct_server.jobs.models import Job
from expunct_server.redaction import formats
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import DocumentError, Format, Summary, redact_file
from expunct_server.redaction.formats.common import MOST_NOTES, Tally
from expunct_server.redaction.formats.isolated import parent, probing, work
from expunct_server.redaction.formats.isolated.kept import Kept, Outcome
from expunct_server.redaction.formats.isolated.limits import DEFAULT, MIB, Limits
from expunct_server.redaction.formats.isolated.processes import PICTURES, STARTER, Starter
from expunct_server.redaction.formats.isolated.work import Mark
from expunct_server.redaction.formats.marks import Placed
from tests.redaction.helpers import plan

MAIL = "jane@example.com"
TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})
MODULE = "tests.redaction.formats.isolated.lines"
ROW = Format("lines", "text/x-lines", ".lines", lambda job: parent.redact(MODULE, job, formats._inner), 1 << 40)


def redacted(
    text: str, types: frozenset[str] = TYPES, *, limits: Limits = DEFAULT, **changes: Any
) -> tuple[str, list[Finding], Summary]:
    target, found = io.BytesIO(), list[Finding]()
    wanted = plan(entity_types=types, **changes)
    summary = redact_file(
        io.BytesIO(text.encode()), target, ROW, wanted, found.append, lambda _: None, name="a.lines", limits=limits
    )
    return target.getvalue().decode(), found, summary


def refused(text: str, **limits: Any) -> DocumentError:
    """The error of a document that is not redacted; nothing of it may have been written, and no process be left."""
    target = io.BytesIO()
    with pytest.raises(DocumentError) as caught:
        redact_file(
            io.BytesIO(text.encode()),
            target,
            ROW,
            plan(entity_types=TYPES),
            lambda _: None,
            lambda _: None,
            limits=Limits(**limits),
        )
    assert target.getvalue() == b""
    return caught.value


def test_findings_have_the_places_that_the_format_names():
    text, found, summary = redacted("mail jane@example.com\nplain\n!note Mind the gap.\nto jane@example.com too\n")

    assert text == "mail <EMAIL_ADDRESS>\nplain\n!note Mind the gap.\nto <EMAIL_ADDRESS> too\n"
    assert [(f.entity_type, f.text, f.location) for f in found] == [
        ("EMAIL_ADDRESS", "jane@example.com", "line 1, character 6"),
        ("EMAIL_ADDRESS", "jane@example.com", "line 4, character 4"),
    ]
    assert summary == Summary(2, {"EMAIL_ADDRESS": 2}, "text/x-lines", notes=("Mind the gap.",))


def test_a_value_found_once_is_removed_everywhere_before_and_after():
    text, found, _ = redacted("no 219099998 here\nSSN: 219-09-9998\nfile 219/09/9998 closed\n")

    assert text == "no <US_SSN> here\nSSN: <US_SSN>\nfile <US_SSN> closed\n"
    assert [f.recognizer.partition(":")[0] for f in found] == ["document", "pattern", "document"]


def test_a_page_is_shown_with_the_boxes_of_what_was_found_on_it():
    row = replace(ROW, module=MODULE, has_pages=True)
    places = ("page 1, box 1 2 3 4", "page 2, box 5 6 7 8", "attachment 1, page 1, box 1 1 2 2", None, "box 9 9 9 9",
              "page 2, as it is seen, code, box 1 2 3 4", "page 2, picture, box 1 2 3 4",
              "page 2, picture (box 1 1 9 9), code, box 1 2 3 4", "page 2, annotation 1 (box 1 2 3 4), V",
              "page 2, annotation 1, V")  # fmt: skip
    findings = [Placed(place, "<PERSON>") for place in places]

    with tempfile.TemporaryFile() as file:
        file.write(b"one\ntwo\n")
        file.seek(0)
        first, second = (formats.preview(file, row, page, findings).decode() for page in (1, 2))
        with pytest.raises(DocumentError) as caught:
            formats.preview(file, row, 3, findings)

    assert first == f"one {[Mark(1.0, 2.0, 3.0, 4.0, '<PERSON>'), Mark(9.0, 9.0, 9.0, 9.0, '<PERSON>')]}"
    last = [
        Mark(5.0, 6.0, 7.0, 8.0, "<PERSON>"),
        Mark(1.0, 2.0, 3.0, 4.0, "<PERSON>", True),
        Mark(1.0, 2.0, 3.0, 4.0, "<PERSON>", False, [1.0, 1.0, 9.0, 9.0]),  # type: ignore[arg-type] # as it was sent
        Mark(1.0, 2.0, 3.0, 4.0, "<PERSON>"),
    ]
    assert second == f"two {last}"
    assert caught.value.code == "no_such_page"


def test_notes_are_said_once_with_their_places_and_bounded():
    text = "".join(f"!note Number {n}.\n" for n in range(MOST_NOTES + 2))
    assert redacted(text)[2].notes == (
        *(f"Number {n}." for n in range(MOST_NOTES)),
        "There is more to be noted than is shown here.",
    )
    tally = Tally(lambda _: None)
    for n in range(1, 13):
        tally.below(f"member {n}").note("Macros were removed.")
    for place in ("member 1", "member 1", "member 2"):
        tally.below(place).below("picture 3").note("Look at it.")
    tally.note("Pages were turned.")
    tally.below("member 9").note("Pages were turned.")

    members = "; ".join(f"member {n}" for n in range(2, 11))
    assert tally.noted() == (
        f"Member 1; {members} and others: Macros were removed.",
        "Member 1, picture 3; member 2, picture 3: Look at it.",
        "Pages were turned.",
    )


def test_what_libraries_print_of_a_document_is_in_no_log():
    assert redacted("!streams\n")[0].split() == ["/dev/null"] * 3


def test_progress_rises_through_both_readings():
    seen: list[int] = []
    content = b"one\ntwo\n"

    redact_file(
        io.BytesIO(content), io.BytesIO(), ROW, plan(entity_types=TYPES), lambda _: None, seen.append, name="a.lines"
    )

    assert seen == [2, 4, 6, 8]


def test_what_the_reader_did_not_show_is_found_by_the_other_library():
    assert redacted("!hide nothing of note\njane@example.com\n")[0] == "!hide nothing of note\n<EMAIL_ADDRESS>\n"
    for hidden in ("jane@example.com", "JANE@example.com", "jane&#64;example&#46;com", "amFuZUBleGFtcGxlLmNvbQ=="):
        with pytest.raises(ResidueFound):
            redacted(f"!hide {hidden}\njane@example.com\n")


@pytest.mark.parametrize(
    ("hidden", "where"),
    [
        ("!hide jane@example.com", "EMAIL_ADDRESS; in its text"),
        ("!hide amFuZUBleGFtcGxlLmNvbQ==", "EMAIL_ADDRESS; in data in its text, encoded"),
        ("!noise jane@example.com", "EMAIL_ADDRESS; in data that may be no text"),
        ("!lines jane@/example.com", "EMAIL_ADDRESS; over the ends of lines or cells"),
        ("!hide jane@example.com and 219-09-9998", "EMAIL_ADDRESS, US_SSN; in its text"),
        ("!part page 3, row Jane Doe, picture 1\n!hide 219-09-9998", "US_SSN; page 3, picture 1, in its text"),
        ("!part Jane Doe\n!hide 219-09-9998", "US_SSN; in its text"),
    ],
)
def test_what_is_left_is_told_by_its_kind_and_place_and_never_by_what_it_says(hidden, where, lines_inside):
    said = "The result still held something that had to be removed ({}), so it was thrown away."

    for source, place in (hidden, ""), (lines_inside(hidden), "part 3, "):
        with pytest.raises(ResidueFound) as caught:
            redacted(f"jane@example.com\nSSN: 219-09-9998\n{source}\n")
        kinds, reading = where.split("; ")
        assert str(caught.value).startswith(said.format(f"{kinds}; {place}{reading}"))


def test_what_is_told_of_what_is_left_has_an_end():
    left = ResidueFound([f"{n}" * 64 for n in range(5)], "in its text")
    for n in range(30):
        left = left.inside(f"attachment {n}")
    types = ", ".join(f"{n}" * 64 for n in range(3))
    assert f"({types} and others; attachment 5, attachment 4, " in str(left)
    assert len(str(left)) <= Job.__table__.c.error_message.type.length


def test_short_values_are_not_looked_for_in_what_may_be_no_text():
    types = frozenset({"IP_ADDRESS"})
    assert redacted("!noise 10.0.0.7\nIP 10.0.0.7\n", types)[0] == "!noise 10.0.0.7\nIP <IP_ADDRESS>\n"
    with pytest.raises(ResidueFound):
        redacted("!noise 10.20.30.4\nIP 10.20.30.4\n", types)


def test_a_document_inside_is_redacted_as_what_it_is_and_placed():
    inside = base64.b64encode(b"name,mail\nJo,jane@example.com\n").decode()

    text, found, summary = redacted(f"!inner people.csv {inside}\nplain\n")

    assert base64.b64decode(text.split()[2]) == b"name,mail\nJo,<EMAIL_ADDRESS>\n"
    assert [f.location for f in found] == ["part 1, row 2, column mail"]
    assert summary.findings_count == 1


def test_what_is_found_inside_is_removed_outside_and_the_other_way_round():
    inside = base64.b64encode(b"mail jane@example.com and no 219099998").decode()

    text, _, _ = redacted(f"SSN: 219-09-9998\n!inner a.txt {inside}\n")

    assert base64.b64decode(text.split()[-1]) == b"mail <EMAIL_ADDRESS> and no <US_SSN>"


@pytest.fixture
def lines_inside(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Documents of this format are recognised inside others too; gives the line that holds one."""
    others, row = formats.sniff, replace(ROW, module=MODULE)
    monkeypatch.setattr(
        formats, "sniff", lambda head, name, size: row if name == "a.lines" else others(head, name, size)
    )
    return lambda text: f"!inner a.lines {base64.b64encode(text.encode()).decode()}\n"


def insides(text: str) -> list[str]:
    """What documents inside say."""
    return [base64.b64decode(line.split()[2]).decode() for line in text.splitlines()]


def test_the_same_bytes_inside_are_read_once_and_placed_each_time(
    lines_inside: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
):
    started: list[int] = []
    start = Starter.start

    def counted(starter: Starter, module: str, files: tuple[int, int, int]) -> int:
        started.append(1)
        return start(starter, module, files)

    monkeypatch.setattr(Starter, "start", counted)

    text, found, _ = redacted(lines_inside(f"mail {MAIL}") * 3)

    assert insides(text) == ["mail <EMAIL_ADDRESS>\n"] * 3
    assert [f.location for f in found] == [f"part {n}, line 1, character 6" for n in (1, 2, 3)]
    assert len(started) == 5  # the one around and its check; inside: the survey, the second run, its check


def test_the_same_bytes_as_another_kind_are_read_anew(lines_inside: Callable[[str], str]):
    inner = lines_inside(f"!hide {'plain words'}\n{MAIL}")
    as_text = inner.replace("a.lines", "a.txt")

    text, found, _ = redacted(inner + as_text + lines_inside(inner))

    assert [f.location for f in found] == ["part 1, line 2, character 1", "part 2",
                                           "part 3, part 1, line 2, character 1"]  # fmt: skip
    assert insides(insides(text)[2]) == insides(text)[:1]


def test_the_same_bytes_deeper_inside_are_read_anew(lines_inside: Callable[[str], str]):
    inner = lines_inside(lines_inside(MAIL))

    assert redacted(inner + lines_inside(inner), limits=Limits(depth=3))[2].findings_count == 2
    assert refused(inner + lines_inside(inner), depth=2).code == "nested_too_deep"


def test_the_same_pixels_are_looked_at_once_in_a_document_by_a_process_that_has_nothing_else(
    lines_inside: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
):
    asked: list[tuple[str, bytes]] = []

    def seen(how: str, pixels: bytearray, *_: object) -> bytes:
        asked.append((how, bytes(pixels)))
        return f"{how} is seen".encode()

    monkeypatch.setattr(parent, "_seen", seen)

    text, _, _ = redacted(f"!look one\n{lines_inside('!look two')}!look one\n")
    redacted("!look one")

    assert text.splitlines()[::2] == ["look: one is seen"] * 2
    assert insides(text.splitlines()[1]) == ["look: two is seen\n"]
    assert asked == [("one", b""), ("two", b""), ("one", b"")]


def test_what_cannot_be_looked_at_ends_the_document():
    assert refused("!look at all").code == "unreadable"
    assert refused('!say {"look": 1}').code == "unreadable"


def test_what_a_failed_look_says_holds_nothing_that_is_removed(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> bytes:
        raise DocumentError("too_large", f"There are too many lines beside {MAIL}.")

    monkeypatch.setattr(parent, "_seen", fails)

    assert refused(f"to {MAIL}\n!look one").detail == "There are too many lines beside <EMAIL_ADDRESS>."


def test_what_is_kept_of_one_document_is_bounded():
    kept = Kept(room=2_500)
    for digest in (b"a", b"b"):
        kept.keep_outcome(digest, 1, Outcome(bytes(1_000)), is_survey=False)
        kept.keep_reading(digest, bytes(400))

    assert [kept.outcome(each, 1, is_survey=False) for each in (b"a", b"b")] == [Outcome(bytes(1_000)), None]
    assert [kept.reading(each) for each in (b"a", b"b")] == [bytes(400), b""]
    assert kept.room == 100


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("!spin", {"seconds": 1.0}, "took_too_long"),
        ("!swallow", {"memory": 64 * MIB}, "too_much_memory"),
        ("!crash", {}, "reader_crashed"),
        ("!raise", {}, "unreadable"),
        ("!refuse", {}, "encrypted"),
        ("!invent", {}, "reader_crashed"),
        ("!inner a.exe " + base64.b64encode(b"MZ\x90\x00" + bytes(100)).decode(), {}, "unsupported_format"),
        ("!inner a.txt " + base64.b64encode(b"jane@example.com").decode(), {"inner": 10}, "too_large"),
        ("!inner a.txt " + base64.b64encode(b"jane@example.com").decode(), {"unpacked": 10}, "too_large"),
        ("!inner a.txt " + base64.b64encode(b"jane@example.com").decode(), {"depth": 0}, "nested_too_deep"),
    ],
)
def test_a_document_that_takes_too_much_or_breaks_its_reader_fails_alone(text, limits, code):
    error = refused(text, **limits)

    assert error.code == code
    assert error.detail.endswith(".")
    assert redacted("jane@example.com\n")[0] == "<EMAIL_ADDRESS>\n"


def test_a_reader_that_cannot_be_loaded_fails_its_document_alone():
    row = replace(ROW, module=f"{MODULE}.missing")

    with tempfile.TemporaryFile() as file, pytest.raises(DocumentError) as caught:
        formats.preview(file, row, 1, [])

    assert caught.value.code == "unreadable"
    assert redacted("jane@example.com\n")[0] == "<EMAIL_ADDRESS>\n"


def test_readers_are_loaded_once_for_all_documents_by_a_program_that_has_one_thread():
    modules = {each.module for each in formats.FORMATS.values() if each.module} - {PICTURES.warm}
    with tempfile.TemporaryFile() as file:
        for module in sorted(modules):
            STARTER.end(STARTER.start(module, (file.fileno(),) * 3))

    assert len(os.listdir(f"/proc/{STARTER.program}/task")) == 1
    loaded = Path(f"/proc/{STARTER.program}/maps").read_text()
    assert [each for each in ("pikepdf", "pdfium", "lxml") if each not in loaded] == []


def test_output_without_end_is_ended():
    assert refused("!fill", output=MIB).code in ("unreadable", "reader_crashed")


def test_it_has_no_network_where_the_kernel_lets_it_leave():
    with socket.create_server(("127.0.0.1", 0)) as server:
        text, _, _ = redacted(f"!call {server.getsockname()[1]}\n")

    assert text == f"call: {not (allowed('leave_network') or allowed('leave_others'))}\n"


def test_it_makes_no_socket_and_starts_and_signals_no_other_process_where_the_kernel_knows_seccomp():
    text, _, _ = redacted(f"!socket\n!fork\n!signal {os.getpid()}\n!signal 0\n")

    assert text.split() == [part for can in ("socket:", "fork:", "signal:", "signal:") for part in (can, str(others()))]


def others() -> bool:
    return not allowed("leave_others")


@pytest.mark.parametrize(
    "said",
    [
        '{"lines": 1}', '{"lines": ["a"]}',
        '{"ask": 1}', '{"ask": [1]}', '{"ask": [["a", 1, true]]}', '{"ask": [["a", []]]}', '{"ask": [[{}, [], 1]]}',
        '{"places": {"a": 1}}', '{"places": [1]}', '{"progress": "jane@example.com"}', '{"failed": [[], "x"]}',
        '{"failed": "jane"}', '{"broken": 1}', '{"broken": ["a"]}', '{"jane@example.com": 1}',
    ],
)  # fmt: skip
def test_what_no_reader_says_ends_it_and_nothing_else(said):
    assert refused(f"!say {said}").code in ("reader_crashed", "unreadable")


def test_a_place_or_note_or_error_that_holds_a_removed_value_holds_it_no_more():
    said = '{"note": "About ' + MAIL + '."}'
    _, found, summary = redacted(f"!place {MAIL}, row 1234\nSSN: 219-09-9998\n!say {said}\n")

    assert [f.location for f in found] == ["<EMAIL_ADDRESS>, row 1234", "line 2, character 6"]
    assert summary.notes == ("About <EMAIL_ADDRESS>.",)
    said = '{"failed": ["unreadable", "' + MAIL + ' is broken."]}'
    assert refused(f"{MAIL}\n!say {said}").detail == "<EMAIL_ADDRESS> is broken."


def test_a_document_says_no_more_than_may_be_searched():
    assert refused("plain words\n" * 10, asked=100).code == "too_large"
    assert refused(f"!hide {'x' * 1000}\n{MAIL}\n", asked=500).code == "too_large"  # what is checked counts
    assert refused(f"!many 400\n{MAIL}\n", asked=500).code == "too_large"  # and texts without a letter


def test_many_texts_are_asked_about_in_their_order(monkeypatch: pytest.MonkeyPatch):
    class Listening:
        asked: ClassVar[list[int]] = []

        def send(self, message: dict[str, Any], _: bytes = b"") -> None:
            if "ask" in message:
                self.asked.append(len(message["ask"]))
                self.said = [[text, [[0, 1, "x", "T", "mask"]] if text else []] for text, _, _ in message["ask"]]

        def receive(self) -> tuple[dict[str, Any], bytearray]:
            return {"redacted": self.said}, bytearray()

    monkeypatch.setattr(work, "_MOST_TEXTS", 2)
    places: list[int] = []
    texts = [work.Text(each) for each in ("a", "b", "", "c", "d")]

    made = work.Work(io.BytesIO(), io.BytesIO(), None, DEFAULT, Listening()).redacted(  # type: ignore[arg-type]
        texts, lambda i, _: places.append(i) or ""
    )

    assert [each.text for each in made] == ["a", "b", "", "c", "d"]
    assert (Listening.asked, places) == ([2, 2, 1], [0, 1, 3, 4])


def test_what_goes_out_is_what_was_checked(monkeypatch: pytest.MonkeyPatch):
    """A process that the reader has left behind writes to its file after the check, or the checking one to the copy."""
    check = parent._Serving.check

    def check_and_write(serving: Any, module: str, written: Any) -> None:
        check(serving, module, written)
        written.seek(0)
        written.write(MAIL.encode())

    monkeypatch.setattr(parent._Serving, "check", check_and_write)
    with pytest.raises(DocumentError) as caught:
        redacted(f"mail {MAIL} and more\n")
    assert caught.value.code == "reader_crashed"


def allowed(what: str) -> bool:
    """Whether the kernel lets a process confine itself so, asked in one that then ends."""
    call = "leave_files(confinement.ruleset())" if what == "leave_files" else f"{what}()"
    program = f"from expunct_server.redaction.formats.isolated import confinement; print(confinement.{call})"
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return asked.stdout == "True\n"


_LOOKING = (
    "import os, sys\n"
    "from expunct_server.redaction.formats.isolated import confinement\n"
    "from expunct_server.redaction.unseen import unseen\n"
    "pid = os.getpid()\n"
    "confinement.leave_privileges()\n"  # as those of an ordinary user: root's are closed to who has fewer
    "unseen() if sys.argv[1:] else None\n"
    "child = os.fork()\n"
    "if not child:\n"
    "    try: open(f'/proc/{pid}/environ').read(1); print('seen', flush=True)\n"
    "    except OSError as error: print(type(error).__name__, flush=True)\n"
    "    os._exit(0)\n"
    "os.waitpid(child, 0)\n"
)


def test_a_process_that_is_unseen_keeps_its_environment_from_others_of_its_user():
    def looked(*how: str) -> str:
        ran = subprocess.run([sys.executable, "-c", _LOOKING, *how], capture_output=True, check=True, text=True)
        return ran.stdout

    assert (looked(), looked("unseen")) == ("seen\n", "PermissionError\n")


def test_all_that_confines_is_tried_and_what_is_not_confined_is_told_so():
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryFile() as questions:
        file.write(b"x")
        file.flush()
        here = os.stat("/proc/self/ns/net").st_ino
        questions.write(json.dumps({"file": file.name, "server": os.getpid(), "network": here}).encode())
        questions.seek(0)
        confined = json.loads(parent.preview(probing.__name__, questions, 1, (), DEFAULT))
        program = (
            "import io, sys\n"
            "from types import SimpleNamespace\n"
            "from expunct_server.redaction.formats.isolated import probing\n"
            "work = SimpleNamespace(source=sys.stdin.buffer, target=sys.stdout.buffer)\n"
            "probing.preview(work, 1, ())\n"
        )
        questions.seek(0)
        ran = subprocess.run([sys.executable, "-c", program], stdin=questions, capture_output=True, check=True)

    files = allowed("leave_files")
    assert confined == {
        "network": allowed("leave_network"),
        "calls": allowed("leave_others"),
        "files": files,
        # These tests are seen, but not from another user namespace, nor root from where there are no privileges.
        "environment": files or allowed("leave_network") or os.geteuid() == 0,
        "privileges": True,
        "limits": True,
    }
    free = json.loads(ran.stdout)
    assert free.pop("privileges") is (os.geteuid() != 0)
    assert free == dict.fromkeys(("network", "calls", "files", "environment", "limits"), False)


def test_it_reads_no_files_but_those_it_is_made_of_where_the_kernel_knows_landlock(tmp_path: Path):
    (tmp_path / "master.key").write_text("secret")
    paths = (str(tmp_path / "master.key"), "/etc/hostname", f"/proc/{os.getpid()}/environ", os.__file__)

    text, _, _ = redacted("".join(f"!read {path}\n" for path in paths))

    others = not allowed("leave_files")
    assert text.split() == [part for can in (others, others, others, True) for part in ("read:", str(can))]


def test_what_a_broken_reader_says_is_not_repeated(caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")

    refused("!raise jane@example.com")

    assert "ValueError at" in caplog.text or "ValueError" in caplog.text
    assert "jane" not in caplog.text


@pytest.mark.parametrize("method", ["partial", "realistic"])
def test_what_a_method_keeps_or_makes_of_one_value_is_no_residue_of_another(method):
    text, found, _ = redacted("DOB: 12 March 2024\nPIN: 2024\n", TYPES | {"DATE_TIME", "PIN_NUMBER"}, method=method)

    assert "2024" in [f.text for f in found]
    assert "2024" in text.partition("\n")[0]
