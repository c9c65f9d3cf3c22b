"""Every accepted fact rests on a record that its partner signed with a key that counted then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from ewaste.auditor import signing
from ewaste.auditor.findings import Code, Finding
from ewaste.auditor.verify import verify
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.events.logistics import Difference
from ewaste.contracts.events.recycler import (
    KeyRevocation,
    LoadReceived,
    LoadRejected,
    PartnerKeyRegistered,
    PartnerKeyRevoked,
    PublicKey,
    ReceivedBag,
    RefusalReason,
    RejectionReason,
)
from ewaste.contracts.fields import Context
from ewaste.evidence.keys import generate_key, public_jwk

Books = Any
Save = Callable[[Books], Path]
PARTNER = "green-metals"


def received(load_id: str, grams: int = 500, **more: Any) -> LoadReceived:
    bag = ReceivedBag(bag_id=f"B-{load_id}", seal_read="S", received_grams=grams)
    return LoadReceived(
        load_id=load_id, partner_id=PARTNER, facility_id="F-1", bags=(bag,), received_grams=grams, **more
    )


def settle(books: Books) -> None:
    """Time goes on: what is missing now is not just late."""
    for number in range(3):
        books.say(Context.DROPOFF, BagInstalled(bag_id=f"B-later-{number}", point_id="P-1"))


@pytest.fixture
def check(books: Books, save: Save) -> Callable[[], list[Finding]]:
    def checked() -> list[Finding]:
        return list(verify(save(books)).findings.kept)

    return checked


Check = Callable[[], list[Finding]]


def test_the_recycler_may_add_the_difference(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2"))
    books.say(Context.RECYCLER, received("L-2", difference=Difference.MINOR), causation_id=books.id_at(claim))

    assert check() == []


def test_a_fact_without_its_claim_is_a_finding_once_it_can_no_longer_be_late(books: Books, save: Save) -> None:
    books.say(Context.RECYCLER, received("L-2"), causation_id=str(UUID(int=1)))
    report = verify(save(books))
    assert report.clean
    assert [each.code for each in report.open] == [Code.CLAIM_MISSING]

    settle(books)
    (finding,) = verify(save(books)).findings.kept
    assert (finding.code, finding.place and finding.place.topic) == (Code.CLAIM_MISSING, "ewaste.recycler")


def test_a_fact_that_names_no_claim_is_a_finding_at_once(books: Books, check: Check) -> None:
    books.say(Context.RECYCLER, received("L-2"))

    assert [each.code for each in check()] == [Code.CLAIM_MISSING]


def test_a_fact_on_a_claim_with_a_strange_key_is_a_finding(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2"), signed_with=generate_key())
    fact = books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(claim))

    (finding,) = check()

    assert finding.code is Code.CLAIM_NOT_SIGNED
    assert finding.place is not None
    assert finding.place.index == fact
    assert "registers key" in finding.message


def test_a_fact_on_an_unsigned_claim_is_a_finding(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2"))
    books.records[claim] = type(books.records[claim])(
        **{name: getattr(books.records[claim], name) for name in books.records[claim].__struct_fields__}
        | {"headers": ()}
    )
    books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(claim))

    (finding,) = check()
    assert (finding.code, "no header jws" in finding.message) == (Code.CLAIM_NOT_SIGNED, True)


def test_another_partners_registered_key_does_not_count(books: Books, check: Check) -> None:
    other = generate_key()
    key = PublicKey.model_validate(public_jwk(other))
    books.say(Context.RECYCLER, PartnerKeyRegistered(partner_id="blue-metals", key_id=other["kid"], public_key=key))
    claim = books.claim(received("L-2"), signed_with=other)
    books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(claim))

    (finding,) = check()
    assert "was not registered to green-metals" in finding.message


def test_a_revoked_key_counts_for_facts_before_its_revocation_only(books: Books, check: Check) -> None:
    early, late = books.claim(received("L-2")), books.claim(received("L-3"))
    books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(early))
    books.say(
        Context.RECYCLER,
        PartnerKeyRevoked(partner_id=PARTNER, key_id=books.key["kid"], reason=KeyRevocation.COMPROMISED),
    )
    fact = books.say(Context.RECYCLER, received("L-3"), causation_id=books.id_at(late))

    (finding,) = check()

    assert finding.place is not None
    assert (finding.code, finding.place.index) == (Code.CLAIM_NOT_SIGNED, fact)
    assert "was revoked" in finding.message


def test_a_key_counts_by_the_recyclers_own_order_where_the_ledger_merged_partitions_otherwise(
    new_books: Callable[[], Books], save: Save
) -> None:
    """The claim stands before the key's registration, but the recycler numbered the registration before the fact."""
    books = new_books()
    key = PublicKey.model_validate(public_jwk(books.key))
    books.say(Context.RECYCLER, PartnerKeyRegistered(partner_id=PARTNER, key_id=books.key["kid"], public_key=key))
    books.accept(received("L-2"))
    registration, claim, fact = books.records
    books.records[:] = [claim, msgspec.structs.replace(fact, partition=1, offset=0), registration]

    assert verify(save(books)).clean


def test_a_fact_that_says_other_than_its_claim_is_a_finding(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2", 500))
    books.say(Context.RECYCLER, received("L-2", 900), causation_id=books.id_at(claim))

    assert [each.code for each in check()] == [Code.CLAIM_DIFFERS]


def test_a_claim_accepted_twice_is_a_finding(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2"))
    for _ in range(2):
        books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(claim))

    assert [each.code for each in check()] == [Code.CLAIM_ACCEPTED_TWICE]


def test_a_claim_sent_again_needs_no_second_answer(books: Books, save: Save) -> None:
    again = books.records[books.accept(received("L-2")) - 1]
    books.put(again.topic, "L-2", again.value, again.headers)
    books.accept(received("L-3"))
    settle(books)

    report = verify(save(books))
    assert report.clean
    assert not report.judged.unanswered


def test_a_correction_names_the_claims_event_in_the_claim_and_the_facts_event_in_the_fact(
    books: Books, check: Check
) -> None:
    fact = books.accept(received("L-2"))
    books.claim(_corrects(books, fact - 1, "urn:ewaste:partner:green-metals"))
    books.say(
        Context.RECYCLER,
        _corrects(books, fact, "urn:ewaste:cm:recycler"),
        causation_id=books.id_at(len(books.records) - 1),
    )
    assert check() == []

    other = books.accept(received("L-3"))
    books.claim(_corrects(books, fact - 1, "urn:ewaste:partner:green-metals"))
    books.say(
        Context.RECYCLER,
        _corrects(books, other, "urn:ewaste:cm:recycler"),
        causation_id=books.id_at(len(books.records) - 1),
    )
    assert [each.code for each in check()] == [Code.CLAIM_DIFFERS]


def _corrects(books: Books, index: int, source: str) -> EventCorrected:
    return EventCorrected(
        corrected_event_id=books.id_at(index), corrected_source=source, reason=CorrectionReason.MISTYPED
    )


def test_a_refusal_about_other_bytes_is_a_finding(books: Books, check: Check) -> None:
    claim = books.claim(received("L-2"))
    books.refuse(claim, RefusalReason.SUMS_DO_NOT_CLOSE)
    books.records[claim] = msgspec.structs.replace(books.records[claim], value=b"other")

    assert [each.code for each in check()] == [Code.REFUSED_RECORD_DIFFERS]


def test_a_good_signature_that_was_called_wrong_is_a_finding(books: Books, check: Check) -> None:
    books.refuse(books.claim(received("L-2")), RefusalReason.SIGNATURE_WRONG)

    (finding,) = check()
    assert (finding.code, finding.place and finding.place.topic) == (
        Code.WRONGLY_REFUSED,
        "ewaste.partner.green-metals",
    )


def test_a_claim_that_was_passed_over_is_a_finding_and_a_late_one_is_not(books: Books, save: Save) -> None:
    skipped = books.claim(received("L-2"))
    books.accept(received("L-3"))
    waiting = books.claim(received("L-4"))
    settle(books)

    report = verify(save(books))

    (finding,) = report.findings.kept
    assert finding.place is not None
    assert (finding.code, finding.place.index) == (Code.CLAIM_PASSED_OVER, skipped)
    assert [each.index for each in report.judged.unanswered] == [waiting]


def test_a_partner_that_contradicts_itself_is_a_finding_unless_it_was_refused(books: Books, check: Check) -> None:
    id = UUID("01936b2e-0000-7000-8000-000000000001")
    first = books.claim(received("L-2"), id=id)
    books.say(Context.RECYCLER, received("L-2"), causation_id=books.id_at(first))
    second = books.claim(received("L-2", 999), id=id)
    assert [each.code for each in check()] == [Code.EQUIVOCATION]

    books.refuse(second, RefusalReason.EQUIVOCATION)
    assert check() == []


def test_a_key_under_a_false_name_is_a_finding_and_proves_nothing(books: Books, check: Check) -> None:
    other = generate_key()
    key = PublicKey.model_validate(public_jwk(other))
    books.say(Context.RECYCLER, PartnerKeyRegistered(partner_id=PARTNER, key_id=generate_key()["kid"], public_key=key))
    assert [each.code for each in check()] == [Code.KEY_UNUSABLE]


def test_many_signatures_are_verified_by_several_processes_with_the_same_verdicts(
    books: Books, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "_ALONE", 0)
    monkeypatch.setattr(signing, "_CHUNK", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    rejected = LoadRejected(load_id="L-2", partner_id=PARTNER, facility_id="F-1", reason=RejectionReason.CONTAMINATED)
    claim = books.claim(rejected, signed_with=generate_key())
    fact = books.say(Context.RECYCLER, rejected, causation_id=books.id_at(claim))

    report = verify(save(books))

    (finding,) = report.findings.kept
    assert finding.place is not None
    assert (finding.code, finding.place.index) == (Code.CLAIM_NOT_SIGNED, fact)
    assert report.judged.accepted == 4
