"""The files below deploy/ fit the server that they deploy, and one another.

What only their own tools can say is not here: `systemd-analyze verify`, `hadolint`, `helm lint` and the schemas of
Kubernetes were asked by hand.
"""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from expunct_server import worker
from expunct_server.buckets.credentials import Credentials
from expunct_server.cli import serve
from expunct_server.settings import PREFIX, Settings, load
from tests.deploy.support import (
    CHART,
    DEPLOY,
    FILES,
    PAGE,
    ROOT,
    check_command,
    commands,
    instructions,
    unit,
    variables,
)

UNITS = ("expunct-server.service", "expunct-worker@.service")
SETTINGS = {PREFIX + each.name.upper() for each in fields(Settings)}
SECRETS = {PREFIX + each.name.upper() for each in fields(Settings) if each.metadata["secret"]}
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
_NAMED = re.compile(rf"{PREFIX}[A-Z_]*[A-Z]")
_GRACE_SECONDS = 15  # of running requests, `timeout_graceful_shutdown`
# Every directive that a unit of ours may have: a misspelt one is none to systemd, which warns and goes on.
_DIRECTIVES = {
    "Unit": "Description Wants After StartLimitIntervalSec",
    "Install": "WantedBy",
    "Service": """
        AmbientCapabilities CapabilityBoundingSet Environment EnvironmentFile ExecStart Group KillMode KillSignal
        LimitNOFILE LockPersonality MemoryMax NoNewPrivileges OOMPolicy PrivateDevices PrivateTmp ProtectClock
        ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
        ProtectKernelTunables ProtectProc ProtectSystem RemoveIPC Restart RestartSec RestrictAddressFamilies
        RestrictNamespaces RestrictRealtime RestrictSUIDSGID StateDirectory StateDirectoryMode
        SystemCallArchitectures SystemCallErrorNumber SystemCallFilter TasksMax TimeoutStopSec Type UMask User""",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    return read


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    return read


@pytest.fixture(scope="module")
def templates() -> str:
    return "\n".join(each.read_text() for each in sorted((CHART / "templates").iterdir()))


# --- settings, commands, secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*FILES, PAGE], ids=lambda path: path.name)
def test_settings_that_are_named_exist(path: Path) -> None:
    assert set(_NAMED.findall(path.read_text())) <= SETTINGS


def test_commands_of_the_files_exist(compose: dict[str, Any], templates: str) -> None:
    found = [list(each["command"]) for each in compose["services"].values() if "entrypoint" not in each]
    found = [each for each in found if each[0] != "postgres"]
    found += [
        [part.strip(' "') for part in each.split(",")] for each in re.findall(r"\bargs: \[(\w[^\]]*)\]", templates)
    ]
    texts = [each.read_text() for each in FILES if each.suffix in (".service", ".yaml", ".sh")]
    found += [each for text in texts for each in commands(text)]
    for each in found:
        check_command(["expunct_app" if "{{" in part else part for part in each])
    assert {each[0] for each in found} == {"serve", "worker", "migrate", "audit"}


def test_no_secret_stands_in_a_file(compose: dict[str, Any], templates: str) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if name in SECRETS or re.search("PASSWORD|KEY", name):
                assert re.search(r"\$\{\w+:\?", value), name
    given = dict(re.findall(rf"- name: ({PREFIX}\w+|OWN_\w+)\n\s+(\w+):", templates))
    assert set(given.values()) == {"valueFrom"} and given.keys() >= SECRETS
    assert not SECRETS & set(re.findall(rf"name: ({PREFIX}\w+), value", templates))
    example = variables((DEPLOY / "systemd" / "expunct-server.env.example").read_text())
    assert {name for name, value in example.items() if not value} == {
        f"{PREFIX}MASTER_KEY",
        "OWN_ACCESS_KEY_ID",
        "OWN_SECRET_ACCESS_KEY",
    }


# --- the settings work, and open the server's own store ---------------------------------------------------------------


def opens_its_store(settings: dict[str, str], credentials: Path) -> bool:
    """Whether the server would start with these: all are well-formed, and the credentials open the store's bucket."""
    read = load(settings | {f"{PREFIX}MASTER_KEY": "ab" * 32})
    entry = Credentials(str(credentials)).named(read.store_credentials)
    assert entry is not None and entry.tenants == ()
    assert {"OWN_ACCESS_KEY_ID", "OWN_SECRET_ACCESS_KEY"} <= settings.keys() and entry.reference == "OWN"
    return entry.opens("s3", read.store.split("/")[2])


def test_the_examples_for_systemd_are_complete() -> None:
    folder = DEPLOY / "systemd"
    assert opens_its_store(
        variables((folder / "expunct-server.env.example").read_text()), folder / "credentials.toml.example"
    )


def test_the_settings_of_compose_are_complete(compose: dict[str, Any]) -> None:
    folder = DEPLOY / "compose"
    given = {
        name: re.sub(r"\$\{.*?\}", "x", value) for name, value in compose["services"]["api"]["environment"].items()
    }
    assert opens_its_store(given, folder / "credentials.toml")
    bucket = given[f"{PREFIX}STORE"].split("/")[2]
    assert f"s3.bucket.create -name {bucket}'" in compose["services"]["bucket"]["command"][0]
    endpoint = tomllib.loads((folder / "credentials.toml").read_text())["own"]["endpoint"]
    options = compose["services"]["s3"]["command"]
    assert endpoint == "http://s3:8333" and "-s3.port=8333" in options


def test_the_credentials_of_the_chart_are_complete(values: dict[str, Any], templates: str, tmp_path: Path) -> None:
    (tmp_path / "credentials.toml").write_text(values["credentials"])
    named = dict.fromkeys(re.findall(r"name: (EXPUNCT_SERVER_\w+|OWN_\w+)", templates), "")
    store = {f"{PREFIX}STORE": "s3://expunct-own/production", f"{PREFIX}STORE_CREDENTIALS": values["storeCredentials"]}
    store[f"{PREFIX}CREDENTIALS_FILE"] = "/etc/expunct/credentials.toml"
    assert store.keys() <= named.keys() and "mountPath: /etc/expunct}" in templates
    assert opens_its_store(named | store | values["settings"], tmp_path / "credentials.toml")


# --- systemd ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNITS)
def test_every_directive_is_known_and_in_its_section(name: str) -> None:
    unknown = [f"{section}: {key}" for section, key, _ in unit(name) if key not in _DIRECTIVES[section].split()]
    assert unknown == []


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened_and_restarted(name: str) -> None:
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "KillSignal": "SIGTERM", "KillMode": "mixed"}
    wanted |= {"Restart": "on-failure", "User": "expunct", "UMask": "0077", "StateDirectoryMode": "0700"}
    found = {key: value for _, key, value in unit(name)}
    assert wanted.items() <= found.items()
    assert f"{PREFIX}DATA=/var/lib/{found['StateDirectory']}" == found["Environment"]
    assert {"MemoryMax", "LimitNOFILE", "CapabilityBoundingSet"} <= found.keys()


def test_workers_of_a_machine_share_a_folder_that_is_not_the_homes() -> None:
    home, elsewhere = ({key: value for _, key, value in unit(name)} for name in UNITS)
    assert elsewhere["StateDirectory"] not in (home["StateDirectory"], "") and "%" not in elsewhere["StateDirectory"]


# --- how long ending takes --------------------------------------------------------------------------------------------


def test_whoever_ends_the_server_waits_until_it_has_drained(compose: dict[str, Any], templates: str) -> None:
    assert f"timeout_graceful_shutdown={_GRACE_SECONDS}" in (ROOT / "src/expunct_server/cli/serve.py").read_text()
    of_api, of_worker = _GRACE_SECONDS + serve._STOP_SECONDS, worker._DRAIN_SECONDS
    units = [{key: value for _, key, value in unit(name)} for name in UNITS]
    assert int(units[0]["TimeoutStopSec"]) > of_api and int(units[1]["TimeoutStopSec"]) > of_worker
    services = compose["services"]
    assert int(services["api"]["stop_grace_period"].rstrip("s")) > of_api
    assert int(services["worker"]["stop_grace_period"].rstrip("s")) > of_worker
    home, elsewhere = (int(each) for each in re.findall(r"terminationGracePeriodSeconds: (\d+)", templates))
    assert home > of_api and elsewhere > of_worker


# --- the image and compose --------------------------------------------------------------------------------------------


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (DEPLOY / "compose" / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    for arguments in (arguments for name, arguments in instructions() if name == "COPY" and "--from" not in arguments):
        for source in arguments.split()[:-1]:
            assert (ROOT / source).exists() and f"!{source}" in ignored
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {wheel["project"]["readme"], *wheel["project"]["license-files"]} <= {each.lstrip("!") for each in ignored}


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    found = instructions()
    assert [arguments for name, arguments in found if name == "USER"] == ["10001:10001"]
    assert not [arguments for name, arguments in found if name == "ARG"]
    env = " ".join(arguments for name, arguments in found if name == "ENV")
    assert not SECRETS & set(_NAMED.findall(env))


def test_the_image_is_installed_by_the_tool_that_development_uses() -> None:
    pinned = re.compile(r"uv==([\d.]+)")
    here = pinned.findall((DEPLOY / "install.sh").read_text())
    assert here == pinned.findall((ROOT / "scripts" / "setup.py").read_text())


def test_ports_agree(compose: dict[str, Any], values: dict[str, Any], templates: str) -> None:
    found = dict(instructions())
    port = found["EXPOSE"]
    assert f"{PREFIX}PORT={port}" in found["ENV"] and f":{port}/api/v1/health" in found["CMD"] + found["HEALTHCHECK"]
    assert [each.split(":")[-1] for each in compose["services"]["api"]["ports"]] == [port]
    assert f"containerPort: {port}" in templates and f'{PREFIX}PORT, value: "{port}"' in templates
    assert values["servicePort"] == int(port)


def test_everything_that_compose_refers_to_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= services.keys()
        named = {each.split(":")[0] for each in service.get("volumes", []) if not each.startswith(("/", "."))}
        assert named <= compose["volumes"].keys()
        assert {each["source"] for each in service.get("configs", [])} <= compose["configs"].keys()
    assert services["migrate"]["image"] == services["worker"]["image"] == f"expunct-server:{VERSION}"
    build = services["migrate"]["build"]
    assert (DEPLOY / "compose" / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "compose" / "Dockerfile"


def test_the_home_comes_before_every_other_worker(compose: dict[str, Any], templates: str) -> None:
    done = {"condition": "service_completed_successfully"}
    services = compose["services"]
    assert services["home"]["depends_on"] == {"migrate": done} and services["api"]["depends_on"]["home"] == done
    assert services["worker"]["depends_on"] == {"api": {"condition": "service_healthy"}}
    assert services["home"]["volumes"] == services["api"]["volumes"]
    claims = "/log/home\" || expunct-server audit publish'"
    assert templates.count(claims) == 1 and templates.index(claims) < templates.index("args: [serve")


def test_the_example_names_what_compose_asks_for() -> None:
    asked = re.findall(r"\$\{(\w+)", (DEPLOY / "compose" / "compose.yaml").read_text())
    assert set(asked) == variables((DEPLOY / "compose" / ".env.example").read_text()).keys()


def test_the_role_that_is_made_is_the_role_that_is_used(compose: dict[str, Any], values: dict[str, Any]) -> None:
    made = re.findall(r"CREATE ROLE (\w+)", (DEPLOY / "compose" / "roles.sh").read_text())
    assert made == ["expunct_app"] == [compose["services"]["migrate"]["command"][2]]
    assert f"//{made[0]}:" in compose["services"]["api"]["environment"][f"{PREFIX}DATABASE_URL"]
    assert values["databaseRole"] == made[0]


# --- the chart --------------------------------------------------------------------------------------------------------


def leaves(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict) and value and path != "settings" and not path.endswith("resources"):
        return {each for name, part in value.items() for each in leaves(part, f"{path}.{name}".lstrip("."))}
    return {path}


def test_the_chart_uses_every_value_and_no_other(values: dict[str, Any], templates: str) -> None:
    assert set(re.findall(r"\.Values\.([\w.]+)", templates)) == leaves(values)
    defined, used = (set(re.findall(rf'{verb} "([\w.]+)"', templates)) for verb in ("define", "include"))
    assert used == defined


def test_the_chart_is_of_this_version_and_small() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == VERSION
    files = [each for each in CHART.rglob("*") if each.is_file()]
    assert sum(len(each.read_text().splitlines()) for each in files) < 300


def test_every_block_of_a_template_is_closed() -> None:
    for each in (CHART / "templates").iterdir():
        text = each.read_text()
        opened = re.findall(r"\{\{-? ?(?:if|with|range|define)\b", text)
        assert len(opened) == len(re.findall(r"\{\{-? ?end\b", text)), each.name
