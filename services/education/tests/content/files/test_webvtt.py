"""Captions: what is WebVTT, and what is not."""

import pytest
from ewaste.education.content.files.webvtt import Cue, InvalidCaptions, read_captions

GOOD = """\ufeffWEBVTT คำบรรยาย

NOTE เขียนโดยโครงการ

STYLE
::cue { color: white }

1
00:00.000 --> 00:04.500 align:start line:90%
สวัสดีค่ะ วันนี้เรียนเรื่องรหัสผ่าน
รหัสผ่านต้องยาว

01:00:00.000 --> 01:00:02.000
<v ครู>ลาก่อน
"""


def test_a_caption_file_is_read() -> None:
    cues = read_captions(GOOD.replace("\n", "\r\n").encode())

    assert cues == (
        Cue(0, 4_500, "สวัสดีค่ะ วันนี้เรียนเรื่องรหัสผ่าน\nรหัสผ่านต้องยาว"),
        Cue(3_600_000, 3_602_000, "<v ครู>ลาก่อน"),
    )


def _cues(*blocks: str) -> str:
    return "\n\n".join(["WEBVTT", *blocks])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: must be WEBVTT"),
        ("WEBVTTX\n\n00:00.000 --> 00:01.000\na", "line 1"),
        ("1\n00:00:01,000 --> 00:00:02,000\nSubRip", "line 1"),
        ("WEBVTT\n00:00.000 --> 00:01.000\na", "line 2: leave an empty line"),
        ("WEBVTT\n", "there is no cue"),
        (_cues("NOTE nothing"), "there is no cue"),
        (_cues("00:00,000 --> 00:01,000\na"), "line 3: write times as"),
        (_cues("00:00.000-->00:01.000\na"), "line 3: write times as"),
        (_cues("00:61.000 --> 00:62.000\na"), "line 3: write times as"),
        (_cues("00:02.000 --> 00:01.000\na"), "line 3: the cue ends before it starts"),
        (_cues("00:05.000 --> 00:06.000\na", "00:01.000 --> 00:02.000\nb"), "line 6: this cue starts before"),
        (_cues("00:00.000 --> 00:01.000 colour:red\na"), "colour:red is no cue setting"),
        (_cues("00:00.000 --> 00:01.000\na\n00:01.000 --> 00:02.000\nb"), "line 5: --> in the text"),
        (_cues("00:00.000 --> 00:01.000"), "line 3: the cue has no text"),
        (_cues("just text"), "line 3: text without times"),
        (_cues("00:00.000 --> 00:01.000\na", "STYLE\n::cue {}"), "line 6: STYLE must stand before"),
    ],
)
def test_what_is_no_webvtt_is_named_by_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidCaptions, match=said):
        read_captions(text.encode())


def test_captions_are_utf_8() -> None:
    with pytest.raises(InvalidCaptions, match="UTF-8"):
        read_captions("WEBVTT สวัสดี".encode("tis-620"))
