"""Facts as EPCIS events: valid by GS1's schema, exact in grams, and with nothing of ours in GS1's words."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.logistics import Difference, HandoverPurpose
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import EVENT_TYPES
from ewaste.evidence.custody.fold import Evidence
from ewaste.evidence.epcis.document import document
from ewaste.evidence.epcis.events import MODELS, event_id, events_of, page_events
from ewaste.evidence.epcis.form import kilograms
from ewaste.evidence.epcis.gs1 import Names
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

Validate = Callable[[Mapping[str, Any]], None]
Golden = Mapping[str, Evidence]
PRIVATE = Names("chiangmai")
UNMAPPED = {
    "DropPointRegistered",
    "DropPointRetired",
    "CollectionPlanned",
    "ActorRegistered",
    "PartnerRegistered",
    "PartnerKeyRegistered",
    "PartnerKeyRevoked",
    "ConfirmationRefused",
    "CustodyGapOpened",
    "CustodyGapClosed",
    "CheckpointPublished",
    "ArchiveSealed",
    "ReadModelAttested",
    "EventCorrected",
}
"""Master data, plans, refusals and what follows from other facts: no observation of a thing."""


def of(golden: Golden, name: str, names: Names = PRIVATE) -> list[dict[str, Any]]:
    return events_of(names, golden[name])


def test_every_example_is_valid_epcis(golden: Golden, names: Names, validate: Validate) -> None:
    for name, evidence in golden.items():
        events = events_of(names, evidence)
        told = evidence.event.type.context not in (Context.PARTNER, Context.EDUCATION)
        assert bool(events) is (told and type(evidence.event.data) in MODELS), name
        validate(document(events, evidence.event.envelope.time))


def test_what_stays_outside_is_said_by_name() -> None:
    ours = {each.model for each in EVENT_TYPES if each.context not in (Context.PARTNER, Context.EDUCATION)}
    assert {model.__name__ for model in ours - MODELS} == UNMAPPED


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("epcList", ["not a uri"]),
        ("epcList", ["urn:ewaste:chiangmai:bag:ถุง"]),
        ("eventTime", "yesterday"),
        ("bizStep", "shredding"),
        ("lesson", "4P"),
    ],
)
def test_the_check_sees_what_is_wrong(golden: Golden, validate: Validate, path: str, broken: Any) -> None:
    """The `uri` and `date-time` formats are unchecked, in silence, without jsonschema's format-nongpl extra."""
    event = of(golden, "ewaste.dropoff.ItemDropped.v1/phone-by-app")[0]
    with pytest.raises(AssertionError):
        validate(document([{**event, path: broken}], golden_time(golden)))


def golden_time(golden: Golden) -> Any:
    return next(iter(golden.values())).event.envelope.time


def test_formats_are_checked_at_all() -> None:
    checkers = Draft7Validator.FORMAT_CHECKER.checkers
    assert {"uri", "date-time"} <= checkers.keys()


@given(st.data())
def test_any_set_of_facts_is_one_valid_document(
    golden: Golden, names: Names, validate: Validate, data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(golden)), min_size=1, max_size=6, unique=True))
    events = [event for name in chosen for event in events_of(names, golden[name])]
    validate(document(events, golden_time(golden)))
    assert len({event["eventID"] for event in events}) == len(events)


@given(st.integers(min_value=0, max_value=10**12))
def test_grams_are_kilograms_exactly(grams: int) -> None:
    assert Decimal(json.dumps(kilograms(grams))) * 1000 == grams


def test_a_drop_is_a_beginning_and_a_place_in_a_bag(golden: Golden) -> None:
    begun, packed = of(golden, "ewaste.dropoff.ItemDropped.v1/phone-by-app")
    assert (begun["type"], begun["action"], begun["bizStep"]) == ("ObjectEvent", "ADD", "commissioning")
    assert (packed["type"], packed["action"]) == ("AggregationEvent", "ADD")
    assert packed["childEPCs"] == begun["epcList"]
    assert packed["parentID"].startswith("urn:ewaste:chiangmai:bag:")
    assert begun["eventID"] == event_id(golden["ewaste.dropoff.ItemDropped.v1/phone-by-app"].event.envelope.id)
    assert begun["eventTimeZoneOffset"] == "+07:00"


def test_a_collected_bag_is_closed_over_its_weighed_contents(golden: Golden) -> None:
    name = "ewaste.logistics.BinCollected.v1/sealed-and-replaced"
    data: Any = golden[name].event.data
    closed, taken = of(golden, name)
    assert (closed["bizStep"], closed["disposition"]) == ("collecting", "container_closed")
    assert closed["childQuantityList"][0]["quantity"] == kilograms(data.gross_grams - data.tare_grams)
    assert closed["sensorElementList"][0]["sensorReport"][0]["value"] == kilograms(data.gross_grams)
    assert (taken["type"], taken["action"]) == ("AssociationEvent", "DELETE")


@pytest.mark.parametrize(
    ("example", "step", "disposition"),
    [
        ("matched", "receiving", "in_progress"),
        ("broken-seal", "receiving", "non_conformant"),
        ("into-storage-by-unregistered-carrier", "storing", "in_progress"),
    ],
)
def test_a_handover_is_told_by_its_purpose_and_difference(
    golden: Golden, example: str, step: str, disposition: str
) -> None:
    (event,) = of(golden, f"ewaste.logistics.HandoverRecorded.v1/{example}")
    assert (event["bizStep"], event["disposition"]) == (step, disposition)
    assert event["sensorElementList"][0]["sensorReport"][0]["type"] == "Mass"


@pytest.mark.parametrize("purpose", HandoverPurpose)
@pytest.mark.parametrize("difference", [Difference.MINOR, Difference.SIGNIFICANT])
def test_a_different_weight_is_a_quantity_mismatch(
    golden: Golden, purpose: HandoverPurpose, difference: Difference
) -> None:
    evidence = golden["ewaste.logistics.HandoverRecorded.v1/matched"]
    data = evidence.event.data.model_copy(update={"purpose": purpose, "difference": difference})
    changed = Evidence(0, type(evidence.event)(evidence.event.envelope, evidence.event.type, data), evidence.digest)
    (event,) = events_of(PRIVATE, changed)
    assert event["disposition"] == "mismatch_quantity"


def test_a_batch_takes_grams_out_of_bags_and_becomes_fractions(golden: Golden) -> None:
    opened, *unpacked = of(golden, "ewaste.recycler.BatchOpened.v1/mass-balance")
    data: Any = golden["ewaste.recycler.BatchOpened.v1/mass-balance"].event.data
    total = sum(each.grams for each in data.inputs) + data.other_client_grams
    assert opened["outputQuantityList"] == [
        {"epcClass": PRIVATE.uri("batch", data.batch_id), "quantity": kilograms(total), "uom": "KGM"}
    ]
    assert [event["parentID"] for event in unpacked] == [PRIVATE.uri("bag", each.bag_id) for each in data.inputs]
    assert {(event["action"], event["bizStep"]) for event in unpacked} == {("DELETE", "unpacking")}
    recycled, *destined = of(golden, "ewaste.recycler.BatchRecycled.v1/five-fractions")
    assert (recycled["type"], recycled["bizStep"]) == ("TransformationEvent", "disassembling")
    assert {event["bizStep"] for event in destined} >= {"urn:ewaste:operation:R4"}
    told = [each["epcClass"] for event in destined for each in event["quantityList"]]
    assert sorted(told) == sorted(each["epcClass"] for each in recycled["outputQuantityList"])


def test_a_certificate_is_a_document_of_its_batch(golden: Golden) -> None:
    issued, replaced = of(golden, "ewaste.traceability.CertificateIssued.v1/issued-again")
    assert issued["bizTransactionList"] == [{"type": "cert", "bizTransaction": issued["certificationInfo"]}]
    assert (issued["action"], replaced["action"]) == ("ADD", "DELETE")
    (suspended,) = of(golden, "ewaste.traceability.CertificateSuspended.v1/evidence-corrected")
    assert suspended["action"] == "DELETE"


def test_a_withdrawn_fact_is_declared_wrong_and_names_what_is_right(world: Any, validate: Validate) -> None:
    wrong = world.drop("I-1", "B-1")
    right = world.drop("I-1", "B-2")
    world.say(
        Context.DROPOFF,
        EventCorrected(
            corrected_event_id=str(wrong),
            corrected_source="urn:ewaste:cm:dropoff",
            replacement_event_id=str(right),
            reason="wrong_subject",
        ),
    )
    drop, later, correction = world.evidence()
    told = list(page_events(PRIVATE, [drop, later], [correction]))
    validate(document([event for _, event in told], drop.event.envelope.time))
    errors = [event["errorDeclaration"] for index, event in told if index == drop.index]
    assert [error["reason"] for error in errors] == ["incorrect_data"] * 2
    assert errors[0]["correctiveEventIDs"] == [event_id(right)]
    assert [event["eventID"] for _, event in told][2] == event_id(right)
    assert not any("errorDeclaration" in event for index, event in told if index == later.index)


def test_a_correction_that_was_itself_taken_back_declares_nothing(world: Any) -> None:
    world.correct(Context.DROPOFF, world.correct(Context.DROPOFF, world.drop("I-1", "B-1")))
    drop, *corrections = world.evidence()
    assert not any("errorDeclaration" in event for _, event in page_events(PRIVATE, [drop], corrections))


def test_a_page_gives_its_own_facts_in_ledger_order_and_no_claims(whole: Any) -> None:
    told = [index for index, _ in page_events(PRIVATE, whole.evidence()[::-1])]
    assert told == sorted(told)
    claims = {each.index for each in whole.evidence() if each.event.type.context is Context.PARTNER}
    assert claims
    assert not claims & set(told)
