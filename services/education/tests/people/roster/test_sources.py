"""A zip is never unpacked and never believed."""

import io
import stat
import struct
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.education.people.roster.sources import Bounds, Zip


def _zip(*entries: tuple[Any, bytes]) -> io.BytesIO:
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return data


def _link() -> ZipInfo:
    info = ZipInfo("users.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/passwd", "roster/users.csv", "..\\users.csv", "C:users.csv", "a/../../b.csv"]
)
def test_a_path_that_points_out_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        Zip(_zip((name, b"")), Bounds())

    assert refused.value.code == "zip-entry-unsafe"


def test_links_doubles_and_locked_entries_are_refused() -> None:
    locked = bytearray(_zip(("users.csv", b"x")).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", locked, locked.index(signature) + offset, 1)
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = _zip(("users.csv", b"a"), ("users.csv", b"b"))

    for data in (_zip((_link(), b"/etc/passwd")), doubled, io.BytesIO(locked)):
        with pytest.raises(Refused, match="zip-entry-unsafe"):
            Zip(data, Bounds())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not really", b"sourcedId,status\n"])
def test_what_is_no_zip_is_told(data: bytes) -> None:
    with pytest.raises(Refused, match="zip-invalid"):
        Zip(io.BytesIO(data), Bounds())


def test_a_bomb_is_refused_by_what_it_says() -> None:
    with pytest.raises(Refused, match="zip-too-large"):
        Zip(_zip(("users.csv", bytes(200_000))), Bounds(bytes_in_all=100_000))
    with pytest.raises(Refused, match="zip-too-large"):
        Zip(_zip(*((f"{n}.csv", b"") for n in range(9))), Bounds(files=8))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_is_read() -> None:
    data = bytearray(_zip(("users.csv", bytes(200_000))).getvalue())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    source = Zip(io.BytesIO(data), Bounds(bytes_in_all=100))

    with source.open("users.csv") as stream, pytest.raises(Refused):
        list(stream)


def test_a_damaged_entry_is_told() -> None:
    data = bytearray(_zip(("users.csv", b"sourcedId\n" * 500)).getvalue())
    data[45] ^= 0xFF
    source = Zip(io.BytesIO(data), Bounds())

    with pytest.raises(Refused, match="zip-invalid"), source.open("users.csv") as stream:
        stream.read()


def test_what_a_desktop_adds_is_passed_over() -> None:
    source = Zip(_zip(("users.csv", b"a"), ("__MACOSX/._users.csv", b"b"), (".DS_Store", b"c")), Bounds())

    assert source.names() == {"users.csv"}
    with source.open("users.csv") as stream:
        assert stream.read() == b"a"
