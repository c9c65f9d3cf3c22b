"""What a course must be before it is published; each refusal names the place."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ewaste.contracts.refusal import CONFLICT, Refused
from ewaste.education.content.media import Media, MediaFile
from ewaste.education.content.model import MOST_LESSONS, Course
from ewaste.education.content.prose import check_prose
from ewaste.education.content.questions import Kind, Question

__all__ = ["check_course", "check_same"]

_FEWEST_TO_ORDER = 3


def check_course(course: Course) -> None:
    """Raise `Refused` where an id stands twice, a question can't be answered, a text holds what isn't shown, sound has
    no captions, or there are more lessons than an event holds. `field` is the place in the course."""
    _check_ids(course)
    if len(course.lessons) > MOST_LESSONS:
        detail = f"{len(course.lessons)} lessons; a course has at most {MOST_LESSONS}: make two courses of it"
        raise Refused("too-many-lessons", detail, field="modules")
    names: dict[str, str] = {}
    for place, media in _media(course):
        _check_media(media, place)
        for one in _files(media):
            if names.setdefault(one.file, one.sha256) != one.sha256:
                raise Refused("file-repeated", f"{one.file} stands for two files; rename one", field=f"{place}.file")
    for place, questions in _quizzes(course):
        _check_questions(questions, place)
    for place, text in _texts(course):
        check_prose(text, place)


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


def _check_ids(course: Course) -> None:
    seen: set[tuple[str, str, str]] = set()
    for place, kind, scope, identifier in _ids(course):
        # Some file systems keep no difference between A and a.
        key = (kind, scope, identifier.casefold())
        if key in seen:
            where = f"lesson {scope}" if scope else "the course"
            detail = f"{kind} {identifier} stands twice in {where}; give each an id of its own"
            raise Refused("id-repeated", detail, field=f"{place}.{kind}")
        seen.add(key)


def _ids(course: Course) -> Iterator[tuple[str, str, str, str]]:
    """Place, kind, the lesson within which the id stands alone (none: the course), id."""
    for m, module in enumerate(course.modules):
        yield f"modules.{m}", "module_id", "", module.module_id
        for n, lesson in enumerate(module.lessons):
            place = f"modules.{m}.lessons.{n}"
            yield place, "lesson_id", "", lesson.lesson_id
            for f, frame in enumerate(lesson.frames):
                yield f"{place}.frames.{f}", "frame_id", lesson.lesson_id, frame.frame_id
                for q, question in enumerate(frame.questions):
                    yield f"{place}.frames.{f}.questions.{q}", "question_id", lesson.lesson_id, question.question_id


def _places(course: Course) -> Iterator[tuple[str, int, int, int]]:
    for m, module in enumerate(course.modules):
        for n, lesson in enumerate(module.lessons):
            for f in range(len(lesson.frames)):
                yield f"modules.{m}.lessons.{n}.frames.{f}", m, n, f


def _media(course: Course) -> Iterator[tuple[str, Media]]:
    for place, m, n, f in _places(course):
        media = course.modules[m].lessons[n].frames[f].media
        if media:
            yield f"{place}.media", media


def _quizzes(course: Course) -> Iterator[tuple[str, Sequence[Question]]]:
    yield "pre_test", course.pre_test
    yield "post_test", course.post_test
    for place, m, n, f in _places(course):
        yield f"{place}.questions", course.modules[m].lessons[n].frames[f].questions


def _texts(course: Course) -> Iterator[tuple[str, str]]:
    parts: list[tuple[str, object]] = [("", course)]
    for m, module in enumerate(course.modules):
        parts += [(f"modules.{m}.lessons.{n}.", lesson) for n, lesson in enumerate(module.lessons)]
    parts += [(f"{place}.", course.modules[m].lessons[n].frames[f]) for place, m, n, f in _places(course)]
    for place, part in parts:
        for name in ("text_th", "text_en"):
            text = getattr(part, name)
            if text:
                yield place + name, text


def _files(media: Media) -> tuple[MediaFile, ...]:
    return (media, *media.captions)


def _check_media(media: Media, place: str) -> None:
    languages = Counter(one.language for one in media.captions)
    if any(count > 1 for count in languages.values()):
        raise Refused("captions-repeated", f"{media.file} has two captions of one language", field=f"{place}.captions")
    if media.sound and "th" not in languages:
        detail = f"{media.file} has sound and no Thai captions; add a WebVTT file for those who can't hear it"
        raise Refused("captions-missing", detail, field=f"{place}.captions")


def _check_questions(questions: Sequence[Question], place: str) -> None:
    twice = _twice([one.question_id for one in questions])
    if twice:
        raise Refused("id-repeated", f"question_id {twice} stands twice; give each an id of its own", field=place)
    for n, question in enumerate(questions):
        wrong = _wrong(question)
        if wrong:
            raise Refused("question-invalid", f"question {question.question_id}: {wrong}", field=f"{place}.{n}.options")


def _wrong(question: Question) -> str | None:
    """Why nobody could answer it."""
    twice = _twice([option.option_id for option in question.options])
    if twice:
        return f"option_id {twice} stands twice"
    right = sum(option.correct for option in question.options)
    match question.kind:
        case Kind.ORDERING if right or len(question.options) < _FEWEST_TO_ORDER:
            return f"write {_FEWEST_TO_ORDER} options or more in the right order, without `correct`"
        case Kind.TRUE_FALSE if len(question.options) != 2 or right != 1:
            return "true or false has two options, one of them correct"
        case Kind.SINGLE if right != 1:
            return f"{right} options are correct; a single choice has one (or make it multiple)"
        case Kind.MULTIPLE if not right:
            return "no option is correct"
    return None


def _twice(ids: Sequence[str]) -> str | None:
    return next((one for one, count in Counter(one.casefold() for one in ids).items() if count > 1), None)
