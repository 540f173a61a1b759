"""What to find and what to do with it: the frozen plan that every search follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from expunct_server.redaction import profiles
from expunct_server.redaction.custom import NOTHING, Custom
from expunct_server.redaction.entities import category_of
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.lists import Allowed
from expunct_server.redaction.llm.endpoint import Llm
from expunct_server.redaction.llm.types import SCORE as LLM_SCORE
from expunct_server.redaction.names import CARRIED, MODEL_TYPES, Reader, base_of, readers_for
from expunct_server.redaction.names.known import TOO_MANY, KnownNames
from expunct_server.redaction.operators import KEY_BYTES, NUMBER, REALISTIC, Numbers, check_methods, render
from expunct_server.redaction.wanted import Wanted

NO_MODEL: Final = (
    "No model that is in use reads the language {}: this text was searched by patterns, custom patterns and phrases "
    "alone, so names of people, places and organizations in it may have been missed."
)


@dataclass(frozen=True)
class Plan:
    """`entity_types` are resolved names; a policy's custom rules always run.

    `threshold` is 0 to 1, the least score that counts; `thresholds` holds what counts instead for single types.
    `language` is a tag such as `en` or `en-GB`. `category_methods` maps a type or a category to a method and goes
    before `method`, a type before its category. `key` is the tenant's, 32 bytes. `use_model` False leaves names to the
    patterns; `models` are those that read names, as settings name them, the leader first. `profile` is the detection
    profile's name, for what it says beyond scores; `allowed` are values to let stand. `explain` has findings say what
    they were settled against. `llm` is a language model to be asked about all text, which leaves the server by that.
    """

    entity_types: frozenset[str]
    threshold: float
    language: str
    method: str
    category_methods: Mapping[str, str]
    preserve_labels: bool
    custom: Custom = field(repr=False)
    key: bytes = field(repr=False)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    use_model: bool = True
    models: tuple[str, ...] = CARRIED
    numbers: Numbers | None = field(default=None, repr=False, compare=False)
    known: KnownNames | None = field(default=None, repr=False, compare=False)
    profile: str = profiles.BALANCED
    allowed: tuple[Allowed, ...] = field(default=(), repr=False)
    explain: bool = False
    llm: Llm | None = None

    def __post_init__(self) -> None:
        check_methods([self.method, *self.category_methods.values()])
        profiles.of(self.profile)
        if not all(0 <= least <= 1 for least in (self.threshold, *self.thresholds.values())):
            raise ValueError("A threshold must be from 0 to 1.")
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"The key must have {KEY_BYTES} bytes.")

    @cached_property
    def wanted(self) -> Wanted:
        """The types with the score that counts for each."""
        return Wanted.of(self.entity_types, self.threshold, self.thresholds)

    @property
    def readers(self) -> list[Reader]:
        """The models that have a part: they are wanted, read the language, and find one of the types. Loads them.

        Raises UnknownModel for one that cannot be loaded.
        """
        if not self.use_model:
            return []
        return readers_for(self.language, self.models, self.entity_types)

    @property
    def model_reads(self) -> bool:
        """Whether a model has a part."""
        return bool(self.readers)

    @cached_property
    def unwanted(self) -> "Plan | None":
        """What the models also mark and nobody wants, by the table and the names of columns: what these say decides
        what a model's mention is, whatever is wanted. None where nothing else can be meant, or no model has a part."""
        others = frozenset(kind for each in self.readers for kind in each.entity_types) - self.entity_types
        return replace(self, entity_types=others, custom=NOTHING) if others else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the result has to know about how it was searched."""
        notes = [self._no_names] if self._no_names else []
        if self.known is not None and self.known.full:
            notes.append(TOO_MANY)
        return tuple(notes)

    @property
    def _no_names(self) -> str | None:
        """Why nobody looked for names; None where somebody did or was not to. What an LLM was told, its run notes."""
        sought = self.entity_types & MODEL_TYPES
        if not sought or (self.llm is not None and min(self.wanted.by_type()[each] for each in sought) <= LLM_SCORE):
            return None
        if (note := profiles.of(self.profile).note) is not None:
            return note
        return NO_MODEL.format(base_of(self.language)) if self.use_model and not self.readers else None

    def for_document(self) -> "Plan":
        """The plan for one document: its names are known, equal values get equal numbers. Itself where it is one."""
        return self if self.known is not None else self._begun(KnownNames())

    def for_survey(self) -> "Plan":
        """The plan for reading a document a first time, for its names alone: nothing is sent or counted."""
        known = self.known if self.known is not None else KnownNames()
        return replace(self._begun(known), llm=None, method="mask", category_methods={})

    def _begun(self, known: KnownNames) -> "Plan":
        counts = NUMBER in (self.method, *self.category_methods.values())
        return replace(self, known=known, numbers=Numbers() if counts else None)

    def is_realistic(self, entity_type: str) -> bool:
        """Whether findings of a type become made-up values, which are recognised by nobody."""
        return self.method_for(entity_type) == REALISTIC

    def method_for(self, entity_type: str) -> str:
        category = category_of(entity_type)
        by_category = self.category_methods.get(category, self.method) if category else self.method
        return self.category_methods.get(entity_type, by_category)


def rendered(finding: Finding, plan: Plan) -> Finding:
    """The finding with what takes its place."""
    method = plan.method_for(finding.entity_type)
    text = render(
        method,
        finding.entity_type,
        finding.text,
        key=plan.key,
        preserve_labels=plan.preserve_labels,
        numbers=plan.numbers,
    )
    return finding.replaced(text)
