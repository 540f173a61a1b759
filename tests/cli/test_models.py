"""`expunct-server models`: what reads names, in what version and languages."""

import json
from pathlib import Path

from expunct_server.redaction.names import chosen
from tests.cli.helpers import here
from tests.redaction.names.tiny import onnx_folder

VARIABLE = "EXPUNCT_SERVER_DETECTION_MODELS"


def test_the_carried_models_are_shown_with_versions_and_languages(tmp_path: Path) -> None:
    done = here(tmp_path / "data", "models", "--json")
    carried = [
        {
            "model": name,
            "recognizer": model.name,
            "version": model.version,
            "languages": sorted(model.languages),
            "entity_types": sorted(model.entity_types),
            "error": None,
        }
        for name in ("names", "en_core_web_sm")
        for model in chosen([name])
    ]
    assert [each["recognizer"] for each in carried] == ["model:names", "model:names-europe", "model:en_core_web_sm"]
    assert (done.returncode, json.loads(done.stdout)) == (0, {"models": carried})
    assert not (tmp_path / "data").exists()


def test_a_model_of_settings_is_shown_and_one_that_cannot_be_loaded_fails(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "people", {"Zeb": "B-PER"})
    done = here(tmp_path / "data", "models", **{VARIABLE: f"onnx:{folder},onnx:/no/such@de"})
    assert done.returncode == 1
    assert done.stderr.startswith("expunct-server: The model onnx:/no/such@de of the setting detection_models cannot")
    (row,) = (line for line in done.stdout.splitlines() if "model:people" in line)
    assert "│ any " in row and "│ PERSON " in row and "people sha256:" in row


def test_what_detect_finds_follows_the_setting(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "people", {"Zeb": "B-PER"})

    def found(**env: str) -> list[str]:
        done = here(tmp_path / "data", "detect", "-", "--json", "--show-values", stdin=b"Zeb came", **env)
        assert done.returncode == 0, done.stderr
        return [each["recognizer"] for each in json.loads(done.stdout)["findings"] if each["value"] == "Zeb"]

    assert found(**{VARIABLE: f"onnx:{folder}"}) == ["model:people"]
    assert found(**{VARIABLE: "none"}) == []


def test_detect_says_which_model_cannot_be_loaded(tmp_path: Path) -> None:
    done = here(tmp_path / "data", "detect", "-", stdin=b"Zeb came", **{VARIABLE: "spacy:no_such_package"})
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "expunct-server: The model spacy:no_such_package of the setting detection_models cannot be used: no package of "
        "this name is installed.\n",
    )
