"""A register in memory, and partners whose claims come before it: the rules without broker and database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import BagInLoad, ResolutionStated
from ewaste.contracts.events.recycler import FractionTreated, LoadRejected
from ewaste.contracts.ids import uuid7
from ewaste.evidence.keys import VerifyingKey
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.recycler.claims.authenticity import authenticate
from ewaste.recycler.claims.judgement import judge
from ewaste.recycler.claims.model import NotAccepted, Register, Terms, Weighings
from ewaste.recycler.partners.model import Known, Partner, PartnerKey, Validity

SOURCE = "urn:ewaste:test:recycler"


class Court:
    """One register, and partners whose claims come before it."""

    terms = Terms(SOURCE, DEFAULT_RULES)

    def __init__(self) -> None:
        self.register = Register()
        self.licences = (Validity(date(2026, 1, 1), date(2026, 12, 31)),)
        self.now: datetime | None = None
        self.refused: NotAccepted | None = None

    def weighed(self, **net_grams: int) -> None:
        """Logistics collected these bags."""
        told = {bag: Weighings(grams + 300, 300) for bag, grams in net_grams.items()}
        self.register.weighings = {**self.register.weighings, **told}

    def sent(self, load_id: str, **gross_grams: int) -> None:
        """Logistics dispatched these bags."""
        bags = {
            bag: BagInLoad(bag_id=bag, seal_number=f"seal-{bag}", gross_grams=grams)
            for bag, grams in gross_grams.items()
        }
        self.register.dispatched = {**self.register.dispatched, load_id: bags}

    def hears(self, recycler: Any, data: Any, *, id: UUID | None = None, time: datetime | None = None) -> Any:
        """The fact's data, None for a repetition, or the reason of the refusal."""
        record = recycler.record(data, id=id or uuid7(), time=time or recycler.noon)
        partner = Partner(recycler.partner_id, self.licences)
        key = PartnerKey(recycler.partner_id, VerifyingKey(recycler.jwk), False)
        known = Known({recycler.partner_id: partner}, {key.verifier.kid: key})
        before = self.register.copy()
        try:
            claim = authenticate(record, known)
            now = self.now or recycler.noon + timedelta(days=2)
            return judge(self.register, claim, partner, terms=self.terms, fact_id=uuid7(), now=now)
        except NotAccepted as refused:
            assert replace(self.register, claims={}) == replace(before, claims={}), "a refusal left a trace"
            self.refused = refused
            return refused.reason


@pytest.fixture
def court() -> Court:
    return Court()


@pytest.fixture(scope="session")
def new_court() -> Callable[[], Court]:
    return Court


def _treated(
    recycler: Any, treatment_id: str, fraction_id: str, grams: int, outputs: dict[str, Any], **more: Any
) -> FractionTreated:
    recycled = recycler.recycled("b1", outputs)
    whole = {
        "treatment_id": treatment_id,
        "batch_id": "b1",
        "fraction_id": fraction_id,
        "partner_id": recycler.partner_id,
        "facility_id": "f",
        "grams": grams,
        "outputs": [output.model_dump() for output in recycled.outputs],
    }
    return FractionTreated.model_validate(whole | more)


@pytest.fixture(scope="session")
def treated() -> Callable[..., FractionTreated]:
    """A treatment of a fraction of batch b1."""
    return _treated


@pytest.fixture(scope="session")
def corrected() -> Callable[..., EventCorrected]:
    """A partner takes back a claim of its own."""

    def made(recycler: Any, event_id: object, **more: Any) -> EventCorrected:
        source = f"urn:ewaste:partner:{recycler.partner_id}"
        told = {"corrected_event_id": str(event_id), "corrected_source": source, "reason": "mistyped"}
        return EventCorrected.model_validate(told | more)

    return made


@pytest.fixture(scope="session")
def rejected() -> Callable[..., LoadRejected]:
    """Bags of a load that are refused; none named: all of it."""

    def made(recycler: Any, load_id: str, *bag_ids: str) -> LoadRejected:
        whole = {"load_id": load_id, "partner_id": recycler.partner_id, "facility_id": "f", "reason": "seal_broken"}
        return LoadRejected.model_validate({**whole, "bag_ids": bag_ids})

    return made


@pytest.fixture(scope="session")
def resolved() -> Callable[..., ResolutionStated]:
    """What disputed bags are to count as; None: lost."""

    def made(recycler: Any, load_id: str, **grams: int | None) -> ResolutionStated:
        bags = [
            {"bag_id": bag, "settlement": "accepted", "gross_grams": each, "cause": "scale"}
            if each is not None
            else {"bag_id": bag, "settlement": "lost", "cause": "not_found"}
            for bag, each in grams.items()
        ]
        return ResolutionStated.model_validate({"load_id": load_id, "party_id": recycler.partner_id, "bags": bags})

    return made
