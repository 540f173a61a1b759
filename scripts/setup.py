"""Makes .venv from uv.lock: the exact versions, checked against their hashes.

Needs python3 (with venv) alone. uv does not read pip's configuration, so the indexes, certificates and trusted hosts
that pip is told to use (a file or PIP_* variables) are handed on to it; behind a mirror nothing else has to be set.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UV = "uv==0.13.9"


def pip_settings() -> dict[str, str]:
    """What `pip config list` says, by bare option name; a variable wins over a file, as it does for pip itself."""
    listed = subprocess.run(
        [VENV / "bin/python", "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        found[name.removeprefix(":env:.").rpartition(".")[2]] = value.strip().strip("'\"").replace("\\n", " ")
    return found


def uv_environment(pip: dict[str, str]) -> dict[str, str]:
    env = dict(os.environ, UV_INDEX_STRATEGY="unsafe-best-match")  # safe: every file is checked against the lock's hash
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_EXTRA_INDEX_URL", "cert": "SSL_CERT_FILE"}
    names |= {"trusted-host": "UV_INSECURE_HOST"}
    return env | {uv: " ".join(pip[ours].split()) for ours, uv in names.items() if pip.get(ours)}


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - it runs before anything has checked
        sys.exit(f"expunct-server needs Python 3.11 or newer; python3 here is {sys.version.split()[0]}.")
    if not (VENV / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    python = VENV / "bin/python"
    if (
        subprocess.run([VENV / "bin/uv", "--version"], capture_output=True, check=False).returncode
        if (VENV / "bin/uv").exists()
        else True
    ):
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV], check=True)
    env = uv_environment(pip_settings())
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "requirements.txt"
        export = [VENV / "bin/uv", "export", "--frozen", "--quiet", "--no-emit-project", "--project", ROOT]
        subprocess.run([*export, "--output-file", pins], check=True, env=env, stdout=subprocess.DEVNULL)
        sync = [VENV / "bin/uv", "pip", "install", "--quiet", "--python", python]
        subprocess.run([*sync, "--require-hashes", "--requirements", pins], check=True, env=env)
        subprocess.run([*sync, "--no-deps", "--editable", ROOT], check=True, env=env)
    (VENV / ".ready").touch()


if __name__ == "__main__":
    main()
