"""What may lie in the media folder, and what is found in it."""

import io

import pytest
from ewaste.education.content.files.pictures import InvalidMedia, check_svg, looks_like
from ewaste.education.content.files.sound import has_sound


def _svg(inner: str = "", root: str = 'xmlns="http://www.w3.org/2000/svg"') -> bytes:
    return f"<svg {root}>{inner}</svg>".encode()


def test_a_drawing_that_holds_all_it_needs_is_shown() -> None:
    check_svg(
        _svg('<defs><linearGradient id="g"/></defs><rect fill="url(#g)"/><use href="#g"/><style>rect{fill:red}</style>'
             '<circle><animate attributeName="r" values="1;2" dur="1s"/></circle><text>สวัสดี</text>')
    )  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        _svg("<script>alert(1)</script>"),
        _svg('<rect onclick="alert(1)"/>'),
        _svg('<rect ONLOAD="alert(1)"/>'),
        _svg('<image href="https://example.org/a.png"/>'),
        _svg('<use href="https://example.org/a.svg#x"/>'),
        _svg('<use xlink:href="a.svg#x"/>', 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'),
        _svg('<a href="javascript:alert(1)"/>'),
        _svg("<foreignObject/>"),
        _svg('<rect fill="url( https://example.org/x )"/>'),
        _svg("<style>@import 'x'</style>"),
        _svg("<style>rect{fill:u\\72l(//example.org)}</style>"),
        _svg(root=""),
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + _svg("&a;"),
    ],
)  # fmt: skip
def test_a_drawing_runs_and_fetches_nothing(content: bytes) -> None:
    with pytest.raises(InvalidMedia):
        check_svg(content)


@pytest.mark.parametrize(
    ("media_type", "start", "is_one"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n0000", True),
        ("image/png", b"\xff\xd8\xff000000000", False),
        ("video/mp4", b"\x00\x00\x00\x18ftypmp42", True),
        ("audio/mpeg", b"ID3\x04000000000", True),
        ("image/webp", b"RIFF0000WAVE", False),
    ],
)
def test_a_file_is_what_its_name_says(media_type: str, start: bytes, is_one: bool) -> None:
    assert looks_like(media_type, start) == is_one


def box(name: bytes, content: bytes = b"") -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def film(*tracks: bytes) -> bytes:
    """An MP4 of nothing but its tracks' kinds."""
    heard = [box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + kind + bytes(12)))) for kind in tracks]
    return (
        box(b"ftyp", b"isom0000") + box(b"mdat", bytes(100)) + box(b"moov", box(b"mvhd", bytes(20)) + b"".join(heard))
    )


@pytest.mark.parametrize(
    ("media_type", "content", "sound"),
    [
        ("video/mp4", film(b"vide"), False),
        ("video/mp4", film(b"vide", b"soun"), True),
        ("video/mp4", box(b"ftyp", b"isom0000"), True),
        ("video/mp4", film(b"vide")[:-30] + b"\x00\x00\x00\x02junk", True),
        ("video/webm", b"\x1a\x45\xdf\xa3....V_VP9....", False),
        ("video/webm", b"\x1a\x45\xdf\xa3....V_VP9....A_OPUS", True),
        ("video/webm", b"\x1a\x45\xdf\xa3....", True),
        ("audio/mpeg", b"ID3", True),
        ("image/png", b"", False),
    ],
)
def test_sound_is_found_in_the_file_and_in_doubt_there_is_some(media_type: str, content: bytes, sound: bool) -> None:
    assert has_sound(media_type, io.BytesIO(content), len(content)) == sound
