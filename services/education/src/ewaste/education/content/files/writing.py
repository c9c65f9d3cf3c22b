"""From a course to its files: the same course gives the same bytes, everywhere and always."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import tomli_w
from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.education.content.files.layout import (
    COURSE_FILE,
    LANGUAGES,
    MEDIA_FOLDER,
    POST_TEST_FILE,
    PRE_TEST_FILE,
    about_file,
    course_text_file,
    frame_text_file,
    lesson_file,
)
from ewaste.education.content.files.reading import Loaded
from ewaste.education.content.files.source import read_file
from ewaste.education.content.media import MOST_MEDIA_BYTES
from ewaste.education.content.model import Course, Lesson, Module
from ewaste.education.content.parts import Content

__all__ = ["text_files", "write_folder", "write_loaded", "write_zip"]

Pieces: TypeAlias = Callable[[str], Iterable[bytes]]
"""The content of a media file, by its digest."""
# A zip has no time before 1980; one time for all keeps the bytes the same.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PROSE: Final = ("text_th", "text_en")
"""Markdown has files of its own."""


def write_folder(course: Course, pieces: Pieces, folder: Path) -> None:
    """Write the course into an empty folder. Raises `Refused` where it isn't empty."""
    if folder.exists() and any(folder.iterdir()):
        detail = f"{folder} is not empty; name a new folder, nothing was written"
        raise Refused("folder-not-empty", detail, field="folder", status=CONFLICT)
    for name, content in _all_files(course, pieces):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(content)


def write_loaded(loaded: Loaded, folder: Path) -> None:
    """Write a course that was just read, from wherever it came. Raises `Refused` where the folder isn't empty."""
    names = {one.sha256: MEDIA_FOLDER + one.file for one in loaded.files.values()}
    write_folder(loaded.course, lambda digest: [read_file(loaded.source, names[digest], MOST_MEDIA_BYTES)], folder)


def write_zip(course: Course, pieces: Pieces, file: BinaryIO) -> None:
    """The same files in a zip."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _all_files(course, pieces):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_STORED if name.startswith(MEDIA_FOLDER) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as target:
                for piece in content:
                    target.write(piece)


def _all_files(course: Course, pieces: Pieces) -> Iterator[tuple[str, Iterable[bytes]]]:
    for name, text in sorted(text_files(course)):
        yield name, [text]
    for name, digest in sorted(set(course.files)):
        yield MEDIA_FOLDER + name, pieces(digest)


def text_files(course: Course) -> Iterator[tuple[str, bytes]]:
    """Every file of the course but its media."""
    outline = _plain(course, *_PROSE, "modules", "pre_test", "post_test")
    yield COURSE_FILE, _toml({**outline, "modules": [_module(module) for module in course.modules]})
    yield from _texts(course, course_text_file)
    for name, questions in ((PRE_TEST_FILE, course.pre_test), (POST_TEST_FILE, course.post_test)):
        if questions:
            yield name, _toml({"questions": [_plain(one) for one in questions]})
    for lesson in course.lessons:
        yield from _lesson(lesson)


def _module(module: Module) -> dict[str, Any]:
    return {**_plain(module, "lessons"), "lessons": [lesson.lesson_id for lesson in module.lessons]}


def _lesson(lesson: Lesson) -> Iterator[tuple[str, bytes]]:
    frames = [_frame(frame) for frame in lesson.frames]
    yield lesson_file(lesson.lesson_id), _toml({**_plain(lesson, *_PROSE, "lesson_id", "frames"), "frames": frames})
    yield from _texts(lesson, lambda language: about_file(lesson.lesson_id, language))
    for frame in lesson.frames:
        frame_id = frame.frame_id
        for language in LANGUAGES:
            text = frame.text_th if language == "th" else frame.text_en
            if text:
                yield frame_text_file(lesson.lesson_id, frame_id, language), f"{text}\n".encode()


def _frame(frame: Any) -> dict[str, Any]:
    written = _plain(frame, *_PROSE, "questions")
    if frame.media:
        found = ("media_type", "sha256", "size_bytes", "sound", "captions")
        captions = {one.language: one.file for one in frame.media.captions}
        written["media"] = {**_plain(frame.media, *found), **({"captions": captions} if captions else {})}
    if frame.questions:
        written["questions"] = [_plain(one) for one in frame.questions]
    return written


def _texts(part: Any, name_of: Callable[[str], str]) -> Iterator[tuple[str, bytes]]:
    for language in LANGUAGES:
        text = getattr(part, f"text_{language}")
        if text:
            yield name_of(language), f"{text}\n".encode()


def _plain(part: Content, *without: str) -> dict[str, Any]:
    """What was written of a part, without what is the same when left out."""
    return part.model_dump(mode="json", exclude=set(without), exclude_defaults=True)


def _toml(content: dict[str, Any]) -> bytes:
    return tomli_w.dumps(content).encode()
