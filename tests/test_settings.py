"""Settings: one place, one order of precedence, and a wrong value refused at the start by its name."""

from dataclasses import FrozenInstanceError, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from expunct_server.errors import Invalid
from expunct_server.redaction.names import CARRIED
from expunct_server.settings import PREFIX, Settings, load, server_url


def test_without_anything_the_defaults_hold() -> None:
    settings = load({})
    assert settings == Settings()
    assert (settings.host, settings.data, settings.url) == (
        "127.0.0.1",
        Path("data"),
        "sqlite:///data/expunct.db",
    )


def test_every_setting_is_read_from_the_environment() -> None:
    values: dict[str, tuple[str, Any]] = {
        "data": ("/srv/x", Path("/srv/x")),
        "database_url": ("postgresql://h/n", "postgresql://h/n"),
        "host": ("::1", "::1"),
        "file_roots": ("/a:/b c:", (Path("/a"), Path("/b c"))),
        "trusted_proxies": ("10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        "private_networks": ("10.1.0.0/16,fd00::/8", (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))),
        "store": ("s3://own/some/prefix", "s3://own/some/prefix"),
        "store_credentials": ("own", "own"),
        "credentials_file": ("/srv/credentials.toml", "/srv/credentials.toml"),
        "bucket_endpoints": ("https://a.example:9000, http://b", ("https://a.example:9000", "http://b")),
        "fetch_hosts": ("a.example,*.b.example, c:8443", ("a.example", "*.b.example", "c:8443")),
        "master_key": ("aB" * 32, "aB" * 32),
        "log_key": ("Cd" * 32, "Cd" * 32),
        "log_origin": ("logs.example", "logs.example"),
        "witness_policy": ("/srv/policy", "/srv/policy"),
        "log_level": ("debug", "debug"),
        "detection_models": ("spacy:de_x, onnx:/m@de+fr", ("spacy:de_x", "onnx:/m@de+fr")),
        "llm_endpoints": ("http://l:8000/v1, https://m", ("http://l:8000/v1", "https://m")),
        "llm_api_keys": ("-,key", ("-", "key")),
        "llm_model": ("org/m-7b:q4", "org/m-7b:q4"),
        "worker_lost_seconds": ("123", 123),
    }
    values |= {each.name: ("77", 77) for each in fields(Settings) if each.name not in values}
    settings = load({PREFIX + name.upper(): text for name, (text, _) in values.items()})
    assert {each.name: getattr(settings, each.name) for each in fields(Settings)} == {
        name: value for name, (_, value) in values.items()
    }


def test_the_command_line_wins_over_the_environment_and_none_means_not_given() -> None:
    environment = {f"{PREFIX}PORT": "1", f"{PREFIX}HOST": "::1", f"{PREFIX}WORKERS": ""}
    settings = load(environment, port=2, host=None)
    assert (settings.port, settings.host, settings.workers) == (2, "::1", 1)


@pytest.mark.parametrize("name", [each.name for each in fields(Settings) if isinstance(each.default, int)])
def test_a_number_that_is_none_or_too_small_is_refused_by_name(name: str) -> None:
    variable = PREFIX + name.upper()
    for text in ("many", "1.5", "0x10", "-1"):
        with pytest.raises(Invalid) as error:
            load({variable: text})
        assert error.value.code == "bad_setting"
        assert variable in error.value.detail
        assert text not in error.value.detail


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trusted_proxies", "10.0.0.0/8,nonsense"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("private_networks", "10.0.0.0/8,nonsense"),
        ("private_networks", "10.0.0.1/8"),
        ("file_roots", "~nobody-of-this-name/x"),
        ("master_key", "abc"),
        ("master_key", "g" * 64),
        ("port", "65536"),
        ("log_level", "loud"),
        ("heartbeat_seconds", "15"),
        ("busy_timeout_seconds", "0"),
        ("worker_concurrency", "0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Invalid) as error:
        load({PREFIX + name.upper(): text})
    assert error.value.code == "bad_setting"
    assert PREFIX + name.upper() in error.value.detail
    assert text not in error.value.detail.replace("65535", "")


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "bucket_endpoints",
            (
                "a.example", "ftp://a.example", "s3://a", "https://", "https://:9000", "https://a.example/path",
                "https://a.example?x=1", "https://a.example#x", "https://u:p@a.example", "https://@a.example",
                "https://a.example:port", "https://a.example:70000", "https://a.example:0", "https://a..example",
                "https://-a.example", "https://a b", "https://ä.example", "https://[::1", "https://good.example,bad",
                "https://a.example\\b", "https://a\n.example",
            ),
        ),
        (
            "fetch_hosts",
            (
                "https://a.example", "a.example/x", "*a.example", "a.*.example", "**", "a.example:", "a.example:0",
                "a.example:123456", "*.", ".a.example", "u@a.example", "a b", "good.example,bad/", "-a.example",
            ),
        ),
        (
            "store",
            (
                "s3:bucket", "s3://", "s3://b", "s3://Bucket", "file:///x", "https://a.example/b", "s3://bucket/../x",
                "s3://bucket/a//b", "s3://bucket//", "s3://bucket/./a", "s3://bucket/a b", "s3://u:p@bucket/a",
                "s3://bucket?x=1", "/data", "S3://bucket",
            ),
        ),
    ],
)  # fmt: skip
def test_what_names_no_server_host_or_bucket_is_refused_by_name(name: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(Invalid) as error:
            load({PREFIX + name.upper(): text, f"{PREFIX}STORE_CREDENTIALS": "x", f"{PREFIX}CREDENTIALS_FILE": "x"})
        assert error.value.code == "bad_setting", text
        assert PREFIX + name.upper() in error.value.detail, text
        assert len(text) < 12 or text not in error.value.detail


def test_what_names_a_server_a_host_or_a_bucket_is_taken() -> None:
    hosts = "*,localhost,a-b.example:8443,*.example.com,*:8443,127.0.0.1:80,[::1]:443,UPPER.example"
    assert len(load({f"{PREFIX}FETCH_HOSTS": hosts}).fetch_hosts) == 8
    assert load({f"{PREFIX}FETCH_HOSTS": "none"}).fetch_hosts == ()
    for store in ("s3://own", "gs://own/", "az://own/a/b.c_d-e=1", "s3://own/prefix/"):
        assert load({}, store=store, store_credentials="own", credentials_file="c.toml").store == store


@pytest.mark.parametrize(
    "text",
    [
        "no_such", "names,names", "names@de", "spacy:", "spacy:not-a-package", "spacy:folder/x", "onnx:folder", "onnx:",
        "spacy:de@german", "names;en_core_web_sm", "onnx:/m\x7fodels", "/m", "spacy:a,b",
    ],
)  # fmt: skip
def test_what_names_no_model_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid, match=r"^EXPUNCT_SERVER_DETECTION_MODELS must be different ones of names") as error:
        load({f"{PREFIX}DETECTION_MODELS": text})
    assert error.value.code == "bad_setting"


def test_models_may_be_named_by_package_or_folder_with_languages_or_not_at_all() -> None:
    assert Settings().detection_models == CARRIED
    assert load({f"{PREFIX}DETECTION_MODELS": "none"}).detection_models == ()
    named = "names,en_core_web_sm,spacy:de_core_news_md,spacy:/a b/model-best@de+gsw,onnx:/m@2/x,onnx:/m/é@en"
    assert load({f"{PREFIX}DETECTION_MODELS": named}).detection_models == tuple(named.split(","))


@pytest.mark.parametrize(
    ("given", "one_spelling"),
    [
        ("https://A.Example", "https://a.example"),
        ("HTTPS://a.example:443/", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("https://a.example:80", "https://a.example:80"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_a_storage_server_has_one_spelling(given: str, one_spelling: str) -> None:
    assert server_url(given) == one_spelling
    assert load({f"{PREFIX}BUCKET_ENDPOINTS": given}).bucket_endpoints == (given,)


def test_the_servers_own_store_and_its_credentials_go_together() -> None:
    for given in ({"store": "s3://own"}, {"store_credentials": "own", "credentials_file": "c.toml"}):
        with pytest.raises(Invalid, match="STORE and EXPUNCT_SERVER_STORE_CREDENTIALS go together"):
            load({}, **given)
    with pytest.raises(Invalid, match="EXPUNCT_SERVER_CREDENTIALS_FILE"):
        load({}, store="s3://own", store_credentials="own")


@pytest.mark.parametrize("name", ["port", "workers", "min_free_bytes", "max_retries", "refusal_window_seconds"])
def test_zero_is_fine_where_it_means_something(name: str) -> None:
    assert getattr(load({PREFIX + name.upper(): "0"}), name) == 0


@pytest.mark.parametrize("url", ["mysql://h/n", "sqlite://", "postgresql", "/a/path", "postgresql+asyncpg://h/n"])
def test_another_database_is_refused_without_repeating_its_address(url: str) -> None:
    with pytest.raises(Invalid) as error:
        load({f"{PREFIX}DATABASE_URL": url})
    assert error.value.detail == "The database URL must start with postgresql:// or sqlite:///."


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgresql://u:p@h:5/n?x=1", "postgresql+psycopg://u:p@h:5/n?x=1"),
        ("postgres://h/n", "postgresql+psycopg://h/n"),
        ("postgresql+psycopg://h/n", "postgresql+psycopg://h/n"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ],
)
def test_the_driver_is_ours_to_choose(given: str, url: str) -> None:
    assert load({}, database_url=given).url == url


def test_secrets_are_not_shown_and_nothing_changes_later() -> None:
    settings = load({}, database_url="postgresql://u:hush@h/n", master_key="ab" * 32)
    assert "hush" not in repr(settings) and "abab" not in repr(settings)
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("root", [".", "data", "data/keys", "..", "{tenant}", "data/{tenant}"])
def test_a_file_root_never_holds_the_data_folder_nor_lies_in_it(tmp_path: Path, root: str) -> None:
    data = tmp_path / "data"
    with pytest.raises(Invalid, match="FILE_ROOTS must not hold"):
        load({}, data=data, file_roots=(tmp_path / root,))


def test_a_file_root_beside_the_data_folder_is_taken(tmp_path: Path) -> None:
    roots = (tmp_path / "files", tmp_path / "shared" / "{tenant}")
    assert load({}, data=tmp_path / "data", file_roots=roots).file_roots == roots


@pytest.mark.parametrize("root", ["files", "./files", "{tenant}", "/srv:files"])
def test_a_file_root_is_named_from_the_root(tmp_path: Path, root: str) -> None:
    with pytest.raises(Invalid, match="FILE_ROOTS must be folders named from the root"):
        load({f"{PREFIX}FILE_ROOTS": root}, data=tmp_path / "data")


def test_a_file_root_never_holds_the_database_or_the_credentials_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/base/expunct.db"
    with pytest.raises(Invalid, match="FILE_ROOTS must not hold"):
        load({}, data=tmp_path / "data", database_url=url, file_roots=(tmp_path / "base",))
    credentials = str(tmp_path / "files" / "etc" / "credentials.toml")
    with pytest.raises(Invalid, match="FILE_ROOTS must not hold"):
        load({}, data=tmp_path / "data", credentials_file=credentials, file_roots=(tmp_path / "files" / "{tenant}",))
    beside = (tmp_path / "base" / "files",)
    assert load({}, data=tmp_path / "data", database_url=url, file_roots=beside).file_roots == beside


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({"LLM_ENDPOINTS": "llm.example/v1"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "ftp://llm.example/v1"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "https://me:secret@llm.example/v1"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "https://llm.example/v1?key=k"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "https://llm.example/v1, https://LLM.example/v1/"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "https://llm.example/a b"}, "LLM_ENDPOINTS"),
        ({"LLM_ENDPOINTS": "https://llm.example", "LLM_API_KEYS": "a,b"}, "LLM_API_KEYS"),
        ({"LLM_API_KEYS": "a"}, "LLM_API_KEYS"),
        ({"LLM_ENDPOINTS": "https://llm.example", "LLM_API_KEYS": "k\u00e4y"}, "LLM_API_KEYS"),
        ({"LLM_MODEL": "a b"}, "LLM_MODEL"),
        ({"LLM_SECONDS": "0"}, "LLM_SECONDS"),
        ({"LLM_CONCURRENCY": "0"}, "LLM_CONCURRENCY"),
    ],
)
def test_settings_of_language_models_that_cannot_be_meant_are_refused_by_name(env: dict[str, str], names: str) -> None:
    with pytest.raises(Invalid) as raised:
        load({f"EXPUNCT_SERVER_{name}": value for name, value in env.items()})
    assert names in raised.value.detail and "secret" not in raised.value.detail
