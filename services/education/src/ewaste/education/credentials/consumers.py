"""Who completes a course gets an award: told by this service's own facts, so that a rebuild makes them again."""

from collections.abc import Sequence
from uuid import UUID

from ewaste.contracts.events.education import CourseCompleted
from ewaste.contracts.fields import Context
from ewaste.contracts.topics import topic_of
from ewaste.education.credentials import storage
from ewaste.education.credentials.model import day_of
from ewaste.education.credentials.storage import Completed
from ewaste.runtime.database import Transaction
from ewaste.runtime.inbox import Received
from ewaste.runtime.subscription import Subscription

__all__ = ["subscription"]


def subscription(source: str) -> Subscription:
    """`source` is this service's: nobody else completes courses."""

    async def award(tx: Transaction, events: Sequence[Received]) -> None:
        own = [one for one in events if one.event.envelope.source == source]
        completed = [_completed(one, one.event.data) for one in own if isinstance(one.event.data, CourseCompleted)]
        await storage.add(tx, completed)

    return Subscription("credentials", topics=(topic_of(Context.EDUCATION),), on_events=award)


def _completed(one: Received, data: CourseCompleted) -> Completed:
    day = day_of(one.event.envelope.time)
    return Completed(UUID(data.learner_id), data.course_id, data.course_version, day)
