"""Reading request bodies: bounded, strict, and without repeating what was sent."""

import json
import math
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from expunct_server.errors import BadRequest, FieldError, Invalid, TooLarge, Unsupported

Model = TypeVar("Model", bound=BaseModel)
# The id of a resource or tenant, as a caller writes it: PostgreSQL takes no NUL, and no id holds one.
Id = Annotated[str, Field(max_length=64, pattern=r"^[\x21-\x7e]*$")]
TENANT = "The tenant to act for, when it is not the key's own; operator keys only."  # what a `tenant_id` is
_MAX_FIELDS_NAMED = 20
_INTEGERS = 2**63
MAX_DEPTH = 64
FORM_OVERHEAD = 1 << 20  # what fields and boundaries may add to a largest file, in bytes


def content_type(request: Request) -> str:
    """The media type without parameters, lower-case; empty when there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, max_bytes: int) -> tuple[Any, bytes]:
    """The parsed JSON body and its bytes. Raises `Unsupported`, `TooLarge`, `BadRequest`."""
    kind = content_type(request)
    if kind != "application/json" and not kind.endswith("+json"):
        raise Unsupported("Send the body as application/json.")
    return _parsed(raw := await read_limited(request, max_bytes)), raw


async def read_nothing(request: Request) -> None:
    """Refuse what is sent where nothing is asked for: it would be ignored. `{}` is nothing. Raises `Invalid`."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > 64:
            break
    if raw.strip() not in (b"", b"{}"):
        raise Invalid("This request takes no fields; send no body.", code="unknown_field")


async def read_limited(request: Request, max_bytes: int) -> bytes:
    """The body, refused as soon as it is known to be too large: by its declared length, else while it arrives."""
    check_declared_length(request, max_bytes)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"The body is larger than the limit of {max_bytes} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def declared_length(request: Request) -> int:
    """The Content-Length, 0 when there is none."""
    declared = request.headers.get("content-length", "")
    return int(declared[:20]) if declared.isascii() and declared.isdigit() else 0


def check_declared_length(request: Request, max_bytes: int) -> None:
    """Refuse a body whose Content-Length is beyond the limit before any of it is read. Raises `TooLarge`."""
    if declared_length(request) > max_bytes:
        raise TooLarge(f"The body is larger than the limit of {max_bytes} bytes.")


def parsed_field(name: str, raw: str) -> Any:
    """A form's field that holds JSON. Raises `Invalid`, naming the field."""
    try:
        return _parsed(raw.encode())
    except (BadRequest, UnicodeEncodeError):
        raise Invalid(f"{name} must be a JSON object.", errors=(FieldError(name, "is not valid JSON"),)) from None


def _parsed(raw: bytes) -> Any:
    try:
        if _depth(raw) > MAX_DEPTH:
            raise BadRequest(f"The JSON is nested deeper than {MAX_DEPTH} levels.", code="json_too_deep")
        # As UTF-8 and nothing else: left to itself the parser also guesses UTF-16, in which the depth was not counted.
        value = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.", code="invalid_encoding") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"The body is not valid JSON (line {error.lineno}, column {error.colno}).", code="invalid_json"
        ) from None
    except _Repeated:
        raise BadRequest("An object in the JSON body names the same key twice.", code="duplicate_key") from None
    except ValueError:  # NaN, a number that fits neither 64 bits nor a float, or has too many digits to convert
        raise BadRequest("The JSON holds a number that cannot be read.", code="invalid_json") from None
    _refuse_lone_surrogates(value)
    return value


class _Repeated(Exception):
    pass


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


def _no_constant(_: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")


def _integer(digits: str) -> int:
    value = int(digits)
    if not -_INTEGERS <= value < _INTEGERS:
        raise ValueError("no answer could show this number again")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("JSON has no infinity")
    return value


def _depth(raw: bytes) -> int:
    """Nesting depth, counted without recursion before the recursive parser sees the body."""
    deepest = depth = 0
    in_string = escaped = False
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid("A text holds a lone surrogate, which is no character.", code="lone_surrogate") from None


def described(model: type[BaseModel], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """The OpenAPI description of a JSON body that the route reads itself."""
    content = {"schema": model.model_json_schema()} | ({} if example is None else {"example": example})
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def validated(model: type[Model], value: Any) -> Model:
    """`value` as `model`. Raises `Invalid` with the fields that are wrong and never their values."""
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors(include_input=False, include_context=False, include_url=False), model) from None


def invalid(problems: Any, model: type[BaseModel] | None = None) -> Invalid:
    """The refusal for pydantic's list of problems with a body of `model`, or with the request's parameters."""
    some = list(problems)[:_MAX_FIELDS_NAMED]
    found = tuple(FieldError(field_name(each["loc"], model), _message(each)) for each in some)
    first = found[0] if found else FieldError("body", "is not valid")
    more = f" ({len(found) - 1} more in errors)" if len(found) > 1 else ""
    return Invalid(f"{first.field}: {first.message}{more}.", errors=found)


def field_name(location: Any, model: type[BaseModel] | None) -> str:
    """`('config', 'pii_types', 0)` as `config.pii_types.0`, as far as `model` says the names: keys are a caller's."""
    if model is None:
        return ".".join(str(part) for part in location[1:]) or "body"
    parts: list[str] = []
    known: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str):
            if known is None or part not in known.model_fields:
                break
            inner = known.model_fields[part].annotation
            known = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
        parts.append(str(part))
    return ".".join(parts) or "body"


def _message(problem: Any) -> str:
    # Messages of our own validators are sentences without input; pydantic's name types and bounds only.
    if problem["type"] == "string_pattern_mismatch":
        return "has the wrong form"
    text: str = problem["msg"]
    return text.removeprefix("Value error, ").rstrip(".")
