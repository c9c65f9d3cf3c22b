"""A version of a course: modules after the four pillars, lessons, frames. Thai is required, English may be there."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from ewaste.contracts.events.education import CourseLesson, CourseModule, CoursePublished, Dimension, Pillar
from ewaste.contracts.fields import Identifier, Text
from ewaste.education.content.media import Media, MediaFile
from ewaste.education.content.parts import Content, PartId, Prose
from ewaste.education.content.questions import Question, ShownQuestion, shown_question, shuffled
from pydantic import Field

__all__ = [
    "MOST_LESSONS",
    "Course",
    "CourseKey",
    "CourseVersion",
    "Frame",
    "Lesson",
    "Module",
    "Outline",
    "ShownCourse",
    "ShownFrame",
    "ShownLesson",
    "ShownModule",
    "shown_course",
    "shown_lesson",
    "to_fact",
]

# A course's fact must fit one event with titles of full length in any script.
MOST_LESSONS: Final = 200

CourseKey: TypeAlias = tuple[str, int]
"""Course id and version."""
CourseVersion = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class ShownFrame(Content):
    """One screen of a lesson: a picture or film, text, and questions about them."""

    frame_id: PartId
    title_th: Text
    title_en: Text | None = None
    text_th: Prose | None = None
    text_en: Prose | None = None
    media: Media | None = None
    questions: Annotated[tuple[ShownQuestion, ...], Field(max_length=20)] = ()


class ShownLesson(Content):
    lesson_id: PartId
    title_th: Text
    title_en: Text | None = None
    text_th: Prose | None = None
    """What the lesson is about, before its frames."""
    text_en: Prose | None = None
    dimensions: Annotated[tuple[Dimension, ...], Field(max_length=7)] = ()
    """The dimensions of the wellness index that it helps with."""
    frames: Annotated[tuple[ShownFrame, ...], Field(max_length=20)] = ()


class ShownModule(Content):
    module_id: PartId
    pillar: Pillar
    title_th: Text
    title_en: Text | None = None
    lessons: Annotated[tuple[ShownLesson, ...], Field(min_length=1, max_length=100)]


class ShownCourse(Content):
    """A version as a learner sees it: neither its tests nor the key of its questions are there."""

    course_id: Identifier
    course_version: CourseVersion
    title_th: Text
    title_en: Text | None = None
    text_th: Prose | None = None
    text_en: Prose | None = None
    sample: bool = False
    """Our own example content, not the official curriculum."""
    modules: Annotated[tuple[ShownModule, ...], Field(min_length=1, max_length=20)]


class Frame(ShownFrame):
    questions: Annotated[tuple[Question, ...], Field(max_length=20)] = ()


class Lesson(ShownLesson):
    frames: Annotated[tuple[Frame, ...], Field(max_length=20)] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """The lesson's quiz: the questions of all its frames."""
        return tuple(question for frame in self.frames for question in frame.questions)


class Module(ShownModule):
    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1, max_length=100)]


class Course(ShownCourse):
    modules: Annotated[tuple[Module, ...], Field(min_length=1, max_length=20)]
    pre_test: Annotated[tuple[Question, ...], Field(max_length=100)] = ()
    post_test: Annotated[tuple[Question, ...], Field(max_length=100)] = ()

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in the order in which they are taken."""
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @property
    def media(self) -> tuple[Media, ...]:
        """The media of all lessons, in order."""
        frames = (frame for lesson in self.lessons for frame in lesson.frames)
        return tuple(frame.media for frame in frames if frame.media)

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Name and digest of every media file and its captions; a file may come more than once."""
        files: list[MediaFile] = [one for media in self.media for one in (media, *media.captions)]
        return tuple((one.file, one.sha256) for one in files)


@dataclass(frozen=True, slots=True)
class Outline:
    """What it takes to complete a version: so many lessons, and a post-test where there is one."""

    lessons: int
    post_test: bool


def shown_course(course: Course) -> ShownCourse:
    """The course without the key of its questions, each with its options in an order that tells nothing."""
    modules = tuple(
        ShownModule(
            **_without(module, "lessons"),
            lessons=tuple(map(shown_lesson, module.lessons)),
        )
        for module in course.modules
    )
    return ShownCourse(**_without(course, "modules", "pre_test", "post_test"), modules=modules)


def shown_lesson(lesson: Lesson) -> ShownLesson:
    """The lesson without the key of its questions."""
    return ShownLesson(**_without(lesson, "frames"), frames=tuple(map(_shown_frame, lesson.frames)))


def _shown_frame(frame: Frame) -> ShownFrame:
    shown = tuple(shown_question(one, shuffled(one, one.question_id)) for one in frame.questions)
    return ShownFrame(**_without(frame, "questions"), questions=shown)


def _without(part: Content, *names: str) -> dict[str, Any]:
    return {name: getattr(part, name) for name in type(part).model_fields if name not in names}


def to_fact(course: Course) -> CoursePublished:
    """What the city's ledger learns of a course: its outline, not its text."""
    modules = tuple(
        CourseModule(
            module_id=module.module_id,
            pillar=module.pillar,
            title_th=module.title_th,
            title_en=module.title_en,
            lessons=tuple(
                CourseLesson(lesson_id=lesson.lesson_id, title_th=lesson.title_th, title_en=lesson.title_en)
                for lesson in module.lessons
            ),
        )
        for module in course.modules
    )
    return CoursePublished(
        course_id=course.course_id,
        course_version=course.course_version,
        title_th=course.title_th,
        title_en=course.title_en,
        modules=modules,
        sample=course.sample,
    )
