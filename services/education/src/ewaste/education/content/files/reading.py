"""From a folder or zip to a course; every mistake is named by its file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ewaste.contracts.refusal import Refused
from ewaste.education.content.files.inspection import Inspected, inspect
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
from ewaste.education.content.files.source import Source, read_file
from ewaste.education.content.model import Course, Lesson
from ewaste.education.content.parts import Content
from ewaste.education.content.questions import Question
from pydantic import BaseModel, TypeAdapter, ValidationError

__all__ = ["Loaded", "read_course_files"]

M = TypeVar("M", bound=BaseModel)
_ANY: Final = TypeAdapter[Any](Any)

_MOST_TEXT_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Loaded:
    """A course with the files that it shows."""

    course: Course
    files: Mapping[str, Inspected]
    """By digest."""
    source: Source


def read_course_files(source: Source) -> Loaded:
    """Read a whole course; raises `Refused` that names the file. Nothing else may lie in the folder."""
    reader = _Reader(source)
    course = reader.course()
    unused = sorted(source.sizes.keys() - reader.used)
    if unused:
        detail = f"not part of the course: {', '.join(unused[:5])}; is a name misspelt? Else take them away"
        raise Refused("file-unused", detail, field=unused[0])
    return Loaded(course, {one.sha256: one for one in reader.inspected.values()}, source)


class _Test(Content):
    """A file of the pre-test or post-test."""

    questions: tuple[Question, ...]


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.used: set[str] = set()
        self.inspected: dict[str, Inspected] = {}

    def course(self) -> Course:
        outline = self._toml(COURSE_FILE)
        outline |= self._texts(course_text_file)
        for module in _tables(outline, "modules", COURSE_FILE):
            ids = module.get("lessons", [])
            if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
                raise _invalid(COURSE_FILE, "modules.lessons: write the ids of the lessons in their order")
            module["lessons"] = [self._lesson(one) for one in ids]
        outline |= {name: self._questions(file)
                    for name, file in (("pre_test", PRE_TEST_FILE), ("post_test", POST_TEST_FILE))}  # fmt: skip
        return _validated(Course, outline, COURSE_FILE)

    def _lesson(self, lesson_id: str) -> dict[str, Any]:
        file = lesson_file(lesson_id)
        lesson = {"lesson_id": lesson_id, **self._toml(file)}
        lesson |= self._texts(lambda language: about_file(lesson_id, language))
        for frame in _tables(lesson, "frames", file):
            frame.update(self._texts(self._frame_text(lesson_id, frame)))
            if isinstance(frame.get("media"), dict):
                frame["media"] = self._media(frame["media"], file)
        # Judged here, so that a mistake is named by the lesson's own file.
        return _validated(Lesson, lesson, file).model_dump(mode="json")

    def _frame_text(self, lesson_id: str, frame: Mapping[str, Any]) -> Any:
        return lambda language: frame_text_file(lesson_id, str(frame.get("frame_id")), language)

    def _media(self, written: dict[str, Any], file: str) -> dict[str, Any]:
        captions = written.pop("captions", {})
        if not isinstance(captions, dict) or not isinstance(written.get("file"), str):
            raise _invalid(file, 'frames.media: write file = "name", and captions = { th = "name.th.vtt" }')
        found = self._inspected(written["file"])
        facts = {"media_type": found.media_type, "sha256": found.sha256, "size_bytes": found.size_bytes}
        texts = [self._captions(language, captions[language]) for language in LANGUAGES if language in captions]
        if captions.keys() - set(LANGUAGES):
            raise _invalid(file, f"frames.media.captions: languages are {', '.join(LANGUAGES)}")
        return {**written, **facts, "sound": found.sound, "captions": texts}

    def _captions(self, language: str, file: object) -> dict[str, Any]:
        found = self._inspected(str(file))
        if found.media_type != "text/vtt":
            raise _invalid(MEDIA_FOLDER + found.file, "captions are a WebVTT file (.vtt)")
        facts = {"file": found.file, "sha256": found.sha256, "size_bytes": found.size_bytes}
        return {"language": language, **facts}

    def _inspected(self, file: str) -> Inspected:
        self.used.add(MEDIA_FOLDER + file)
        if file not in self.inspected:
            self.inspected[file] = inspect(self._source, file)
        return self.inspected[file]

    def _questions(self, file: str) -> list[Any]:
        if file not in self._source.sizes:
            return []
        test = _validated(_Test, self._toml(file), file)
        return [question.model_dump(mode="json") for question in test.questions]

    def _texts(self, name_of: Any) -> dict[str, str]:
        names = {f"text_{language}": name_of(language) for language in LANGUAGES}
        return {field: self._text(name) for field, name in names.items() if name in self._source.sizes}

    def _toml(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text(name))
        except tomllib.TOMLDecodeError as error:
            raise _invalid(name, str(error)) from None

    def _text(self, name: str) -> str:
        self.used.add(name)
        try:
            return read_file(self._source, name, _MOST_TEXT_BYTES).decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise _invalid(name, "save the file as UTF-8") from None


def _tables(content: Mapping[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _invalid(file, f"{name}: write them as [[{name}]]")
    return found


def _validated(model: type[M], content: Mapping[str, Any], file: str) -> M:
    try:
        return model.model_validate_json(_ANY.dump_json(content), strict=True)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]]
        raise _invalid(file, "; ".join(wrong)) from None


def _invalid(file: str, detail: str) -> Refused:
    return Refused("course-file-invalid", f"{file}: {detail}", field=file)
