"""The page on buckets: its commands write files that are read, and its requests are taken."""

import json
import re
import subprocess
from pathlib import Path

from expunct_server.buckets.credentials import Credentials
from expunct_server.buckets.secret_fields import fields_of
from expunct_server.settings import PREFIX, load
from tests.buckets.conftest import Keep, MakeReach
from tests.web.helpers import on_sqlite

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "buckets.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def run(folder: Path) -> dict[str, str]:
    """The page's commands but its requests, one after the other, below `folder`; the settings they leave."""
    commands = [each.replace("/etc/expunct", str(folder / "etc")) for each in BLOCKS if "curl" not in each]
    script = "set -e\n" + "\n".join(commands) + f"\nenv | grep ^{PREFIX}"
    done = subprocess.run(
        ["/bin/sh"], input=script, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@on_sqlite
def test_the_pages_commands_and_requests_work(tmp_path: Path, reach_with: MakeReach, keep: Keep) -> None:
    settings = load(run(tmp_path))
    assert settings.store == "s3://expunct-own/production" and settings.bucket_endpoints and settings.file_roots
    entries = Credentials(settings.credentials_file).entries()
    assert [each.name for each in entries] == ["acme-archive", "minio", "own"]
    assert settings.store_credentials == "own" and entries[-1].opens("s3", "expunct-own")
    reach = reach_with(credentials_file=settings.credentials_file)
    bodies = [json.loads(each) for each in re.findall(r"-d '(\{.*?\})' ", PAGE, re.DOTALL)]
    assert len(bodies) == 2
    for body in bodies:
        assert keep(reach, name=body.pop("bucket"), **body)


def test_the_page_names_every_field_of_a_secret() -> None:
    table = PAGE.partition("| Fields of `secret` |")[2]
    for provider in ("s3", "gcs", "azure"):
        row = table.partition(f"| {provider} |")[2].partition("\n")[0]
        assert all(f"`{field}`" in row for field in fields_of(provider)), provider
