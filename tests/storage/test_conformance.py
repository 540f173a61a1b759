"""Every sentence of the contract of a store (storage.base), over each kind of store."""

import io
import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from expunct_server.storage.base import (
    KeyUnsupported,
    Stat,
    Store,
    StoreChanged,
    StoreExists,
    StoreMissing,
)
from expunct_server.storage.objects import ObjectStore

IN_ORDER = ["a", "a-b", "b/c/d", "b/c/e", "b/d", "z", "ü/x", "中/文", "🎉"]
# Some servers sort each folder by itself, and these otherwise.
MIXED = ["a", "b-c", "b.txt", "b/c-x", "b/c.y/z", "b/c/d", "b/c/d-", "b/c/e", "b/d", "b0"]
REFUSED = ["", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/../b", "a/.", "a\nb", "nul\0", "\x7f", "lone \ud800"]
BIG = bytes(range(256)) * 70_000  # more than two parts of a multipart upload


def put(store: Store, key: str, data: bytes = b"data", **more: Any) -> Stat:
    return store.put(key, io.BytesIO(data), **more)


def read(store: Store, key: str, **more: Any) -> bytes:
    reader = store.open(key, **more)
    try:
        return b"".join(iter(lambda: reader.read(1 << 16), b""))
    finally:
        reader.close()


def keys(store: Store, *args: Any, **more: Any) -> list[str]:
    return [each.key for each in store.list(*args, **more)]


def test_list_gives_what_is_there_in_order_and_from_any_key_on(store: Store) -> None:
    for key in IN_ORDER[::-1]:
        put(store, key, key.encode())
    assert keys(store) == IN_ORDER
    for number, key in enumerate(IN_ORDER):
        assert keys(store, after=key) == IN_ORDER[number + 1 :]
    assert keys(store, after="b/c/d!") == IN_ORDER[IN_ORDER.index("b/c/e") :]  # no such key is needed
    assert keys(store, "b") == keys(store, "b/") == ["b/c/d", "b/c/e", "b/d"]
    assert keys(store, "b/c", after="b/c/d") == ["b/c/e"]
    assert keys(store, "nothing") == []


def test_what_is_listed_is_what_stat_and_open_say(store: Store) -> None:
    put(store, "a/b", b"12345")
    (listed,) = store.list()
    reader = store.open("a/b")
    reader.close()
    assert (listed.key, listed.size, listed.etag) == ("a/b", 5, store.stat("a/b").etag)
    assert (reader.stat.size, reader.stat.etag) == (5, listed.etag)
    assert abs(listed.modified_at - store.stat("a/b").modified_at) < 1_000_000


def test_what_was_put_is_read_whatever_its_size(store: Store) -> None:
    for size in (0, 1, (8 << 20) - 1, 8 << 20, (8 << 20) + 1, len(BIG)):
        told = put(store, "a", BIG[:size])
        assert (told.key, told.size) == ("a", size)
        assert (store.stat("a").etag, store.stat("a").size) == (told.etag, size)
        assert read(store, "a") == BIG[:size]


def test_put_reads_from_where_the_source_stands_and_one_that_only_reads_will_do(store: Store) -> None:
    source = io.BytesIO(b"head and body")
    source.seek(9)
    store.put("a", source)
    assert read(store, "a") == b"body"

    class OnlyReads:
        def read(self, size: int = -1) -> bytes:
            return inner.read(size)

    for size, if_absent in itertools.product((3, len(BIG)), (False, True)):
        inner = io.BytesIO(BIG[:size])
        store.remove("a")
        store.put("a", OnlyReads(), if_absent=if_absent)  # type: ignore[arg-type]
        assert read(store, "a") == BIG[:size]


def test_read_gives_pieces_as_asked_and_then_nothing(store: Store) -> None:
    put(store, "a", BIG)
    reader = store.open("a")
    assert reader.read(3) == BIG[:3] and reader.read(0) == b""
    assert len(reader.read(5_000_000)) == 5_000_000
    assert reader.read() == BIG[5_000_003:]
    assert reader.read() == reader.read(10) == b""
    reader.close()
    reader.close()


def test_the_etag_differs_when_the_bytes_do_and_open_with_it_means_that_state(store: Store) -> None:
    first = put(store, "a", b"one").etag
    assert read(store, "a", etag=first) == b"one"
    second = put(store, "a", b"two").etag
    assert first != second
    assert read(store, "a", etag=second) == b"two"
    with pytest.raises(StoreChanged):
        store.open("a", etag=first)
    assert StoreChanged.passing


def test_what_is_open_stays_one_state_whatever_is_written(store: Store) -> None:
    put(store, "a", BIG)
    reader = store.open("a")
    begun = reader.read(10)
    put(store, "a", b"another")
    assert begun + reader.read() == BIG
    reader.close()
    assert read(store, "a") == b"another"


def test_behind_any_key_that_was_given_the_list_goes_on(store: Store) -> None:
    for key in MIXED:
        put(store, key)
    given = keys(store)
    assert sorted(given, key=str.encode) == MIXED
    assert given == MIXED or isinstance(store, ObjectStore)
    for number, key in enumerate(given):
        assert keys(store, after=key) == given[number + 1 :]


@pytest.mark.parametrize("size", [3, len(BIG)], ids=["small", "parts"])
@pytest.mark.parametrize("before", [None, b"old"], ids=["new", "replaced"])
def test_a_put_that_fails_leaves_what_was_there(store: Store, before: bytes | None, size: int) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            if not piece or self.tell() == len(self.getvalue()):
                raise ConnectionResetError("the source is gone")
            return piece

    if before is not None:
        put(store, "a", before)
    with pytest.raises(ConnectionResetError):
        store.put("a", Broken(BIG[:size]))
    assert keys(store) == ([] if before is None else ["a"])
    if before is not None:
        assert read(store, "a") == before


def test_put_if_absent_does_not_replace(store: Store) -> None:
    told = put(store, "a", b"first", if_absent=True)
    for data in (b"first", BIG):
        with pytest.raises(StoreExists):
            put(store, "a", data, if_absent=True)
    assert read(store, "a") == b"first" and store.stat("a").etag == told.etag
    put(store, "empty", b"", if_absent=True)
    assert read(store, "empty") == b""
    store.remove("a")
    put(store, "a", BIG, if_absent=True)
    assert read(store, "a") == BIG


def test_of_writers_that_put_if_absent_exactly_one_wins(store: Store) -> None:
    start, won, lost = threading.Barrier(8), [], []

    def write(number: int) -> None:
        start.wait()
        try:
            put(store, "a/b", b"%d" % number * 1000, if_absent=True)
            won.append(number)
        except StoreExists:
            lost.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(won) == 1 and len(lost) == 7
    assert read(store, "a/b") == b"%d" % won[0] * 1000


def test_a_draft_is_nothing_until_it_is_published(store: Store) -> None:
    with store.create("a/b") as draft:
        draft.file.write(b"half")
        assert keys(store) == []
        draft.file.write(b" and half")
        told = draft.publish()
        assert read(store, "a/b") == b"half and half"
        draft.file.seek(0)
        assert draft.file.read() == b"half and half"  # whoever published may read it again
    assert store.stat("a/b").etag == told.etag and told.key == "a/b"


def test_a_draft_that_is_not_published_leaves_nothing(store: Store) -> None:
    put(store, "a", b"old")
    with store.create("a") as draft:
        draft.file.write(b"new")
    with suppress(RuntimeError), store.create("b") as draft:
        draft.file.write(b"new")
        raise RuntimeError
    assert keys(store) == ["a"] and read(store, "a") == b"old"


def test_remove_removes_and_does_not_mind_that_there_is_nothing(store: Store) -> None:
    put(store, "a/b")
    for key in ("a/b", "a/b", "never/was"):
        store.remove(key)
    assert keys(store) == []


@pytest.mark.parametrize("act", [lambda store, key: store.stat(key), lambda store, key: store.open(key)])
def test_what_is_not_there_is_said_so(store: Store, act: Callable[[Store, str], object]) -> None:
    put(store, "a/b")
    for key in ("c", "a/c", "a/b/c", "x/y"):
        with pytest.raises(StoreMissing):
            act(store, key)


def test_a_key_that_cannot_be_is_refused_everywhere(store: Store) -> None:
    acts: list[Callable[[str], object]] = [
        store.stat,
        store.open,
        store.remove,
        lambda key: put(store, key),
        lambda key: put(store, key, if_absent=True),
        lambda key: store.create(key).__enter__(),
    ]
    for key in REFUSED:
        for act in acts:
            with pytest.raises(KeyUnsupported):
                act(key)
    assert keys(store) == []


NASTY = [
    *(
        "per%cent",
        "a%20b",
        "a%2Fb",
        "ha#sh",
        "q?x=1&y=2",
        "sp ace",
        " lead",
        "trail ",
        "pl+us",
        "a&b=c",
        "a;b,c",
        "a:b",
    ),
    *("a@b", "'quo\"tes", "<x>&amp;", "a|b", "{x}", "[x]", "^`~", "*", "...", "a/.hidden", "%", "%zz", "~", "$,!()"),
    *(
        "é",
        "e\u0301",
        "日本語/ファイル.txt",
        "🎉.txt",
        "\u2028",
        "\ufeffbom",
        "\ue000",
        "x" * 250,
        "d/" * 60 + "x",
        "\xa0",
    ),
]


def test_keys_of_all_kinds_are_what_they_are(store: Store) -> None:
    for key in NASTY:
        put(store, key, key.encode())
    for key in NASTY:
        assert read(store, key) == key.encode() and store.stat(key).size == len(key.encode()), key
    assert sorted(keys(store)) == sorted(NASTY)


def test_errors_say_nothing_but_their_sentence(store: Store) -> None:
    with pytest.raises(StoreMissing) as error:
        store.stat("secret/name")
    assert str(error.value) == StoreMissing.detail
    assert "secret" not in repr(error.value)
