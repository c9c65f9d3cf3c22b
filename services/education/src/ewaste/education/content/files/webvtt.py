"""WebVTT captions: the syntax of the file (W3C, WebVTT: The Web Video Text Tracks Format, section 4)."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Cue", "InvalidCaptions", "read_captions"]

_TIME: Final = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING: Final = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+(.*\S))?[ \t]*")
_SETTING: Final = re.compile(r"(vertical|line|position|size|align|region):\S+")
_BEFORE_CUES: Final = ("STYLE", "REGION")


class InvalidCaptions(ValueError):
    """The file is not WebVTT: the author corrects it; the message names the line."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Text shown from `start` to `end`, milliseconds."""

    start_ms: int
    end_ms: int
    text: str


def read_captions(content: bytes) -> tuple[Cue, ...]:
    """The cues of a WebVTT file, in order. Raises `InvalidCaptions`; a file without any cue is invalid here."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidCaptions("line 1: WebVTT is UTF-8") from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    _check_header(lines)
    cues: list[Cue] = []
    for number, block in _blocks(lines):
        cue = _cue(number, block, started=bool(cues))
        if cue is None:
            continue
        if cues and cue.start_ms < cues[-1].start_ms:
            raise InvalidCaptions(f"line {number}: this cue starts before the one above it")
        cues.append(cue)
    if not cues:
        raise InvalidCaptions("line 1: there is no cue; write at least one line of text with its times")
    return tuple(cues)


def _check_header(lines: list[str]) -> None:
    if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise InvalidCaptions("line 1: must be WEBVTT")
    if len(lines) > 1 and lines[1].strip():
        raise InvalidCaptions("line 2: leave an empty line after WEBVTT")


def _blocks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Runs of lines that aren't empty, each with the number of its first line."""
    found: list[tuple[int, list[str]]] = []
    open_block = False
    for number, line in enumerate(lines[1:], 2):
        if not line:
            open_block = False
        elif open_block:
            found[-1][1].append(line)
        else:
            found.append((number, [line]))
            open_block = True
    return found


def _cue(number: int, block: list[str], *, started: bool) -> Cue | None:
    """The cue of a block, None for a comment, style or region."""
    first = block[0]
    if re.match(r"NOTE([ \t]|$)", first):
        return None
    if first.rstrip() in _BEFORE_CUES and "-->" not in "".join(block[1:2]):
        if started:
            raise InvalidCaptions(f"line {number}: {first.rstrip()} must stand before the first cue")
        return None
    at = 0 if "-->" in first else 1
    if at == len(block) or "-->" not in block[at]:
        raise InvalidCaptions(f"line {number}: text without times; is an empty line inside the cue?")
    return _timed(number + at, block[at], block[at + 1 :])


def _timed(number: int, timing: str, payload: list[str]) -> Cue:
    match = _TIMING.fullmatch(timing)
    if not match:
        raise InvalidCaptions(f"line {number}: write times as 00:00:01.000 --> 00:00:04.000")
    start, end = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:8])
    if end <= start:
        raise InvalidCaptions(f"line {number}: the cue ends before it starts")
    for setting in (match.group(9) or "").split():
        if not _SETTING.fullmatch(setting):
            raise InvalidCaptions(f"line {number}: {setting} is no cue setting")
    for offset, line in enumerate(payload, 1):
        if "-->" in line:
            raise InvalidCaptions(f"line {number + offset}: --> in the text; leave an empty line between cues")
    text = "\n".join(payload).strip()
    if not text:
        raise InvalidCaptions(f"line {number}: the cue has no text")
    return Cue(start, end, text)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
