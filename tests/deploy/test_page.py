"""What docs/how-to/deploy.md says of commands, files, numbers and tests is so."""

import re

from expunct_server import worker
from expunct_server.settings import PREFIX, Settings
from tests.deploy.support import DEPLOY, PAGE, ROOT, check_command, commands

TEXT = PAGE.read_text()
SOURCE = ROOT / "src" / "expunct_server"


def test_commands_of_the_page_exist() -> None:
    text = TEXT.replace("as_expunct ", "expunct-server ").replace("run --rm api ", "run expunct-server ")
    found = commands(text.replace('"$(mktemp -d)"', "FOLDER").replace("`", "\n"))
    for each in found:
        check_command(each)
    assert {"serve", "migrate", "keys", "audit"} <= {each[0] for each in found} and len(found) >= 10


def test_files_that_the_page_names_exist() -> None:
    named = set(re.findall(r"\b((?:deploy|tests)/[\w./@-]*\w)", TEXT))
    assert [each for each in named if not (ROOT / each).exists()] == []
    assert {f"deploy/{each.name}" for each in DEPLOY.iterdir()} <= named | {"deploy/systemd", "deploy/helm"}


def test_bare_names_of_settings_exist() -> None:
    known = {name.upper() for name in Settings.__dataclass_fields__}
    known |= {PREFIX + name for name in known}
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=\d+)?`", TEXT))
    assert named - known == set() and "POOL_SIZE" in named


def test_numbers_follow_from_the_source() -> None:
    settings, queue = Settings(), (SOURCE / "jobs" / "queue.py").read_text()
    assert "max_overflow=pool_size" in (SOURCE / "db" / "session.py").read_text()
    assert '"sys_db_pool_size": min(concurrency, 16) + 4' in queue and "system_database_pool_size=4" in queue
    assert f"4 × `POOL_SIZE` + 4 = {4 * settings.pool_size + 4}" in TEXT
    engine = min(settings.worker_concurrency, 16)
    assert f"min(`WORKER_CONCURRENCY`, 16) + 12 = {4 * settings.pool_size + engine + 12}" in TEXT
    assert f"makes it {4 * 3 + engine + 12} at most" in TEXT
    gigabytes = settings.worker_concurrency * 2 * settings.max_upload_bytes >> 30
    assert f"2 × `MAX_UPLOAD_BYTES` = {gigabytes} GiB for one" in TEXT
    assert f"gets {worker._DRAIN_SECONDS} seconds" in TEXT


def test_the_page_is_found() -> None:
    assert "(docs/how-to/deploy.md)" in (ROOT / "README.md").read_text()
    assert "(how-to/deploy.md)" in (ROOT / "docs" / "operating.md").read_text()
