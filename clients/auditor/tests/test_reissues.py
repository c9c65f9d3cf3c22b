"""A certificate that later records overtook must have been suspended, and no other may have been."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewaste.auditor.findings import Code
from ewaste.auditor.report import Report
from ewaste.auditor.verify import verify
from ewaste.contracts.envelope import source_of
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.recycler import BatchRecycled
from ewaste.contracts.events.traceability import CertificateIssued, CertificateSuspended, SuspensionReason
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import read_event

Books = Any
Save = Callable[[Books], Path]


def take_back(books: Books, index: int) -> int:
    """The recycler service takes the fact at this index back, the partner its claim before that."""
    claim_id = read_event(books.records[index].value).envelope.causationid
    claimed = EventCorrected(
        corrected_event_id=str(claim_id),
        corrected_source="urn:ewaste:partner:green-metals",
        reason=CorrectionReason.MISTYPED,
    )
    fact = claimed.model_copy(
        update={"corrected_event_id": books.id_at(index), "corrected_source": source_of("cm", Context.RECYCLER)}
    )
    claim = books.claim(claimed)
    return int(books.say(Context.RECYCLER, fact, causation_id=books.id_at(claim)))


def suspend(books: Books, *evidence: int) -> None:
    issued = read_event(books.records[books.index_of(CertificateIssued)].value).data
    assert isinstance(issued, CertificateIssued)
    books.say(
        Context.TRACEABILITY,
        CertificateSuspended(
            certificate_id=issued.certificate_id, reason=SuspensionReason.EVIDENCE_CORRECTED, evidence=evidence
        ),
    )


def fact_of(books: Books, model: type[Any]) -> int:
    name = f"ewaste.recycler.{model.__name__}.v1".encode()
    return next(index for index, each in enumerate(books.records) if name in (each.value or b""))


def counts(report: Report) -> dict[Code, int]:
    return dict(report.findings.counts)


def test_a_suspended_certificate_whose_ground_was_taken_back_is_in_order(books: Books, save: Save) -> None:
    correction = take_back(books, fact_of(books, BatchRecycled))
    suspend(books, correction)

    assert counts(verify(save(books))) == {}


def test_a_certificate_that_nobody_suspended_is_a_finding_once_there_was_time(books: Books, save: Save) -> None:
    take_back(books, fact_of(books, BatchRecycled))
    early = verify(save(books))
    assert (early.clean, [each.code for each in early.open]) == (True, [Code.CERTIFICATE_OUTDATED])

    suspended_another_day = [read_event(each.value) for each in books.records if b"ItemDropped" in (each.value or b"")]
    for event in suspended_another_day[-2:]:
        books.say(Context.DROPOFF, event.data.model_copy(update={"item_id": f"{event.data.item_id}-later"}))
    assert counts(verify(save(books))) == {Code.CERTIFICATE_OUTDATED: 1}


def test_a_suspension_whose_evidence_changes_nothing_is_a_finding(books: Books, save: Save) -> None:
    suspend(books, len(books.records) - 1)

    assert counts(verify(save(books))) == {Code.SUSPENDED_WITHOUT_CAUSE: 1}
