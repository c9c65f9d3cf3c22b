"""Use cases of matching: statements that matter become facts of learning, once. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from ewaste.contracts.refusal import Refused
from ewaste.education.assessments.handlers import Scored, score_assessments
from ewaste.education.assessments.model import Result
from ewaste.education.content import storage as content
from ewaste.education.learning.handlers import Recorded, complete_lessons
from ewaste.education.learning.model import Completion, CompletionRule
from ewaste.education.learning.storage import enrolments_of
from ewaste.education.xapi.matching import storage
from ewaste.education.xapi.matching.model import (
    Mapping,
    Told,
    check_mapping,
    learner_named,
    matters,
    reading_of,
    reference_of,
)
from ewaste.education.xapi.matching.storage import Outcome
from ewaste.education.xapi.model import Client, Sent
from ewaste.education.xapi.reading import parse
from ewaste.runtime.database import Transaction
from ewaste.runtime.outbox import Outbox

__all__ = ["BATCH", "Facts", "map_activities", "match_new", "match_ready", "match_waiting"]

BATCH: Final = 1_000
"""At most this many waiting statements in one transaction."""

_NOT_ENROLLED: Final = frozenset({"learner-unknown", "not-enrolled", "lesson-of-another-course"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What it takes to tell a fact of learning."""

    outbox: Outbox
    rule: CompletionRule


async def match_new(
    tx: Transaction, facts: Facts, client: Client, stored: Sequence[tuple[int, Sent]], now: datetime
) -> None:
    """Tell the facts in statements that were just stored, and keep of each that matters what became of it."""
    told = [_told(position, one.said, now, client) for position, one in stored if matters(one.said)]
    await _match(tx, facts, told, now)


async def match_ready(tx: Transaction, facts: Facts, now: datetime) -> int:
    """Try again what waits for learners who are known by now; how many were tried."""
    rows = await storage.ready_now(tx, BATCH)
    await _match(tx, facts, _waiting(rows), now)
    return len(rows)


async def match_waiting(tx: Transaction, facts: Facts, after: int, now: datetime) -> tuple[int, int, int | None]:
    """Try a batch of all that wait; how many were tried, how many became facts, and after which position to go on."""
    rows = await storage.waiting_after(tx, after, BATCH)
    matched = await _match(tx, facts, _waiting(rows), now)
    return len(rows), matched, rows[-1]["position"] if len(rows) == BATCH else None


async def map_activities(tx: Transaction, facts: Facts, mappings: Sequence[Mapping], now: datetime) -> int:
    """Say what activities are here, all or none; how many waiting statements became facts. Raises `Refused`."""
    for index, mapping in enumerate(mappings):
        try:
            check_mapping(mapping)
        except Refused as refusal:
            raise _in_mapping(index, refusal) from None
    await _check_content(tx, mappings)
    await storage.save_mappings(tx, mappings)
    rows = await storage.ready_for(tx, (mapping.activity_id for mapping in mappings), BATCH)
    return await _match(tx, facts, _waiting(rows), now)


async def _check_content(tx: Transaction, mappings: Sequence[Mapping]) -> None:
    versions = await content.versions_of(tx, (m.course_id for m in mappings))
    holders = await content.courses_with(tx, (m.lesson_id for m in mappings if m.lesson_id))
    for index, mapping in enumerate(mappings):
        if mapping.course_id not in versions or mapping.course_version not in (None, *versions[mapping.course_id]):
            detail = f"no such version of course {mapping.course_id} was published; see GET /courses"
            raise _in_mapping(index, Refused("course-unknown", detail, field="course_id"))
        holding = [
            version for course_id, version in holders.get(mapping.lesson_id or "", ()) if course_id == mapping.course_id
        ]
        if mapping.lesson_id and not (mapping.course_version in holding if mapping.course_version else holding):
            detail = (
                f"course {mapping.course_id} has no lesson {mapping.lesson_id}; see GET /courses/{mapping.course_id}"
            )
            raise _in_mapping(index, Refused("lesson-unknown", detail, field="lesson_id"))


def _in_mapping(index: int, refusal: Refused) -> Refused:
    detail = f"mapping {index} (counted from 0): {refusal.detail}. Nothing was stored."
    return Refused(refusal.code, detail, field=f"mappings.{index}.{refusal.field}")


def _told(position: int, said: object, stored: datetime, client: Client) -> Told:
    return Told(position, said, stored, reference_of(said, client), learner_named(said))


def _waiting(rows: Sequence[Record]) -> list[Told]:
    return [
        _told(
            row["position"],
            parse(row["raw"]),
            row["stored"],
            Client(row["key"], row["home_page"], row["reference_prefix"], row["reads_all"]),
        )
        for row in rows
    ]


async def _match(tx: Transaction, facts: Facts, told: Sequence[Told], now: datetime) -> int:
    """How many became facts, or had become facts before by another way."""
    if not told:
        return 0
    mappings = await storage.mappings_of(tx, (one.activity_id for one in told))
    learners = await storage.learners_behind(tx, (one.reference for one in told if one.reference))
    read = [_read(one, mappings.get(one.activity_id), learners) for one in told]
    answers = await _tell(tx, facts, [one for one in read if isinstance(one, Completion | Result)], now)
    enrolled = await _courses_of(tx, [one for one in answers if isinstance(answers[one], Refused)])
    outcomes = [
        one if isinstance(one, Outcome) else _outcome(said, one, answers[one], enrolled)
        for said, one in zip(told, read, strict=True)
    ]
    await storage.save_outcomes(tx, outcomes)
    return sum(one.state == "matched" for one in outcomes)


def _read(one: Told, mapping: Mapping | None, learners: dict[str, UUID]) -> Completion | Result | Outcome:
    if mapping is None:
        detail = f"{one.activity_id[:200]} is no lesson or test here; PUT /xapi/mappings says what it is"
        return Outcome(one.position, "unmatched", "activity-unknown", detail, one.reference)
    learner_id = learners.get(one.reference or "") or one.named
    if learner_id is None:
        detail = "nobody is enrolled under the name of the actor's account; enrol with it as reference"
        return Outcome(one.position, "unmatched", "learner-unknown", detail, one.reference)
    try:
        return reading_of(one, mapping, learner_id)
    except Refused as refusal:
        return Outcome(one.position, "refused", refusal.code, refusal.detail)


Answer = Recorded | Scored | Refused


async def _tell(
    tx: Transaction, facts: Facts, read: Sequence[Completion | Result], now: datetime
) -> dict[Completion | Result, Answer]:
    completions = [one for one in read if isinstance(one, Completion)]
    results = [one for one in read if isinstance(one, Result)]
    found: dict[Completion | Result, Answer] = {}
    if completions:
        recorded = await complete_lessons(tx, facts.outbox, facts.rule, completions, now)
        found.update(zip(completions, recorded, strict=True))
    if results:
        scored = await score_assessments(tx, facts.outbox, facts.rule, results, now)
        found.update(zip(results, scored, strict=True))
    return found


async def _courses_of(tx: Transaction, refused: Sequence[Completion | Result]) -> dict[UUID, set[str]]:
    enrolments = await enrolments_of(tx, (one.learner_id for one in refused)) if refused else {}
    return {learner_id: {one.course_id for one in found} for learner_id, found in enrolments.items()}


def _outcome(told: Told, read: Completion | Result, answer: Answer, enrolled: dict[UUID, set[str]]) -> Outcome:
    """Who isn't enrolled in the course may be later; everything else that is refused stays so."""
    if not isinstance(answer, Refused):
        return Outcome(told.position, "matched")
    if answer.code in _NOT_ENROLLED and read.course_id not in enrolled.get(read.learner_id, ()):
        return Outcome(told.position, "unmatched", "not-enrolled", answer.detail, told.reference, read.course_id)
    return Outcome(told.position, "refused", answer.code, answer.detail)
