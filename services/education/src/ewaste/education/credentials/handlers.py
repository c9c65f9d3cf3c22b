"""Use cases of badges. The caller owns the transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.education.content.handlers import read_course
from ewaste.education.content.model import Course
from ewaste.education.credentials import storage
from ewaste.education.credentials.keyring import Keyring
from ewaste.education.credentials.model import REVOCATION, Award, Issuer, award_of, badge, name_on
from ewaste.evidence.certificates.credential import CredentialRefused, Secured, secure, verify_secured
from ewaste.evidence.certificates.pdf_attachments import PdfUnreadable, embedded_files
from ewaste.evidence.certificates.status_list import status_list_credential
from ewaste.runtime.database import Transaction

__all__ = ["MOST_BYTES", "Badges", "Verdict", "check_holder"]

MOST_BYTES: Final = 4 * 1_048_576
_MOST_FILES: Final = 8
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a badge that somebody presents."""

    signed: bool
    """By a key of ours, and nothing in it was changed since."""
    known: bool
    """The award is in our records."""
    revoked_at: datetime | None
    award: Award | None
    name: str | None
    why: str

    @property
    def holds(self) -> bool:
        return self.signed and self.known and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class Badges:
    """What it takes to sign, and to know what was signed."""

    issuer: Issuer
    keyring: Keyring

    async def read(self, tx: Transaction, credential_id: UUID) -> tuple[Award, Course]:
        """Raises `Refused`."""
        award = await storage.award(tx, credential_id)
        if award is None:
            detail = f"no credential {credential_id}; one is made within seconds after a course was completed"
            raise Refused("credential-unknown", detail, field="credential_id", status=NOT_FOUND)
        return award, await read_course(tx, award.course_id, award.course_version)

    def sign(self, award: Award, course: Course, name: str | None = None) -> str:
        """As `vc+jwt`; the same award, name and key make the same text. Raises KeyFileUnusable."""
        return secure(badge(award, course, self.issuer, name), self.keyring.signing(), self.issuer.url)

    async def status_list(self, tx: Transaction, purpose: str, number: int) -> str:
        """The list as `vc+jwt`. Raises `Refused` where it does not exist, KeyFileUnusable."""
        rows = await storage.revoked_in(tx, number) if purpose == REVOCATION else None
        if rows is None:
            detail = f"no status list {purpose}/{number}; a badge names its list"
            raise Refused("status-list-unknown", detail, field="number", status=NOT_FOUND)
        newest = max((row["revoked_at"] for row in rows), default=datetime(2026, 1, 1, tzinfo=UTC))
        ordinals = [row["ordinal"] for row in rows]
        listed = status_list_credential(purpose, number, ordinals, valid_from=newest, url=self.issuer.url)
        return secure(listed, self.keyring.signing(), self.issuer.url)

    async def verify(self, tx: Transaction, raw: bytes) -> Verdict:
        """Judge a `vc+jwt`, or a PDF with one inside. Raises `Refused` for what is neither, KeyFileUnusable."""
        try:
            secured = verify_secured(_presented(raw), self.keyring.verifying())
        except CredentialRefused as refused:
            if refused.reason == "malformed":
                raise Refused("document-unreadable", str(refused), field="body") from None
            return Verdict(False, False, None, None, None, str(refused))
        return await self._judge(tx, secured)

    async def _judge(self, tx: Transaction, secured: Secured) -> Verdict:
        credential_id = award_of(secured.credential, self.issuer)
        award = await storage.award(tx, credential_id) if credential_id else None
        if award is None:
            return Verdict(True, False, None, None, None, "signed by us, and no award in our records")
        why = "revoked by the issuer" if award.revoked_at else "signed by us and not revoked"
        return Verdict(True, True, award.revoked_at, award, name_on(secured.credential), why)


def _presented(raw: bytes) -> bytes:
    """The badge itself; out of a PDF the first of its embedded files that looks like one."""
    if not raw.lstrip().startswith(b"%PDF-"):
        return raw
    try:
        found = next((one for one in islice(embedded_files(raw), _MOST_FILES) if one.startswith(b"eyJ")), None)
    except PdfUnreadable as unreadable:
        raise Refused("document-unreadable", str(unreadable), field="body") from None
    if found is None:
        raise Refused("document-unreadable", "no badge is inside this PDF: it proves nothing by itself", field="body")
    return found


def check_holder(holder: UUID | None, asking: UUID, *, teaches: bool) -> None:
    """Raise `Refused` unless a badge's own learner asks for a name on it, or who teaches."""
    if not teaches and (holder is None or holder != asking):
        detail = "only the learner may put a name on this badge, or a teacher for the learner"
        raise Refused("not-the-holder", detail, status=_FORBIDDEN)
