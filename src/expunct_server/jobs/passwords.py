"""The password of an encrypted document: sealed in its job's row from the request until the job ends, and nowhere else.

It is in no answer, event, log or report. A batch's members each have it, sealed on their own.
"""

from typing import Annotated

from pydantic import Field, Secret, StringConstraints

from expunct_server.jobs.models import Job
from expunct_server.settings import Settings
from expunct_server.tenants import sealing

MOST = 255  # characters; Office takes no more (MS-OFFCRYPTO, 2.3.4.11)
DESCRIPTION = (
    "Opens the document, and encrypted ones inside it; passed over where none is encrypted. Kept sealed until the job "
    "ends, and never shown. The result is not encrypted."
)
Password = Annotated[  # not SecretStr, whose length pydantic refuses in words for lists
    Secret[Annotated[str, StringConstraints(max_length=MOST)]],
    Field(json_schema_extra={"format": "password", "writeOnly": True}),
]


def sealed(settings: Settings, job_id: str, password: Secret[str] | None) -> bytes | None:
    """What the job's row holds; None for no password, or an empty one."""
    if password is None or not password.get_secret_value():
        return None
    return sealing.seal(_key(sealing.master_key(settings)), password.get_secret_value().encode(), job_id.encode())


def opened(master: bytes, job: Job) -> str | None:
    """The password of a job that has not ended. Raises `Unavailable` for another master key."""
    if job.sealed_password is None:
        return None
    return sealing.unseal(_key(master), job.sealed_password, job.id.encode()).decode()


def _key(master: bytes) -> bytes:
    return sealing.derive(master, "document-password")
