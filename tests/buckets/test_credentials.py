"""The operator's credentials file: read strictly, secrets found where it says, and nothing of them told."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from expunct_server.buckets import secret_sources
from expunct_server.buckets.credentials import Credentials, Entry
from expunct_server.buckets.secret_fields import BadSecret, checked
from expunct_server.errors import Invalid, Unavailable
from tests.buckets.helpers import AZURE_SECRET, HUSH, S3_SECRET, gcs_secret, secret_file, service_account, toml
from tests.support import canary

HEAD = '[acme]\nprovider = "s3"\ntenants = ["acme"]\n'


def one(folder: Path, text: str) -> tuple[Credentials, Entry]:
    """The credentials of a file, and their only entry."""
    found = Credentials(toml(folder, text))
    (entry,) = found.entries()
    return found, entry


def unreadable(found: Credentials, entry: Entry) -> str:
    """What is said when the secret of an entry cannot be used; never a value of it."""
    with pytest.raises(Unavailable) as error:
        found.secret(entry)
    assert error.value.code == "credentials_unreadable"
    assert error.value.detail.startswith(f"The credentials {entry.name} cannot be used: ")
    assert canary.found_in(error.value.detail) == []
    assert error.value.__cause__ is None
    return error.value.detail


# --- the file ---------------------------------------------------------------------------------------------------------


def test_without_a_file_there_are_no_entries() -> None:
    assert Credentials("").entries() == ()
    assert Credentials("").permitted("acme", "s3", "bucket") is None


def test_an_entry_with_everything_and_one_with_the_least(tmp_path: Path) -> None:
    text = """
        [all-of-it]
        provider = "s3"
        tenants = ["acme", "*"]
        buckets = ["acme-*", "other"]
        endpoint = "HTTPS://Minio.Example:443/"
        region = "eu-central-1"
        profile = "acme"
        profile_file = "/etc/acme"

        ["b.1"]
        provider = "azure"
        tenants = []
        environment = "ACME_2"
    """
    assert Credentials(toml(tmp_path, text)).entries() == (
        Entry(
            "all-of-it", "s3", ("acme", "*"), ("acme-*", "other"), "https://minio.example", "eu-central-1", "profile",
            "acme", "/etc/acme",
        ),
        Entry("b.1", "azure", (), ("*",), None, None, "environment", "ACME_2", "~/.aws/credentials"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = ", "is no TOML"),
        ("\nx = = 1", "is no TOML, in line 2"),
        ("[a]\nprovider = 's3'\n[a]\n", "is no TOML, in line 3"),
        ("a = 1", "The entry a of the credentials file must be a table"),
        ('["a b"]\nprovider = "s3"', "The entry with an unusable name"),
        (HEAD, "entry acme of the credentials file needs exactly one of environment, profile and file"),
        (HEAD + 'environment = "A"\nfile = "/a"', "needs exactly one of"),
        (HEAD + 'environment = "A"\nbukets = []', "has the unknown key bukets"),
        (HEAD + f'environment = "A"\nsecret_access_key = "{HUSH}"', "has the unknown key secret_access_key"),
        (HEAD + 'environment = "A"\n"a b" = 1', "has an unknown key"),
        (HEAD.replace('"s3"', '"aws"') + 'environment = "A"', "needs provider: s3, gcs or azure"),
        ('[a]\ntenants = ["x"]\nenvironment = "A"', "needs provider"),
        ('[a]\nprovider = "s3"\nenvironment = "A"', "needs a list of texts as tenants"),
        (HEAD.replace('["acme"]', '"acme"') + 'environment = "A"', "needs a list of texts as tenants"),
        (HEAD.replace('["acme"]', '["ac*"]') + 'environment = "A"', "has tenants that are neither ids nor"),
        (HEAD.replace('["acme"]', '["../x"]') + 'environment = "A"', "has tenants that are neither ids nor"),
        (HEAD + 'environment = "A"\nbuckets = "x"', "needs a list of texts as buckets"),
        (HEAD + 'environment = "A"\nbuckets = [1]', "needs a list of texts as buckets"),
        (HEAD + 'environment = "acme"', "no name in capital letters"),
        (HEAD.replace("s3", "gcs") + 'environment = "GOOGLE"', "has the environment GOOGLE, which is Google's own"),
        (HEAD + "environment = 1", "needs a text as environment"),
        (HEAD + 'environment = ""', "needs a text as environment"),
        (HEAD + 'file = "secret.json"', "has a file that is not given from the root"),
        (HEAD + 'file = "~other/secret.json"', "has a file that is not given from the root"),
        (HEAD + 'profile = "a"\nprofile_file = "credentials"', "has a profile_file that is not given from the root"),
        (HEAD + 'environment = "A"\nprofile_file = "/a"', "has a profile_file without a profile"),
        (HEAD.replace("s3", "gcs") + 'profile = "a"', "has a profile, which is for s3 alone"),
        (HEAD + 'environment = "A"\nendpoint = "minio.example"', "has an endpoint that is no URL"),
        (HEAD + 'environment = "A"\nendpoint = "https://u:p@minio.example"', "has an endpoint that is no URL"),
        (HEAD + 'environment = "A"\nendpoint = 9000', "has an endpoint that is no URL"),
        (HEAD + 'environment = "A"\nregion = "evil.example/"', "has a region that is no name"),
        (HEAD + 'environment = "A"\nregion = 1', "has a region that is no name"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_the_name_of_the_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        Credentials(toml(tmp_path, text))
    assert error.value.code == "bad_setting"
    assert said in error.value.detail
    assert canary.found_in(error.value.detail) == []


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path, said in (
        (tmp_path / "missing", f"{tmp_path}/missing cannot be opened: No such file or directory."),
        (tmp_path, f"{tmp_path} cannot be opened: Is a directory."),
        (tmp_path / "binary", "is no TOML"),
    ):
        with pytest.raises(Invalid, match=said):
            Credentials(str(path))


def test_a_secret_below_a_folder_that_callers_may_read_is_refused(tmp_path: Path) -> None:
    roots = (tmp_path / "files" / "{tenant}",)
    (tmp_path / "files").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "files")
    for file in (tmp_path / "files" / "acme" / "x.json", tmp_path / "link" / "x.json"):
        with pytest.raises(Invalid, match="below a folder of file_roots"):
            Credentials(toml(tmp_path, HEAD + f'file = "{file}"'), roots)
        with pytest.raises(Invalid, match="below a folder of file_roots"):
            Credentials(toml(tmp_path, HEAD + f'profile = "x"\nprofile_file = "{file}"'), roots)
    assert Credentials(toml(tmp_path, HEAD + f'file = "{tmp_path}/beside.json"'), roots).entries()


def test_who_may_use_what(tmp_path: Path) -> None:
    text = """
        [first]
        provider = "s3"
        tenants = ["acme"]
        buckets = ["acme-*"]
        environment = "A"
        [second]
        provider = "s3"
        tenants = ["*"]
        endpoint = "https://minio.example"
        environment = "B"
        [nobody]
        provider = "gcs"
        tenants = []
        environment = "C"
    """
    found = Credentials(toml(tmp_path, text))

    def name(*asked: Any) -> str | None:
        entry = found.permitted(*asked)
        return entry and entry.name

    assert name("acme", "s3", "acme-x") == "first"
    assert name("acme", "s3", "acme-x", "https://minio.example") == "second"
    assert name("acme", "s3", "acme-x", "https://other.example") is None
    assert name("acme", "s3", "ACME-x") == "second"
    assert name("acm", "s3", "acme-x") == "second"
    assert name("acme", "gcs", "acme-x") is None
    assert found.named("nobody") is not None and found.named("none") is None
    assert found.named("nobody").opens("gcs", "any")  # type: ignore[union-attr]


def test_a_changed_file_counts_at_once_and_a_broken_one_opens_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found, entry = one(tmp_path, HEAD + 'environment = "A"')
    assert found.permitted("acme", "s3", "b") == entry
    toml(tmp_path, HEAD.replace('["acme"]', '["other"]') + 'environment = "A"')
    assert found.permitted("acme", "s3", "b") is None
    toml(tmp_path, HEAD + f'environment = "A"\nsecret = "{HUSH}"')
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            with pytest.raises(Unavailable) as error:
                found.permitted("acme", "s3", "b")
            assert error.value.code == "bad_credentials_file"
            assert "acme" not in error.value.detail  # told to any tenant
    assert [each.getMessage() for each in caplog.records if "unknown key secret" in each.getMessage()] == [
        "The entry acme of the credentials file has the unknown key secret. Nobody may use an entry until it is mended."
    ]
    os.unlink(tmp_path / "credentials.toml")
    with pytest.raises(Unavailable):
        found.entries()
    toml(tmp_path, HEAD + 'environment = "A"')
    assert found.permitted("acme", "s3", "b") == entry


# --- where secrets are ------------------------------------------------------------------------------------------------


def test_variables_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, entry = one(tmp_path, HEAD + 'environment = "ACME"')
    assert "the variable ACME_ACCESS_KEY_ID is missing" in unreadable(found, entry)
    monkeypatch.setenv("ACME_ACCESS_KEY_ID", "AKEXAMPLE")
    monkeypatch.setenv("ACME_SECRET_ACCESS_KEY", "")
    assert "the variable ACME_SECRET_ACCESS_KEY is missing" in unreadable(found, entry)
    monkeypatch.setenv("ACME_SECRET_ACCESS_KEY", HUSH)
    assert found.secret(entry) == S3_SECRET
    monkeypatch.setenv("ACME_SESSION_TOKEN", HUSH)
    assert found.secret(entry) == S3_SECRET | {"session_token": HUSH}
    monkeypatch.setenv("ACME_SESSION_TOKEN", f"{HUSH}\nx")
    assert "the variable ACME_SESSION_TOKEN has a character" in unreadable(found, entry)


def test_a_service_account_in_a_variable_keeps_three_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, entry = one(tmp_path, HEAD.replace("s3", "gcs") + 'environment = "ACME"')
    assert "the variable ACME_SERVICE_ACCOUNT is not set" in unreadable(found, entry)
    monkeypatch.setenv("ACME_SERVICE_ACCOUNT", f"{{{HUSH}")
    assert "the variable ACME_SERVICE_ACCOUNT holds no JSON object" in unreadable(found, entry)
    monkeypatch.setenv("ACME_SERVICE_ACCOUNT", json.dumps(service_account() | {"private_key": HUSH}))
    assert "private_key in the variable ACME_SERVICE_ACCOUNT is no RSA" in unreadable(found, entry)
    monkeypatch.setenv("ACME_SERVICE_ACCOUNT", json.dumps(service_account()))
    assert found.secret(entry) == gcs_secret()


def test_an_azure_account_in_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, entry = one(tmp_path, HEAD.replace("s3", "azure") + 'environment = "ACME"')
    monkeypatch.setenv("ACME_ACCOUNT_NAME", AZURE_SECRET["account_name"])
    assert "needs account_key or sas_token" in unreadable(found, entry)
    monkeypatch.setenv("ACME_ACCOUNT_KEY", AZURE_SECRET["account_key"])
    assert found.secret(entry) == AZURE_SECRET


def test_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found, entry = one(tmp_path, HEAD + 'profile = "acme"')
    assert "profile_file names a file that is not there" in unreadable(found, entry)
    (tmp_path / ".aws").mkdir()
    folder = tmp_path / ".aws"
    secret_file(folder, f"[default]\naws_access_key_id = X\naws_secret_access_key = {HUSH}\n", name="credentials")
    assert "profile_file has no section acme" in unreadable(found, entry)
    secret_file(folder, f"[acme]\naws_secret_access_key={HUSH}", name="credentials")
    assert "aws_access_key_id in the section acme of profile_file is missing" in unreadable(found, entry)
    secret_file(folder, f"aws_secret_access_key = {HUSH}", name="credentials")
    assert "profile_file cannot be parsed" in unreadable(found, entry)
    given = f"[acme]\nregion = x\naws_access_key_id = AKEXAMPLE\naws_secret_access_key = {HUSH}%(x)s%\n"
    secret_file(folder, given, name="credentials")
    assert found.secret(entry) == S3_SECRET | {"secret_access_key": f"{HUSH}%(x)s%"}


def test_a_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    found, entry = one(tmp_path, HEAD + f'file = "{file}"')
    assert "file names a file that is not there" in unreadable(found, entry)
    secret_file(tmp_path, S3_SECRET)
    assert found.secret(entry) == S3_SECRET
    secret_file(tmp_path, S3_SECRET | {"access_key_id": "NEXT"})
    assert found.secret(entry)["access_key_id"] == "NEXT"
    for content, said in (
        ("[]", "file holds no JSON object"),
        (f'{{"access_key_id": "{HUSH}', "file holds no JSON object"),
        ({"access_key_id": "A"}, "secret_access_key in its file is missing"),
        (S3_SECRET | {HUSH: "x"}, "what stands in its file holds a field that is not known"),
        ("x" * (1 << 20) + "y", "file names a file that is too large"),
    ):
        secret_file(tmp_path, content)
        assert said in unreadable(found, entry)
    file.write_bytes(b"\xff")
    assert "file names a file that is no text" in unreadable(found, entry)
    file.unlink()
    file.mkdir()
    assert "cannot be read" in unreadable(found, entry)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o601, 0o644, 0o666])
def test_a_secret_that_others_may_read_is_refused_unless_it_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    file = secret_file(tmp_path, S3_SECRET, mode)
    found, entry = one(tmp_path, HEAD + f'file = "{file}"')
    assert "file names a file that other users may read or change" in unreadable(found, entry)
    file.chmod(0o440)
    assert found.secret(entry) == S3_SECRET
    file.chmod(mode)
    monkeypatch.setattr(secret_sources, "MOUNTED", tmp_path)
    assert found.secret(entry) == S3_SECRET


# --- what a secret is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "changed", "field"),
    [
        ("s3", {"secret_access_key": None}, "secret_access_key"),
        ("s3", {"secret_access_key": ""}, "secret_access_key"),
        ("s3", {"secret_access_key": 5}, "secret_access_key"),
        ("s3", {"secret_access_key": "x" * 257}, "secret_access_key"),
        ("s3", {"secret_access_key": "a b"}, "secret_access_key"),
        ("s3", {"secret_access_key": "ä"}, "secret_access_key"),
        ("s3", {"access_key_id": "a/b"}, "access_key_id"),
        ("s3", {"access_key_id": "a\r\nHost: b"}, "access_key_id"),
        ("s3", {"session_token": "x" * 8193}, "session_token"),
        ("s3", {"endpoint": "http://x"}, ""),
        ("gcs", {"private_key": "-----BEGIN PRIVATE KEY-----\nx"}, "private_key"),
        ("gcs", {"client_email": "a@b/c"}, "client_email"),
        ("gcs", {"private_key_id": "a b"}, "private_key_id"),
        ("gcs", {"private_key_id": None}, "private_key_id"),
        ("gcs", {"credential_source": "/etc/passwd"}, ""),
        ("azure", {"account_name": "a.evil.example/"}, "account_name"),
        ("azure", {"account_name": "Acme"}, "account_name"),
        ("azure", {"account_key": "no base64"}, "account_key"),
        ("azure", {"account_key": None}, ""),
        ("azure", {"sas_token": "sv=1&sig=x"}, ""),
    ],
)
def test_a_secret_has_the_fields_of_its_provider_and_they_are_well_formed(
    provider: str, changed: dict[str, Any], field: str
) -> None:
    good = {"s3": S3_SECRET, "gcs": gcs_secret(), "azure": AZURE_SECRET}[provider]
    assert checked(provider, good) == good
    with pytest.raises(BadSecret) as error:
        checked(provider, good | changed)
    assert error.value.field == field
    assert all(value not in error.value.message for value in changed.values() if isinstance(value, str) and value)


def test_where_tokens_come_from_is_not_for_the_giver_to_say() -> None:
    assert checked("gcs", service_account()) == gcs_secret()
    assert checked("azure", {"account_name": "acme", "sas_token": "sv=1&sig=x"})["sas_token"] == "sv=1&sig=x"
