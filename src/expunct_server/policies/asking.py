"""Which language model a policy has asked, if any: one that the operator allows, with the operator's key."""

from expunct_server.errors import FieldError, Invalid
from expunct_server.policies.document import Document
from expunct_server.redaction.llm import Llm
from expunct_server.settings import NO_KEY, Settings, model_url


def llm_of(document: Document | None, settings: Settings) -> Llm | None:
    """The model that is asked under this policy, None where LLM detection is off.

    Raises `Invalid` when the operator allows no endpoint, or not this one, or when nobody names a model. It is asked
    before every document: an endpoint that was taken off the list gets none any more, whatever policies say.
    """
    if document is None or not document.llm_detection_enabled:
        return None
    allowed = [model_url(each) for each in settings.llm_endpoints]
    if not allowed:
        raise _refused(
            "llm_detection_enabled",
            "LLM detection is not allowed on this server: its operator has named no endpoint. Leave it false.",
        )
    url = allowed[0] if document.llm_endpoint is None else _url(document.llm_endpoint)
    if url not in allowed:
        raise _refused("llm_endpoint", "llm_endpoint is none of the endpoints that the server's operator allows.")
    model = document.llm_model or settings.llm_model
    if not model:
        raise _refused("llm_model", "llm_model is needed: the server's operator has named no model of their own.")
    keys = dict(zip(allowed, settings.llm_api_keys or [NO_KEY] * len(allowed), strict=True))
    key = None if keys[url] == NO_KEY else keys[url]
    return Llm(url, model, key, float(settings.llm_seconds), settings.llm_concurrency)


def _url(endpoint: str) -> str | None:
    try:
        return model_url(endpoint)
    except ValueError:
        return None


def _refused(name: str, detail: str) -> Invalid:
    return Invalid(detail, code="llm_not_allowed", errors=(FieldError(name, "is not allowed or incomplete"),))
