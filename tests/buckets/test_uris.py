"""URIs as texts: what is one, where its result goes, and that a result is known for one."""

import pytest

from expunct_server.buckets import uris
from expunct_server.buckets.uris import Uri
from expunct_server.errors import Invalid

LONG = "x" * 1024


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("s3://bucket/key", Uri("s3", "bucket", "key")),
        ("s3://my.bucket-1/a/b c/ü☃.txt", Uri("s3", "my.bucket-1", "a/b c/ü☃.txt")),
        ("s3://bucket/a%41?b#c", Uri("s3", "bucket", "a%41?b#c")),  # literal
        ("s3://bucket/a[1]{2}'\"\\^|`~&$@=;:+,", Uri("s3", "bucket", "a[1]{2}'\"\\^|`~&$@=;:+,")),
        ("s3://bucket/...", Uri("s3", "bucket", "...")),
        (f"s3://bucket/{LONG}", Uri("s3", "bucket", LONG)),
        ("gs://my_bucket.example.com/key", Uri("gs", "my_bucket.example.com", "key")),
        ("az://container/key", Uri("az", "container", "key")),
        ("file:///a/b%20c", Uri("file", "", "/a/b c")),
        ("file://localhost/a", Uri("file", "", "/a")),
        ("https://A.example:8443/x/y?sig=a%2Fb", Uri("https", "a.example:8443", "/x/y", "sig=a%2Fb")),
        ("https://a.example", Uri("https", "a.example", "")),
        ("https://a.example/?", Uri("https", "a.example", "/", "")),
    ],
)
def test_a_uri_in_its_parts(text: str, parts: Uri) -> None:
    assert uris.parse(text) == parts


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        (
            "unsupported_scheme",
            (
                "", "x", "bucket/key", "s3:bucket/key", "S3://bucket/key", "ftp://a/b", "http://a.example/b",
                "javascript://x", "FILE:///x", " s3://bucket/key", "folder:///x", "gcs://bucket/key", "azure://c/k",
            ),
        ),
        (
            "bad_bucket_name",
            (
                "s3://", "s3:///key", "s3://ab/k", f"s3://{'a' * 64}/k", "s3://Bucket/k", "s3://a_b/k", "s3://a..b/k",
                "s3://-ab/k", "s3://ab-/k", "s3://.ab/k", "s3://192.168.1.1/k", "s3://xn--abc/k", "s3://abc--x-s3/k",
                "s3://a.mrap/k", "s3://u:p@abc/k", "s3://abc:80/k", "s3://äbc/k", "s3://a b/k", "s3://a.-b/k",
                "gs://google-x/k", "gs://goog1/k", "gs://1.2.3.4/k", "gs://A/k", f"gs://{'a' * 64}/k", "gs://a..b/k",
                "az://a_b/k", "az://a--b/k", "az://a.b/k", "az://$web/k", "az://ab-/k", "az://x@y/k", "s3://abc\n/k",
            ),
        ),
        ("key_not_supported", ("s3://bucket//a", "s3://bucket/a//b", "gs://bucket/./a", "az://abc/a/../b", "s3://bucket/..")),
        (
            "invalid",
            (
                "s3://bucket", "s3://bucket/", "s3://bucket/a/", f"s3://bucket/{LONG}x", "s3://bucket/" + "ü" * 513,
                "s3://bucket/a\nb", "s3://bucket/a\x00", "s3://bucket/a\x7f", "s3://bucket/a\x85", "s3://bucket/\ud800",
                "file://", "file://host/a", "file:///a?b", "file:///a#b", "file:///a%00", "file:///a%ff", "file://[a",
                "file:///" + "x" * 4000, "https://", "https:///x", "https://u@a.example", "https://u:p@a.example/",
                "https://a.example/#x", "https://a.example:x/", "https://a.example:99999/", "https://[::1/",
                "https://a.example/\r\nHost: b", "file:///", "file:///folder/", "file:///folder/.", "file:///folder/%2e%2e",
            ),
        ),
    ],
)  # fmt: skip
def test_what_is_no_uri_is_refused_without_repeating_it(code: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(Invalid) as error:
            uris.parse(text, "input_uris.3")
        expected = {code, "invalid"} if "\n" in text else {code}
        assert error.value.code in expected, text
        assert error.value.errors[0].field == "input_uris.3"
        assert error.value.detail.startswith("input_uris.3 ")
        assert len(text) < 8 or text not in error.value.detail
        assert not set(error.value.detail) & set("[]\n")


@pytest.mark.parametrize(
    ("key", "output"),
    [
        ("a/b.txt", "a/b.redacted.txt"),
        ("b", "b.redacted"),
        ("a.b/c", "a.b/c.redacted"),
        (".env", ".env.redacted"),
        ("a/.env", "a/.env.redacted"),
        ("x.tar.gz", "x.tar.redacted.gz"),
        ("end.", "end..redacted"),
        ("...", "....redacted"),
        ("a.redacted.txt", "a.redacted.redacted.txt"),
        ("a.redacted", "a.redacted.redacted"),
        (".redacted", ".redacted.redacted"),
        ("a?b#c%41.txt", "a?b#c%41.redacted.txt"),
        ("ü.PDF", "ü.redacted.PDF"),
    ],
)
def test_a_result_goes_beside_its_input_and_is_known_for_one(key: str, output: str) -> None:
    assert uris.default_output(f"s3://bucket/{key}") == f"s3://bucket/{output}"
    assert uris.is_output(output)
    assert uris.is_output(f"redacted/{output}")


def test_what_was_not_made_here_is_no_output() -> None:
    names = (
        "a",
        "redacted",
        "redacted.txt",
        ".redacted",
        ".redacted.txt",
        "a.redacted/b",
        "aredacted.txt",
        "a.redacted.b.c",
    )
    for key in names:
        assert not uris.is_output(key), key
        assert not uris.is_output(f"x/{key}"), key


def test_of_https_and_files_nothing_is_written_unless_told() -> None:
    assert uris.default_output("https://a.example/b.txt") is None
    assert uris.default_output("file:///a/b.txt") is None


def test_a_key_that_leaves_no_room_for_its_result_needs_an_output_uri() -> None:
    with pytest.raises(Invalid, match="give output_uri"):
        uris.default_output(f"s3://bucket/{LONG}")


def test_a_signature_is_neither_shown_nor_in_repr() -> None:
    assert uris.shown("https://a.example/b?sig=hush") == "https://a.example/b"
    assert uris.shown("s3://bucket/a?b") == "s3://bucket/a?b"
    assert "hush" not in repr(uris.parse("https://a.example/b?sig=hush"))


def test_uris_of_objects_lead_back_to_them() -> None:
    for key in ("a/b c.txt", "100%.txt", "ü?#.txt"):
        assert uris.parse(uris.of_object("s3", "bucket", key)) == Uri("s3", "bucket", key)
        assert uris.parse(uris.of_object("gcs", "bucket", key)).scheme == "gs"
        assert uris.parse(uris.of_object("azure", "container", key)).scheme == "az"
        assert uris.parse(uris.of_object("folder", "/srv/x y/", key)).key == f"/srv/x y/{key}"


def test_the_same_place_is_the_same_however_its_path_is_spelt() -> None:
    assert uris.same_place("file:///a%62", "file://localhost/ab")
    assert uris.same_place("s3://bucket/a", "s3://bucket/a")
    for other in ("s3://bucket/%61", "s3://other-bucket/a", "gs://bucket/a", "s3://bucket/A"):
        assert not uris.same_place("s3://bucket/a", other)
