"""What a publisher looks at before it signs, besides the last checkpoint."""

from pathlib import Path

import pytest

from expunct_server.audit.models import SUPER
from expunct_server.publishing.promised import EverSigned, Stopped, check_origin, log_folder
from expunct_server.publishing.sequencer import Head
from expunct_server.settings import Settings
from expunct_server.tlog.merkle import EMPTY_ROOT


def head(tenant_id: str, origin: str) -> Head:
    return Head(1, tenant_id, origin, 0, EMPTY_ROOT, 0, None)


@pytest.mark.parametrize(("tenant_id", "origin"), [("acme", "example.com/acme"), (SUPER, "example.com")])
def test_a_log_under_its_own_name_is_signed(tenant_id: str, origin: str) -> None:
    check_origin(head(tenant_id, origin))


@pytest.mark.parametrize(
    ("tenant_id", "origin"),
    [
        ("ghost", "example.com/acme"),
        ("ghost", "example.com"),
        ("ghost", "ghost"),
        ("acme", "example.com/x/acme"),
        ("acme", "/acme"),
        (SUPER, "example.com/acme"),
        (SUPER, ""),
    ],
)
def test_a_log_under_the_name_of_another_is_not(tenant_id: str, origin: str) -> None:
    with pytest.raises(Stopped, match="that of another log"):
        check_origin(head(tenant_id, origin))


@pytest.mark.parametrize("name", ["../../outside", "..", ".", "", "a/b", "a\\b\0", "a" * 65, "acme\n", "-"])
def test_a_tenant_is_never_a_way_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stopped, match="cannot be one"):
        log_folder(tmp_path, name)


def test_what_was_ever_signed_is_known_to_the_next_process_too(settings: Settings) -> None:
    signed = EverSigned(settings)
    assert "example.com/acme" not in signed
    signed.add("example.com/acme")
    signed.add("example.com/acme")
    other = EverSigned(settings)
    assert "example.com/acme" in other and "example.com/other" not in other
    other.add("example.com/other")
    assert "example.com/other" in signed
    path = settings.data / "keys" / "log.signed"
    assert path.read_text().split() == ["example.com/acme", "example.com/other"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_short_hides_no_other(settings: Settings) -> None:
    path = settings.data / "keys" / "log.signed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\nexample.com/ac")
    EverSigned(settings).add("example.com/acme")
    assert "example.com/acme" in EverSigned(settings)
