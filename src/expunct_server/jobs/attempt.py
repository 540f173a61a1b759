"""One try at one job: its name, in whose name it acts, and what its failures mean for the job."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from expunct_server.audit.recorder import Actor, Origin, Unit, system_actor
from expunct_server.errors import Refusal, Unavailable
from expunct_server.jobs.kept import RESULTS
from expunct_server.jobs.models import Job
from expunct_server.redaction import formats
from expunct_server.redaction.failures import DetectionError
from expunct_server.storage.base import StoreError, StoreUnavailable

WORKER = system_actor("worker")


class Superseded(Exception):
    """The job was ended, or another attempt took it over: this one must leave no trace."""


class CannotSucceed(Exception):
    """Trying again would not help. `message` is for the job's owner and holds nothing of the document."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one job, by the name that the job's row knows."""

    job: Job
    name: str

    @property
    def actor(self) -> Actor:
        """Who submitted the job; what the worker does is done for them."""
        return submitter(self.job)

    @property
    def origin(self) -> Origin:
        return origin(self.job)

    @property
    def result_key(self) -> str:
        return f"{RESULTS}{self.job.id}.{self.name}"

    def locked(self, unit: Unit) -> Job | None:
        """The job's row, held until the unit ends, while it is this attempt's; None once it is not."""
        job = locked(unit, self.job.id)
        return job if job is not None and job.outcome is None and job.runner == self.name else None


def submitter(job: Job) -> Actor:
    """Who asked for the job, or what an erasure left of them."""
    return Actor(job.actor_id, job.actor, job.tenant_id)


def origin(job: Job) -> Origin:
    """Where the request for the job came from."""
    return Origin(job.request_id, job.ip_address, job.user_agent)


def locked(unit: Unit, job_id: str) -> Job | None:
    """The job's row, held until the unit ends."""
    return unit.session.scalar(select(Job).where(Job.id == job_id).with_for_update())


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the engine, the formats and the stores raise, as what it means for the job."""
    try:
        yield
    except (formats.DocumentError, formats.UnsupportedFormat) as error:
        raise CannotSucceed(error.code, error.detail) from None
    except DetectionError as error:
        if error.passing:
            raise
        raise CannotSucceed(error.code, str(error)) from None
    except StoreError as error:
        if error.passing:
            raise
        raise CannotSucceed(error.code, error.detail) from None
    except Refusal as error:
        if isinstance(error, Unavailable):
            raise
        raise CannotSucceed(error.code, error.detail) from None


def passing(error: Exception) -> tuple[str, str]:
    """Code and message for a failure that may pass. An exception's own text may quote the document: never shown."""
    if isinstance(error, Unavailable | StoreError):
        return error.code, error.detail
    if isinstance(error, DetectionError):
        return error.code, str(error)
    if isinstance(error, OSError):
        return "io_error", "The server could not read the input or write the result."
    if isinstance(error, DBAPIError):
        return "database_error", "The database refused the result."
    if isinstance(error, MemoryError):
        return "out_of_memory", "The document needs more memory than the worker has."
    return (
        "internal_error",
        f"The worker met an unexpected error ({type(error).__name__}); its operator can find it in the log.",
    )


_LONGEST_PAUSE = 300.0


def pause_before(retry: int, error: Exception) -> float:
    """Seconds before the try number `retry`, from 1. Another server comes back in minutes rather than seconds."""
    if isinstance(error, StoreUnavailable | DetectionError):
        return min(5.0 * 4.0**retry, _LONGEST_PAUSE)
    return min(2.0**retry, _LONGEST_PAUSE)
