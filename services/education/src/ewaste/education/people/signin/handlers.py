"""Use cases of signing in. The caller owns the transactions: a failed try is counted though the request is refused."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from ewaste.contracts.events.education import Audience
from ewaste.contracts.refusal import Refused
from ewaste.education.people import storage as people
from ewaste.education.people.groups.storage import LearnerGroupRow
from ewaste.education.people.signin import storage
from ewaste.education.people.signin.codes import class_code, invite_code
from ewaste.education.people.signin.lockout import Attempts, Pauses
from ewaste.education.people.signin.secrets import Hashing, Keys
from ewaste.education.people.signin.storage import Candidate, SessionRow, Signed
from ewaste.runtime.database import Transaction

__all__ = ["FORBIDDEN", "UNAUTHORIZED", "Rules", "begin_try", "finish_try", "give_personal_codes", "invite_official",
           "may_teach", "mixed", "renew_code", "sign_in_with_code"]  # fmt: skip

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
_PAUSED: Final = 429


@dataclass(frozen=True, slots=True)
class Rules:
    """Example values: how long what lasts is the school's to say."""

    own_pauses: Pauses = field(default=Pauses(tries=5, first=timedelta(minutes=5)))
    class_pauses: Pauses = field(default=Pauses(tries=60, first=timedelta(minutes=5), longest=timedelta(hours=1)))
    session: timedelta = timedelta(hours=10)
    class_code: timedelta = timedelta(days=150)
    personal_code: timedelta = timedelta(days=150)
    hashing: Hashing = field(default=Hashing())


async def begin_try(tx: Transaction, rules: Rules, code: str, number: int, now: datetime) -> Candidate | None:
    """Count the try before anything is compared; None where no class has the code. Raises `Refused` in a pause."""
    found = await storage.candidate(tx, code, number, now)
    if found is None:
        return None
    for attempts in (found.group, found.own):
        if attempts.locked(now):
            raise _paused(attempts, now)
    if found.learner_id:
        await storage.count_own(tx, found.learner_id, rules.own_pauses.failed(found.own, now))
    return found


async def finish_try(
    tx: Transaction, rules: Rules, found: Candidate | None, *, right: bool, now: datetime
) -> SessionRow | Refused:
    """A session, or why not: unknown class, unknown number and wrong pictures are one answer."""
    if found is not None and found.learner_id is not None and right:
        await storage.count_own(tx, found.learner_id, Attempts())
        return await _begin(tx, rules, found.learner_id, found.group_id, now)
    if found is not None:
        before = await storage.group_attempts(tx, found.group_id)
        await storage.count_group(tx, found.group_id, rules.class_pauses.failed(before, now))
    detail = "class code, number or pictures are not right; look at the card again or ask the teacher for new pictures"
    return Refused("sign-in-failed", detail, status=UNAUTHORIZED)


def _paused(attempts: Attempts, now: datetime) -> Refused:
    assert attempts.locked_until is not None, "only what has an end is locked"
    minutes = -(-(attempts.locked_until - now).total_seconds() // 60)
    detail = f"too many wrong tries; wait {minutes:.0f} minutes, or ask the teacher for new pictures"
    return Refused("sign-in-paused", detail, status=_PAUSED)


async def sign_in_with_code(tx: Transaction, rules: Rules, code: str, now: datetime) -> SessionRow:
    """For who has a personal code. Raises `Refused`."""
    learner_id = await storage.holder(tx, _digest(code), now)
    if learner_id is None:
        detail = "nobody has this code, or it has expired; ask for a new one"
        raise Refused("sign-in-failed", detail, field="code", status=UNAUTHORIZED)
    return await _begin(tx, rules, learner_id, None, now)


async def give_personal_codes(
    tx: Transaction, rules: Rules, learner_ids: Sequence[UUID], now: datetime
) -> dict[UUID, str]:
    """Fresh codes; they are shown once and only their digests are kept."""
    codes = {learner_id: invite_code(secrets.choice) for learner_id in learner_ids}
    digests = [_digest(code) for code in codes.values()]
    await storage.give_codes(tx, list(codes), digests, now + rules.personal_code)
    return codes


async def invite_official(tx: Transaction, rules: Rules, now: datetime) -> tuple[UUID, str]:
    """Someone of the city who is in no roster: a new pseudonym and its code."""
    reference = f"official/{uuid4()}"
    links = await people.link(tx, {reference: uuid4()}, now)
    await people.add_people(tx, Audience.STAFF, None, {reference: None})
    codes = await give_personal_codes(tx, rules, list(links.values()), now)
    return next(iter(codes.items()))


async def renew_code(
    tx: Transaction, rules: Rules, group: LearnerGroupRow, now: datetime, *, always: bool
) -> tuple[str, datetime]:
    """The group's code and its end; a fresh one where there is none in force, or `always`."""
    if not always and group.code and group.code_expires_at and group.code_expires_at > now:
        return group.code, group.code_expires_at
    code, end = class_code(secrets.choice), now + rules.class_code
    await storage.set_code(tx, group.group_id, code, end)
    return code, end


async def _begin(tx: Transaction, rules: Rules, learner_id: UUID, group_id: UUID | None, now: datetime) -> SessionRow:
    row = SessionRow(session_id=uuid4(), learner_id=learner_id, group_id=group_id, expires_at=now + rules.session)
    await storage.begin_session(tx, row, now)
    return row


def _digest(code: str) -> bytes:
    return sha256(code.encode()).digest()


def mixed(keys: Keys, found: Candidate | None, pictures: Sequence[str]) -> bytes:
    """What is compared; for an unknown pupil something that nothing matches and that costs as much."""
    learner_id = found.learner_id if found and found.learner_id else UUID(int=0)
    return keys.mix(learner_id, pictures)


def may_teach(signed: Signed) -> bool:
    return signed.audience in (Audience.TEACHER, Audience.STAFF)
