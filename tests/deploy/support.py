"""Reading what stands below deploy/: units, the Dockerfile, commands of the server in any of them."""

import re
import shlex
from pathlib import Path

import typer.main

from expunct_server.cli import command_line

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "expunct-server"
PAGE = ROOT / "docs" / "how-to" / "deploy.md"
FILES = sorted(each for each in DEPLOY.rglob("*") if each.is_file())
_COMMAND = re.compile(r"(?:^|[\s/('\"])expunct-server ((?:serve|worker|migrate|keys|tenants|audit)\b[^'\"|;&>)\n]*)")


def unit(name: str) -> list[tuple[str, str, str]]:
    """Section, directive and value of each line of a systemd unit."""
    found, section = [], ""
    for line in (DEPLOY / "systemd" / name).read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            directive, _, value = line.partition("=")
            found.append((section, directive, value))
    return found


def variables(text: str) -> dict[str, str]:
    """What a file of `NAME=value` lines sets."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def instructions() -> list[tuple[str, str]]:
    """Name and arguments of each instruction of the Dockerfile."""
    text = (DEPLOY / "compose" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, arguments.strip()) for name, _, arguments in (line.partition(" ") for line in lines)]


def commands(text: str) -> list[list[str]]:
    """The arguments of each call of the server's own command in a text."""
    return [shlex.split(each) for each in _COMMAND.findall(text)]


def check_command(arguments: list[str]) -> None:
    """Raise a usage error unless the command line takes these arguments. Runs nothing."""
    command, name = typer.main.get_command(command_line()), "expunct-server"
    rest = list(arguments)
    while hasattr(command, "commands"):
        name = rest.pop(0)
        command = command.commands[name]
    command.make_context(name, rest)
