"""Who completes a course gets an award: told by this service's own facts, so that a rebuild makes them again.

Few of the topic's facts complete a course. The others are told apart by their bytes and cost no row: an award is
there once per learner and version anyway, so nothing needs an inbox.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.events.education import CourseCompleted
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event, type_for
from ewaste.contracts.topics import topic_of
from ewaste.education.credentials import storage
from ewaste.education.credentials.model import day_of
from ewaste.education.credentials.storage import Completed
from ewaste.evidence.ledger.record import Record
from ewaste.runtime.database import Transaction
from ewaste.runtime.subscription import Subscription

__all__ = ["subscription"]

_NAME: Final = type_for(Context.EDUCATION, CourseCompleted).name.encode()


def subscription(source: str) -> Subscription:
    """`source` is this service's: nobody else completes courses."""

    async def award(tx: Transaction, records: Sequence[Record]) -> None:
        completed = list(_completed(records, source))
        if completed:
            await storage.add(tx, completed)

    return Subscription("credentials", topics=(topic_of(Context.EDUCATION),), on_records=award)


def _completed(records: Sequence[Record], source: str) -> Iterator[Completed]:
    for record in records:
        if record.value and _NAME in record.value:
            try:
                event = read_event(record.value)
            except InvalidEvent:  # it stands in the learning ledger as it is
                continue
            data = event.data
            if isinstance(data, CourseCompleted) and event.envelope.source == source:
                day = day_of(event.envelope.time)
                yield Completed(UUID(data.learner_id), data.course_id, data.course_version, day)
