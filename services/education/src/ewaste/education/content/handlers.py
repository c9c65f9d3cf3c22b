"""Use cases of courses. The caller owns the transaction."""

from datetime import datetime

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content import storage
from ewaste.education.content.checks import check_course, check_same
from ewaste.education.content.model import Course, to_fact
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Fact, Outbox

__all__ = ["publish_course", "read_course"]


async def publish_course(tx: Transaction, outbox: Outbox, course: Course, now: datetime) -> bool:
    """Publish a version; False where the same content was published before. Raises `Refused`."""
    check_course(course)
    if await storage.add_course(tx, course, now):
        await outbox.add(tx, Fact(to_fact(course), now))
        return True
    check_same(course, await read_course(tx, course.course_id, course.course_version))
    return False


async def read_course(tx: Transaction, course_id: str, version: int | None = None) -> Course:
    """One version, the newest without `version`; raises `Refused`."""
    row = await storage.course(tx, course_id, version)
    if row is None:
        named = f"course {course_id}" + (f" version {version}" if version else "")
        raise Refused("course-unknown", f"{named} was never published; see GET /courses", field="course_id",
                      status=NOT_FOUND)  # fmt: skip
    return Course.model_validate_json(row.content)
