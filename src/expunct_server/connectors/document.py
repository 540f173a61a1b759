"""What a connector says: its fields and their bounds, as a caller sends them and as they are answered."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from expunct_server.connectors import cron
from expunct_server.errors import FieldError, Invalid
from expunct_server.policies.document import Language, known_fields
from expunct_server.web import bodies

# Sent back as they were answered.
READ_ONLY = frozenset(
    {"id", "tenant_id", "has_secret", "last_sync_at", "next_run_at", "last_sync", "created_at", "updated_at"}
)
FIXED = ("provider", "bucket")  # what was seen of objects, and which of them are results, holds for one bucket
PATHS = ("prefix", "output_prefix")
_MAX_PREFIX_BYTES = 800  # leaves room for the rest of a key
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Document(BaseModel):
    """All settings of a connector but its secret. Unknown fields are refused: a misspelt one would be forgotten."""

    model_config = ConfigDict(extra="ignore")

    name: str | None = Field(None, max_length=200, description="What it is for, in your words.")
    provider: Literal["s3", "gcs", "azure", "folder"] = Field(
        description="The kind of storage, `folder` for one of the server's own machine. It cannot change."
    )
    bucket: str = Field(
        min_length=1,
        max_length=1024,
        description="The bucket or container; of a folder its absolute path. It cannot change.",
    )
    prefix: str = Field("", description="Only objects below this folder; empty: all of the bucket.")
    output_prefix: str = Field(
        "redacted/", description="Results go below it, in the same bucket, as they lie below `prefix`."
    )
    schedule_cron: str | None = Field(
        None, max_length=100, description="Five fields, such as `0 3 * * *`; null: by hand only."
    )
    schedule_timezone: str = Field("UTC", max_length=64, description="The IANA time zone that the fields are read in.")
    policy_id: bodies.Id | None = Field(None, description="The policy of its jobs; the tenant's default unless told.")
    language: Language | None = Field(None, description="The documents' language; the policy's unless told, else `en`.")
    active: bool = Field(True, description="False: it is synced neither by hand nor by its schedule.")
    endpoint: str | None = Field(
        None,
        max_length=400,
        description="A storage server that the operator allows; the provider's own unless told.",
    )
    region: str | None = Field(None, max_length=64, description="Where the bucket is, as the provider calls it.")
    credentials: Annotated[str, Field(max_length=100)] | None = Field(
        None,
        description="Name of an entry of the operator's credentials file; null: `secret`, else the bucket's.",
    )

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, {*cls.model_fields, *READ_ONLY})

    @field_validator("name", "bucket", "endpoint", "region", "credentials")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("must hold printable characters only")
        return value

    @field_validator("prefix", "output_prefix")
    @classmethod
    def _usable(cls, value: str) -> str:
        parts = value.split("/")
        parts = parts[:-1] if parts[-1] == "" else parts
        if len(value.encode("utf-8", "replace")) > _MAX_PREFIX_BYTES or _CONTROL.search(value):
            raise ValueError(f"may have {_MAX_PREFIX_BYTES} bytes and no control characters")
        if any(part in ("", ".", "..") for part in parts):
            raise ValueError("must not begin with a slash, nor hold an empty part or . or .. as a part")
        return f"{value}/" if value and not value.endswith("/") else value

    @field_validator("output_prefix")
    @classmethod
    def _own_place(cls, value: str) -> str:
        if not value:
            raise ValueError("must not be empty: results need a place of their own")
        return value

    @field_validator("schedule_cron")
    @classmethod
    def _line(cls, value: str | None) -> str | None:
        return None if value is None else cron.checked_line(value)

    @field_validator("schedule_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return cron.checked_zone(value)

    @model_validator(mode="after")
    def _apart(self) -> "Document":
        if self.prefix.startswith(self.output_prefix):
            message = "must not hold all that prefix names: results are never read again, so nothing would be left"
            raise Invalid(
                f"output_prefix {message}.", code="prefixes_overlap", errors=(FieldError("output_prefix", message),)
            )
        return self


class NewConnector(Document):
    """A connector to make. Only `provider` and `bucket` are required."""

    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)
    secret: dict[str, Annotated[str, Field(max_length=10_000)]] | None = Field(
        None, max_length=20, repr=False, description="Write-only: credentials of its own, which are kept sealed."
    )
