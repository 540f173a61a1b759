"""The OpenAPI description, completed: what FastAPI cannot know of routes that read their bodies and pages themselves.

Knows no domain: which operation answers what comes from the application, by the operation's id.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from expunct_server.web.paging import PARAMETERS

Schema = dict[str, Any]
_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"$ref": f"{_SCHEMAS}Problem"}
_JSON = "application/json"
_CALLER = (400, 401, 403, 404, 429, 503)  # what any request with a key may meet: no such tenant is a 404
_BODY = (413, 415, 422)
_ID = {"type": "string", "maxLength": 64, "pattern": r"^[\x21-\x7e]*$"}
_SAYS = {
    400: "The request contradicts itself or cannot be read.",
    401: "No API key, or one that does not count.",
    403: "The key may not do this.",
    404: "No such thing in this tenant, or no such tenant.",
    409: "Not in this state, or not twice.",
    410: "It was here and has been removed.",
    413: "The body is too large.",
    415: "A kind of body or document that this server does not read.",
    422: "A field or parameter is wrong; `errors` says which.",
    429: "More requests in this minute than the tenant's plan allows; Retry-After says how long to wait.",
    503: "The server cannot do it now; nothing was changed, and trying again after Retry-After may help.",
}


def _parameter(name: str, place: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": place, "required": False, "schema": schema, "description": text}


_TENANT = (
    _parameter(
        "X-Tenant-ID", "header", _ID, "The tenant to act for, when it is not the key's own; operator keys only."
    ),
    _parameter("tenant_id", "query", _ID, "As X-Tenant-ID; naming two different tenants is a 400."),
)
_ONCE = _parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
    "The same request with the same key within a day gets the first answer back, and nothing is made twice.",
)


@dataclass(frozen=True)
class Facts:
    """What is to be said of operations, by their ids."""

    open: frozenset[str] = frozenset()  # these need no key
    creating: frozenset[str] = frozenset()  # these take an Idempotency-Key
    errors: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # what else they may answer
    envelopes: Mapping[str, str] = field(default_factory=dict)  # a list's name in its page envelope
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # media types of an answer that is a file


def complete(schema: Schema, names: Mapping[tuple[str, str], str], facts: Facts) -> Schema:
    """The whole description, from FastAPI's. `names` gives each (path, method) its function's name."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schema["components"]["securitySchemes"] = {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    schema["security"] = [{"ApiKey": []}]
    shared = Counter(names[path, method] for path, item in schema["paths"].items() for method in item)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            name, last = names[path, method], path.rpartition("/")[2]
            if shared[name] > 1 and not name.endswith(last):  # another path to the same function
                name = f"{name}_{last}"
            operation["operationId"] = name
            _describe(operation, name, facts, schemas)
    return schema


def _describe(operation: Schema, name: str, facts: Facts, schemas: Schema) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"] = _hoisted(content["schema"], schemas)
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's guess; `_errors` knows
    if name in facts.open:
        if not operation.get("security"):
            operation["security"] = [{}]
    else:
        _add_parameters(operation, [*_TENANT, *([_ONCE] if name in facts.creating else [])])
        for status in _errors(operation, name, facts):
            answers[str(status)] = {"description": _SAYS[status], "content": {_JSON: {"schema": _PROBLEM}}}
    if name in facts.files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        answers["200"]["content"] = dict.fromkeys(facts.files[name], binary)
    if name in facts.envelopes:
        content = answers["200"]["content"][_JSON]
        content["schema"] = _array_or_page(content["schema"], facts.envelopes[name], schemas)
    for status, each in answers.items():
        if each["description"] == "Successful Response":
            each["description"] = HTTPStatus(int(status)).phrase


def _errors(operation: Schema, name: str, facts: Facts) -> list[int]:
    found = {*_CALLER, *facts.errors.get(name, ())}
    if "requestBody" in operation:
        found |= set(_BODY)
    if name in facts.creating:
        found |= {409, 422}
    own = {each["name"] for each in operation["parameters"] if each["in"] == "query"} - {"tenant_id"}
    return sorted(found | ({422} if own else set()))


def _add_parameters(operation: Schema, more: Iterable[Schema]) -> None:
    found = operation.setdefault("parameters", [])
    known = {(each["in"], each["name"]) for each in found}
    found += [each for each in more if (each["in"], each["name"]) not in known]


def _hoisted(schema: Schema, schemas: Schema) -> Schema:
    """A reference to `schema`, which moves to the components with all that it defines."""
    if "title" not in schema:
        return schema
    defined: Schema = {**schema.pop("$defs", {}), schema["title"]: schema}
    renamed = {name: _free_name(name, each, schemas) for name, each in defined.items()}
    for name, each in defined.items():
        schemas[renamed[name]] = _redirected(each, renamed)
    return {"$ref": _SCHEMAS + renamed[schema["title"]]}


def _free_name(name: str, schema: Schema, schemas: Schema) -> str:
    """The name, unless an answer's model of another shape has it."""
    return name if name not in schemas or _same(schemas[name], schema) else f"{name}Input"


def _same(one: Schema, other: Schema) -> bool:
    return json.dumps(one).replace("#/$defs/", _SCHEMAS) == json.dumps(other).replace("#/$defs/", _SCHEMAS)


def _redirected(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _SCHEMAS + renamed[item.removeprefix("#/$defs/")]
            if key == "$ref" and isinstance(item, str) and item.startswith("#/$defs/")
            else _redirected(item, renamed)
            for key, item in value.items()
        }
    return [_redirected(item, renamed) for item in value] if isinstance(value, list) else value


def _array_or_page(array: Schema, items: str, schemas: Schema) -> Schema:
    """A list's answer in the style its caller asked for."""
    array.pop("title", None)
    title = "".join(word.capitalize() for word in items.split("_")) + "Page"
    size = next(each["schema"] for each in PARAMETERS if each["name"] == "page_size")
    page: Schema = {
        "type": "object",
        "title": title,
        "description": "The answer to page and page_size.",
        "required": [items, "total", "page", "page_size"],
        "properties": {
            items: {"type": "array", "items": dict(array["items"]), "description": "Those of this page."},
            "total": {"type": "integer", "minimum": 0, "description": "How many there are on all pages."},
            "page": {"type": "integer", "minimum": 1, "description": "The page that was asked for, from 1."},
            "page_size": {**size, "description": "How many a page has at most."},
        },
    }
    schemas[title] = page
    return {"oneOf": [array, {"$ref": _SCHEMAS + title}]}
