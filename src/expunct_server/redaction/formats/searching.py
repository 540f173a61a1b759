"""Texts of the kinds that are read in this process, searched with what they say in another form (`isolated.forms`)."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from expunct_server.redaction import engine
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.common import DocumentError, Job, Tally
from expunct_server.redaction.formats.isolated.forms import Edit, Forms, Redacted, Text
from expunct_server.redaction.formats.isolated.work import CARRIED

Place = tuple[int, int, int]
"""The number of a text, and where in it something is: start and end, in code points."""


@dataclass(slots=True)
class Searching:
    """The texts of one document, with what was found in each of the last ones, for the report: findings in files have
    places there."""

    job: Job
    found: list[list[Finding]] = field(default_factory=list, repr=False)

    def redacted(self, texts: Sequence[Text]) -> list[Redacted]:
        """Each of them. Raises DocumentError and DetectionError."""
        self.found = [[] for _ in texts]
        return self._forms.redacted(texts, _place)

    def more(self, text: str, part: engine.Redacted) -> Redacted:
        """A text that was redacted, with what it says in another form; models do not read that."""
        self.found = [list(part.findings)]
        answers = [_answer(part)]
        self._forms.add([Text(text, prose=False)], answers, _place)
        self.found[0].sort(key=lambda finding: finding.start)
        return answers[0]

    @property
    def _forms(self) -> Forms[Place]:
        return Forms(self._asked, self._file, self.job.tally.note)

    def _asked(self, texts: Sequence[Text], locate: Callable[[int, Edit], Place]) -> list[Redacted]:
        self._count(texts)
        values = [engine.Value(each.text, each.names, each.prose) for each in texts]
        answers = engine.redact_values(values, self.job.plan)
        made = [_answer(each) for each in answers]
        for i, (answer, redacted) in enumerate(zip(answers, made, strict=True)):
            for finding, edit in zip(answer.findings, redacted.edits, strict=True):
                number, start, end = locate(i, edit)
                self.found[number].append(finding.at(start, end))
        return made

    def _count(self, texts: Sequence[Text]) -> None:
        """Take texts from the budget: a little that is packed may say much. Raises DocumentError."""
        self.job.budget.asked -= sum(len(each.text) + 1 for each in texts)
        if self.job.budget.asked < 0:
            raise DocumentError("too_large", "The document says more than can be searched: split it.")

    def _file(self, data: bytes, place: Place) -> bytes:
        """A file in a text, redacted: surveyed first where the document itself is not. Raises DocumentError."""
        job = self.job
        if job.inner is None:
            return data
        job.carry(1 if job.depth else 2)
        if not job.depth:
            self._inside(data, place[0], is_survey=True)
        return self._inside(data, place[0], is_survey=job.is_survey)

    def _inside(self, data: bytes, number: int, *, is_survey: bool) -> bytes:
        job = self.job
        assert job.inner is not None
        plan = job.plan.for_survey() if is_survey and not job.depth else job.plan
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(data)
            source.seek(0)
            inside = job.inside(source, target, CARRIED, "", size=len(data), plan=plan, is_survey=is_survey)
            if not is_survey:
                inside = replace(inside, tally=Tally(self.found[number].append, job.tally.note))
            job.inner(inside)
            target.seek(0)
            return target.read()


def _place(number: int, edit: Edit) -> Place:
    return number, edit.start, edit.end


def _answer(part: engine.Redacted) -> Redacted:
    return Redacted(part.text, tuple(Edit(f.start, f.end, f.replacement, f.entity_type, "") for f in part.findings))
