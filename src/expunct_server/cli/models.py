"""`expunct-server models`: which models read names here, in what version, and which languages they read."""

from dataclasses import asdict, dataclass

import typer

from expunct_server.cli import common
from expunct_server.errors import Invalid
from expunct_server.redaction.failures import UnknownModel
from expunct_server.redaction.names import chosen

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class _Model:
    """One model of the setting; `languages` None: any. What is not loaded has an `error` and nothing else."""

    model: str
    recognizer: str | None = None
    version: str | None = None
    languages: list[str] | None = None
    entity_types: list[str] | None = None
    error: str | None = None


@app.command()
def models(as_json: common.AsJson = False) -> None:
    """Load the models of the setting detection_models and show them, the leading one first.

    Exit code 1 when one cannot be loaded: then neither `serve` nor `worker` starts.
    """
    named = common.settings_of(None, None).detection_models
    shown = [each for name in named for each in _of(name)]
    if as_json:
        common.show_json({"models": [asdict(each) for each in shown]})
    else:
        _show(shown)
    try:
        chosen(named)
    except UnknownModel as error:
        raise Invalid(str(error), code="bad_setting") from None


def _of(name: str) -> list[_Model]:
    try:
        models = chosen([name])
    except UnknownModel as error:
        return [_Model(name, error=str(error))]
    return [
        _Model(name, each.name, each.version, sorted(each.languages) or None, sorted(each.entity_types))
        for each in models
    ]


def _show(shown: list[_Model]) -> None:
    rows = [
        [
            each.model,
            each.recognizer,
            each.version,
            "" if each.error else ", ".join(each.languages or ["any"]),
            ", ".join(each.entity_types or []),
        ]
        for each in shown
    ]
    common.show_table("Models that read names", ["Model", "Findings say", "Version", "Languages", "Types"], rows)
    if not shown:
        typer.echo("No model is named: only patterns, phrases and names of columns are looked for.", err=True)
