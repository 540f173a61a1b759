"""Events of pseudonyms. No event holds a pseudonym or a value, nor a hash of one."""

from dataclasses import dataclass

from expunct_server.audit.catalog.base import Counts, Event, free_text, listed


@listed
@dataclass(frozen=True, kw_only=True)
class PseudonymRevealed(Event):
    """Values behind pseudonyms were handed out. Recorded before the answer leaves.

    Of the `asked` pseudonyms, `revealed` had one value, `ambiguous` stood for several by chance (all were handed out)
    and `unknown` for none. `entity_counts` are of those that had any.
    """

    event_type = "pseudonym.revealed"
    resource_type = "pseudonym"

    policy_id: str | None
    asked: int
    revealed: int
    ambiguous: int
    unknown: int
    entity_counts: Counts
    reason: str = free_text(default="")


@listed
@dataclass(frozen=True, kw_only=True)
class PseudonymRevealRefused(Event):
    """Someone who may asked for values behind pseudonyms and got none. `cause` is unknown_pseudonyms or no_such_policy.

    Many of these are what guessing looks like.
    """

    event_type = "pseudonym.reveal_refused"
    resource_type = "pseudonym"
    outcome = "failure"

    asked: int
    cause: str
    reason: str = free_text(default="")


@listed
@dataclass(frozen=True, kw_only=True)
class PseudonymForgotten(Event):
    """What made-up values stand for was destroyed: `forgotten` of the `asked` can no longer be undone."""

    event_type = "pseudonym.forgotten"
    resource_type = "pseudonym"

    asked: int
    forgotten: int
    reason: str = free_text(default="")
