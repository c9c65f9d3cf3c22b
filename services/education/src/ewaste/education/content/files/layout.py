"""Which file holds what in a course's folder."""

from typing import Final

from ewaste.education.content.media import Language

__all__ = [
    "COURSE_FILE",
    "LANGUAGES",
    "MEDIA_FOLDER",
    "POST_TEST_FILE",
    "PRE_TEST_FILE",
    "about_file",
    "course_text_file",
    "frame_text_file",
    "lesson_file",
]

COURSE_FILE: Final = "course.toml"
PRE_TEST_FILE: Final = "pre-test.toml"
POST_TEST_FILE: Final = "post-test.toml"
MEDIA_FOLDER: Final = "media/"
LANGUAGES: Final[tuple[Language, ...]] = ("th", "en")


def course_text_file(language: str) -> str:
    return f"course.{language}.md"


def lesson_file(lesson_id: str) -> str:
    return f"lessons/{lesson_id}.toml"


def about_file(lesson_id: str, language: str) -> str:
    """What the lesson is about."""
    return f"lessons/{lesson_id}.{language}.md"


def frame_text_file(lesson_id: str, frame_id: str, language: str) -> str:
    return f"lessons/{lesson_id}/{frame_id}.{language}.md"
