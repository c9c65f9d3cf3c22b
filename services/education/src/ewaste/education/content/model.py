"""A version of a course: modules after the four pillars, each with lessons. Thai is required, English may be there."""

from collections.abc import Iterator
from typing import Annotated, Final, TypeAlias

from ewaste.contracts.events.education import CourseLesson, CourseModule, CoursePublished, Pillar
from ewaste.contracts.fields import Identifier, Text
from ewaste.contracts.refusal import CONFLICT, Refused
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["Course", "CourseKey", "CourseVersion", "Lesson", "Module", "check_course", "check_same", "to_fact"]

# A course's fact must fit one event with titles of full length in any script.
_MOST_LESSONS: Final = 200

CourseKey: TypeAlias = tuple[str, int]
"""Course id and version."""
CourseVersion = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Prose = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=20_000,
        strip_whitespace=True,
        pattern=r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$",
    ),
]
"""Text of several paragraphs; no control characters but line ends and tabs."""


class Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Lesson(Content):
    lesson_id: Identifier
    title_th: Text
    title_en: Text | None = None
    text_th: Prose | None = None
    text_en: Prose | None = None


class Module(Content):
    module_id: Identifier
    pillar: Pillar
    title_th: Text
    title_en: Text | None = None
    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1, max_length=100)]


class Course(Content):
    course_id: Identifier
    course_version: CourseVersion
    title_th: Text
    title_en: Text | None = None
    sample: bool = False
    """Our own example content, not the official curriculum."""
    modules: Annotated[tuple[Module, ...], Field(min_length=1, max_length=20)]

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in the order in which they are taken."""
        return tuple(lesson for module in self.modules for lesson in module.lessons)


def check_course(course: Course) -> None:
    """Raise `Refused` where an id stands twice (named by its field) or there are more lessons than an event holds."""
    seen: set[tuple[str, str]] = set()
    for place, kind, identifier in _ids(course):
        if (kind, identifier) in seen:
            detail = f"{kind} {identifier} stands twice in the course; give each an id of its own"
            raise Refused("id-repeated", detail, field=f"{place}.{kind}")
        seen.add((kind, identifier))
    if len(course.lessons) > _MOST_LESSONS:
        detail = f"{len(course.lessons)} lessons; a course has at most {_MOST_LESSONS}: make two courses of it"
        raise Refused("too-many-lessons", detail, field="modules")


def _ids(course: Course) -> Iterator[tuple[str, str, str]]:
    for m, module in enumerate(course.modules):
        yield f"modules.{m}", "module_id", module.module_id
        for n, lesson in enumerate(module.lessons):
            yield f"modules.{m}.lessons.{n}", "lesson_id", lesson.lesson_id


def check_same(sent: Course, published: Course) -> None:
    """Raise `Refused` when other content was published under this version: what was taught is never edited."""
    if sent != published:
        raise Refused(
            "version-published",
            f"version {sent.course_version} of {sent.course_id} was published with other content and stays as it is; "
            "publish the change under the next course_version",
            field="course_version",
            status=CONFLICT,
        )


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
