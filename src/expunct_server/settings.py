"""Every setting, in one frozen object.

Each field is read from the environment variable `EXPUNCT_SERVER_<NAME>`; its `help` is the text of `--help` and of the
reference page, so there is nothing to keep in step. A value that cannot be read is refused at start, by name.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from expunct_server.errors import Invalid

PREFIX = "EXPUNCT_SERVER_"
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
Network = IPv4Network | IPv6Network
_ORIGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9./:-]{0,98}[A-Za-z0-9])?\Z", re.ASCII)
_HOST = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
_FETCH_HOST = re.compile(rf"(?:\*|(?:\*\.)?{_HOST}|\[[0-9a-f:.]+\])(?::[1-9][0-9]{{0,4}})?\Z", re.ASCII)
_SERVER_HOST = re.compile(rf"(?:{_HOST}|[0-9a-f:.]+)\Z", re.ASCII)
# The bucket's name is checked by its provider's own rules where it is opened.
_STORE = re.compile(r"(?:s3|gs|az)://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:/(?!\.{1,2}(?:/|\Z))[\w.=-]+)*/?\Z", re.ASCII)
_READER = re.compile(
    r"(?:names|en_core_web_sm|(?:spacy:(?:[A-Za-z_]\w*|/[^\x00-\x1f\x7f]+)|onnx:/[^\x00-\x1f\x7f]+)"
    r"(?:@[a-z]{2,3}(?:\+[a-z]{2,3})*)?)\Z",
    re.ASCII,
)
MODEL = r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}"  # a language model's name
NO_KEY = "-"
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?\Z", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,500}\Z", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LEAST = dict.fromkeys(("port", "workers", "min_free_bytes", "max_retries", "refusal_window_seconds"), 0)
_LEAST |= {"pool_size": 2}  # one for the event loop, one for everyone else; all others: 1


def _setting(default: Any, text: str, unit: str = "", *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"help": text, "unit": unit, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this deployment behaves. Made once at start by `load` and handed down."""

    data: Path = _setting(Path("data"), "Folder of the database, uploads, results and key files; made with mode 0700.")
    database_url: str = _setting(
        "",
        "postgresql://user:password@host/name, or sqlite:///path; empty means expunct.db below the data folder.",
        secret=True,
    )
    host: str = _setting("127.0.0.1", "Address the API listens on.")
    port: int = _setting(8000, "Port the API listens on; 0 takes a free one and says which.")
    workers: int = _setting(1, "Worker processes that `serve` starts and keeps alive; 0 when workers run elsewhere.")
    worker_concurrency: int = _setting(4, "Documents one worker process works on at a time.", "documents")
    max_upload_bytes: int = _setting(512 * MIB, "Largest upload or file that is accepted.", "bytes")
    max_text_bytes: int = _setting(1 * MIB, "Largest JSON body, the text of a synchronous redaction in it.", "bytes")
    min_free_bytes: int = _setting(
        64 * MIB, "Uploads are refused with 503 when less than this would stay free below the data folder.", "bytes"
    )
    tenant_concurrency: int = _setting(
        4, "Documents of one tenant that one worker process works on at a time.", "documents"
    )
    max_queued_jobs: int = _setting(
        10_000, "Jobs of one tenant that may wait or run; more are refused with 503 until some have ended.", "jobs"
    )
    sync_queued_jobs: int = _setting(
        500, "Jobs of one connector that may wait or run; its sync goes on listing when some have ended.", "jobs"
    )
    webhook_seconds: int = _setting(15, "How long an endpoint has to answer a webhook.", "seconds")
    webhook_disable_hours: int = _setting(
        120, "A webhook endpoint that failed for this long without a success is disabled.", "hours"
    )
    max_retries: int = _setting(3, "How often a job that failed for a passing reason is tried again.", "times")
    file_roots: tuple[Path, ...] = _setting(
        (),
        "Folders below which file:// URIs may be read and written, separated by ':'; none means file:// is refused. "
        "{tenant} in a folder stands for the tenant's id; without it all tenants share the folder.",
    )
    store: str = _setting(
        "",
        "Where uploads wait and results are kept: s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, so "
        "that workers on many machines share it; empty means the data folder.",
    )
    store_credentials: str = _setting("", "Name of the entry of the credentials file for `store`.")
    credentials_file: str = _setting(
        "",
        "TOML file that names credentials for buckets and says which tenants may use them and where each secret is; "
        "empty means that tenants bring their own.",
    )
    bucket_endpoints: tuple[str, ...] = _setting(
        (),
        "URLs, separated by ',', of storage servers that tenants may name in their connectors besides the public ones "
        "of each provider, such as https://minio.example.com:9000.",
    )
    fetch_hosts: tuple[str, ...] = _setting(
        ("*",),
        "Hosts, separated by ',', that https:// documents may be fetched from and webhooks sent to: `*` for all, "
        "`*.example.com`, or `host:port` for a port other than 443; `none` refuses https://.",
    )
    private_networks: tuple[Network, ...] = _setting(
        (),
        "Networks, separated by ',', that fetching and webhooks may reach although they are private, such as "
        "10.1.0.0/16; none may unless told.",
    )
    detection_models: tuple[str, ...] = _setting(
        ("names", "en_core_web_sm"),
        "Models that read names of people, places and organizations, separated by ',', the leading one first: the two "
        "that are carried, `spacy:PACKAGE` or `spacy:/FOLDER` for another spaCy pipeline, `onnx:/FOLDER` for a "
        "token-classification model; `@de+fr` behind one of these says which languages it is asked to read. `none` "
        "leaves all to the patterns.",
    )
    llm_endpoints: tuple[str, ...] = _setting(
        (),
        "Base URLs, separated by ',', of OpenAI-compatible servers that policies may have asked about the text of "
        "documents, such as http://llm.internal:8000/v1; the first is asked where a policy names none. By it text "
        "leaves this server; none means that no policy may. http:// never reaches an address of the public internet.",
    )
    llm_api_keys: tuple[str, ...] = _setting(
        (),
        "Keys for `llm_endpoints`, as many and in the same order, separated by ','; `-` for one that needs none.",
        secret=True,
    )
    llm_model: str = _setting(
        "", "Model that is asked where a policy names none; empty means that policies have to name one."
    )
    llm_seconds: int = _setting(
        60, "How long one question to a language model may take, tries included, before its document fails.", "seconds"
    )
    llm_concurrency: int = _setting(4, "Questions to language models that one process asks at a time.", "questions")
    document_seconds: int = _setting(
        1200, "How long reading and writing one document may take, what is inside it included.", "seconds"
    )
    document_memory_bytes: int = _setting(
        2048 * MIB, "How much memory the process that reads a document may take; texts and tables need none.", "bytes"
    )
    fetch_seconds: int = _setting(300, "How long a document may take to be fetched or an object to be read.", "seconds")
    trusted_proxies: tuple[Network, ...] = _setting(
        (), "Networks, separated by ',', whose X-Forwarded-For is believed, read from right to left."
    )
    master_key: str = _setting(
        "",
        "64 hexadecimal digits that seal secrets and key hashes of values; empty means keys/master.key below data.",
        secret=True,
    )
    log_key: str = _setting(
        "",
        "64 hexadecimal digits: the seed of the Ed25519 key that signs checkpoints; empty means keys/log.key below "
        "data.",
        secret=True,
    )
    log_origin: str = _setting(
        "",
        "Name of this deployment in its logs, such as audit.example.com; a log keeps the name it was made with. Empty "
        "means a name made from the first signing key.",
    )
    log_checkpoint_seconds: int = _setting(
        1, "How long a log that was just published waits to be published again.", "seconds"
    )
    log_anchor_seconds: int = _setting(60, "How often roots of logs that grew go into the log of logs.", "seconds")
    log_heartbeat_seconds: int = _setting(
        3600, "How often all roots do, so that an empty interval is proven too.", "seconds"
    )
    witness_policy: str = _setting(
        "", "File with a tlog-policy: its witnesses are asked to cosign every checkpoint. Empty means none are."
    )
    rate_limit_free: int = _setting(100, "What a key of a tenant on the plan `free` may ask.", "requests a minute")
    rate_limit_pro: int = _setting(1000, "What a key of a tenant on the plan `pro` may ask.", "requests a minute")
    pool_size: int = _setting(
        10,
        "Database connections a process keeps for reading, and as many for writing; under load it opens up to twice as "
        "many. PostgreSQL's max_connections must allow for all processes together.",
        "connections",
    )
    busy_timeout_seconds: int = _setting(
        10, "How long a write waits for a locked SQLite database before 503.", "seconds"
    )
    refusal_window_seconds: int = _setting(
        60, "Equal refusals (401, 403) within this time become one event.", "seconds"
    )
    heartbeat_seconds: int = _setting(2, "How often a worker says that it lives.", "seconds")
    worker_lost_seconds: int = _setting(
        15, "A worker silent for this long is taken for dead and its jobs resumed.", "seconds"
    )
    log_level: str = _setting("info", "debug, info, warning or error.")

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL, with the driver named."""
        if not self.database_url:
            return f"sqlite:///{self.data / 'expunct.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url


def load(env: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from `given` (the command line; None means not given), else the environment, else the defaults.

    Raises `Invalid`, naming the variable, when a value cannot be read.
    """
    env = os.environ if env is None else env
    values = {name: value for name, value in given.items() if value is not None}
    for each in fields(Settings):
        raw = env.get(PREFIX + each.name.upper())
        if each.name not in values and raw is not None and raw != "":
            values[each.name] = _read(each.name, each.default, raw)
    settings = Settings(**values)
    _check(settings)
    return settings


def _read(name: str, default: Any, raw: str) -> Any:
    try:
        if name == "file_roots":
            return tuple(Path(part).expanduser() for part in raw.split(":") if part)
        if name in ("trusted_proxies", "private_networks"):
            return tuple(ip_network(part.strip()) for part in raw.split(",") if part.strip())
        if isinstance(default, tuple):
            return tuple(part.strip() for part in raw.split(",") if part.strip() not in ("", "none"))
        return Path(raw) if isinstance(default, Path) else type(default)(raw)
    except (ValueError, RuntimeError):  # RuntimeError: ~ of an unknown user
        networks = "a comma-separated list of networks"
        kinds = {"file_roots": "folders separated by ':'", "trusted_proxies": networks, "private_networks": networks}
        kind = kinds.get(name, "a whole number")
        raise Invalid(f"{PREFIX}{name.upper()} must be {kind}.", code="bad_setting") from None


def _check(settings: Settings) -> None:
    schemes = ("sqlite:///", "postgresql+psycopg://")
    if not settings.url.startswith(schemes):
        raise Invalid("The database URL must start with postgresql:// or sqlite:///.", code="bad_setting")
    if settings.master_key and (len(settings.master_key) != 64 or not _is_hex(settings.master_key)):
        raise Invalid(f"{PREFIX}MASTER_KEY must be 64 hexadecimal digits.", code="bad_setting")
    if settings.log_key and (len(settings.log_key) != 64 or not _is_hex(settings.log_key)):
        raise Invalid(f"{PREFIX}LOG_KEY must be 64 hexadecimal digits.", code="bad_setting")
    if settings.log_origin and not _ORIGIN.match(settings.log_origin):
        raise Invalid(
            f"{PREFIX}LOG_ORIGIN must be a name such as audit.example.com: letters, digits, dots, hyphens and slashes.",
            code="bad_setting",
        )
    _check_roots(settings)
    _check_buckets(settings)
    _check_models(settings)
    if not 0 <= settings.port <= 65535:
        raise Invalid(f"{PREFIX}PORT must be from 0 to 65535.", code="bad_setting")
    for each in fields(Settings):
        least = _LEAST.get(each.name, 1)
        if isinstance(each.default, int) and getattr(settings, each.name) < least:
            raise Invalid(f"{PREFIX}{each.name.upper()} must be at least {least}.", code="bad_setting")
    if settings.worker_lost_seconds <= settings.heartbeat_seconds:
        raise Invalid(f"{PREFIX}WORKER_LOST_SECONDS must be more than {PREFIX}HEARTBEAT_SECONDS.", code="bad_setting")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise Invalid(f"{PREFIX}LOG_LEVEL must be debug, info, warning or error.", code="bad_setting")


def _check_roots(settings: Settings) -> None:
    """Callers may read and write below the roots: database, keys, credentials and others' documents lie elsewhere."""
    data = settings.data.resolve()
    own = [data]
    if settings.url.startswith("sqlite:///"):
        own.append(Path(settings.url.removeprefix("sqlite:///")).resolve())
    if settings.credentials_file:
        own.append(Path(settings.credentials_file).resolve())
    for root in settings.file_roots:
        if not root.is_absolute():  # URIs are, and each process would read it from where it was started
            raise Invalid(
                f"{PREFIX}FILE_ROOTS must be folders named from the root, such as /srv/documents, separated by ':'.",
                code="bad_setting",
            )
        # What stands before a `{tenant}` is as far as any tenant's root can reach up.
        outer = Path(str(root).partition("{tenant}")[0]).resolve()
        if outer.is_relative_to(data) or any(each.is_relative_to(outer) for each in own):
            raise Invalid(
                f"{PREFIX}FILE_ROOTS must not hold the data folder, the database or the credentials file, nor lie in "
                "them.",
                code="bad_setting",
            )


def _check_buckets(settings: Settings) -> None:
    for each in settings.bucket_endpoints:
        try:
            server_url(each)
        except ValueError:
            raise Invalid(
                f"{PREFIX}BUCKET_ENDPOINTS must be URLs such as https://minio.example.com:9000, separated by ',': a "
                "host, perhaps a port, no path, user or password.",
                code="bad_setting",
            ) from None
    if not all(_FETCH_HOST.match(each.lower()) for each in settings.fetch_hosts):
        raise Invalid(
            f"{PREFIX}FETCH_HOSTS must be hosts separated by ',': *, example.com, *.example.com or host:port; or none.",
            code="bad_setting",
        )
    if settings.store and not _STORE.match(settings.store):
        raise Invalid(
            f"{PREFIX}STORE must look like s3://bucket/prefix, gs://bucket/prefix or az://container/prefix; a prefix "
            "has letters, digits, dots, hyphens, underscores and equals signs.",
            code="bad_setting",
        )
    if bool(settings.store) != bool(settings.store_credentials):
        raise Invalid(f"{PREFIX}STORE and {PREFIX}STORE_CREDENTIALS go together: give both.", code="bad_setting")
    if settings.store_credentials and not settings.credentials_file:
        raise Invalid(
            f"{PREFIX}STORE_CREDENTIALS names an entry of a credentials file: give {PREFIX}CREDENTIALS_FILE too.",
            code="bad_setting",
        )


def _check_models(settings: Settings) -> None:
    models = settings.detection_models
    if len(set(models)) != len(models) or not all(_READER.match(each) for each in models):
        raise Invalid(
            f"{PREFIX}DETECTION_MODELS must be different ones of names, en_core_web_sm, spacy:PACKAGE, spacy:/FOLDER "
            "and onnx:/FOLDER, separated by ','; the latter three may end with languages, such as @de+fr.",
            code="bad_setting",
        )
    _check_llms(settings)


def _check_llms(settings: Settings) -> None:
    try:
        is_in_order = len({model_url(each) for each in settings.llm_endpoints}) == len(settings.llm_endpoints)
    except ValueError:
        is_in_order = False
    if not is_in_order:
        raise Invalid(
            f"{PREFIX}LLM_ENDPOINTS must be different URLs such as https://llm.example.com/v1, separated by ',': a "
            "host, perhaps a port and a path, no query, user or password.",
            code="bad_setting",
        )
    if settings.llm_api_keys and len(settings.llm_api_keys) != len(settings.llm_endpoints):
        raise Invalid(
            f"{PREFIX}LLM_API_KEYS must be as many as {PREFIX}LLM_ENDPOINTS; write {NO_KEY} for one without.",
            code="bad_setting",
        )
    if not all(_KEY.match(each) for each in settings.llm_api_keys):
        raise Invalid(f"{PREFIX}LLM_API_KEYS must be of visible ASCII characters.", code="bad_setting")
    if settings.llm_model and not re.fullmatch(MODEL, settings.llm_model):
        raise Invalid(
            f"{PREFIX}LLM_MODEL must be a model's name: letters, digits and . _ : / @ + - alone.", code="bad_setting"
        )


def model_url(text: str) -> str:
    """The base URL of a model's server in one spelling: small letters, no default port, no slash at its end.

    Raises ValueError unless it is http:// or https://, a host, perhaps a port and a path, and nothing else.
    """
    parts = urlsplit(text)
    if not _PATH.match(parts.path) or set("?#") & set(text) or not text.isprintable():
        raise ValueError("not the base URL of an API")
    return server_url(f"{parts.scheme}://{parts.netloc}") + parts.path.rstrip("/")


def server_url(text: str) -> str:
    """The URL of a storage server in one spelling: small letters, no default port, no slash at its end.

    Raises ValueError unless it is http:// or https://, a host and perhaps a port, and nothing else.
    """
    parts = urlsplit(text)
    scheme, host, port = parts.scheme, parts.hostname or "", parts.port  # lower-case; the port is checked
    is_plain = parts.path in ("", "/") and not set("?#@\\") & set(text) and text.isascii() and text.isprintable()
    if scheme not in _DEFAULT_PORTS or not is_plain or not _SERVER_HOST.match(host) or port == 0 or " " in text:
        raise ValueError("not the URL of a server")
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{shown}:{port}"


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in text)


def written(value: Any) -> str:
    """A setting's value as the environment has it."""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def documentation() -> Iterator[str]:
    """The reference page of all settings, in Markdown, line by line."""
    yield "# Settings\n"
    yield "Made from the source; `python -m expunct_server.settings` prints it anew.\n"
    yield f"Each is read from the environment variable `{PREFIX}<NAME>`; a command's own option wins over it.\n"
    yield "| Variable | Default | Meaning |\n|---|---|---|"
    for each in fields(Settings):
        shown = written(each.default)
        default = f"`{shown}`" if shown else ""
        unit = f" {each.metadata['unit']}" if each.metadata["unit"] else ""
        secret = " Secret: never shown in errors or logs." if each.metadata["secret"] else ""
        yield f"| `{PREFIX}{each.name.upper()}` | {default}{unit} | {each.metadata['help']}{secret} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write("\n".join(documentation()) + "\n")
