"""The EPCIS events of a fact.

`eventID` is `urn:uuid:` of our own event, where one of ours gives several EPCIS events a UUID made from it (RFC 9562
§5.5) and the number of the event: stable when the mapping or the company prefix changes, which the CBV event hash is
not, and named by a correction without having the event it names at hand. `event_hash` computes the hash where asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from ewaste.contracts.events import dropoff, logistics, recycler, traceability
from ewaste.contracts.events.common import CorrectionReason, EventCorrected
from ewaste.contracts.fields import Context, Part, utc_text
from ewaste.evidence.custody.facts import settle
from ewaste.evidence.custody.fold import Evidence
from ewaste.evidence.epcis import plant, street
from ewaste.evidence.epcis.form import Body
from ewaste.evidence.epcis.gs1 import Names

__all__ = ["LOCAL_OFFSET", "MODELS", "event_id", "events_of", "page_events"]

LOCAL_OFFSET: Final = "+07:00"
"""`eventTimeZoneOffset`: what clocks show where things happen, in all of Thailand."""

_WRITE: Final[Mapping[type[Part], Callable[[Names, Any], list[Body]]]] = {
    dropoff.ItemDropped: street.item_dropped,
    dropoff.BagInstalled: street.bag_installed,
    dropoff.BagFillReported: street.bag_looked_at,
    logistics.BinCollected: street.bin_collected,
    logistics.LoadDispatched: street.load_dispatched,
    logistics.HandoverRecorded: street.handed_over,
    logistics.ResolutionStated: street.resolution_stated,
    logistics.DisputeDecided: street.dispute_decided,
    logistics.CustodyBreakDeclared: street.custody_broken,
    recycler.LoadReceived: plant.load_received,
    recycler.LoadRejected: plant.load_rejected,
    recycler.BatchOpened: plant.batch_opened,
    recycler.BatchRecycled: plant.batch_recycled,
    recycler.FractionTreated: plant.fraction_treated,
    traceability.CertificateIssued: plant.certificate_issued,
    traceability.CertificateSuspended: plant.certificate_suspended,
}
MODELS: Final = frozenset(_WRITE)
"""What has EPCIS events; everything else (places, partners, plans, gaps, lessons) stays outside."""
_ERRORS: Final = {
    CorrectionReason.DID_NOT_HAPPEN: "did_not_occur",
    CorrectionReason.DUPLICATE: "did_not_occur",
}


def events_of(names: Names, fact: Evidence, correction: Evidence | None = None) -> list[dict[str, Any]]:
    """The EPCIS events of a fact, declared wrong where its own source took it back.

    None for what EPCIS has no word for. A partner's claim has none: the recycler service's fact speaks for it.
    """
    event = fact.event
    write = _WRITE.get(type(event.data))
    if write is None or event.type.context is Context.PARTNER:
        return []
    when = {"eventTime": utc_text(event.envelope.time), "eventTimeZoneOffset": LOCAL_OFFSET}
    error = _declared(correction) if correction else {}
    return [
        {"type": body.pop("type"), "eventID": event_id(event.envelope.id, number), **when, **error, **body}
        for number, body in enumerate(write(names, event.data))
    ]


def event_id(id: UUID, number: int = 0) -> str:
    """The `eventID` of the EPCIS event with this number among those of one of our events."""
    return f"urn:uuid:{uuid5(id, str(number)) if number else id}"


def _declared(correction: Evidence) -> Body:
    """An error declaration; the event that says it right is named by its first EPCIS event."""
    data = correction.event.data
    if not isinstance(data, EventCorrected):
        raise TypeError(f"{correction.event.type.name} takes nothing back; give the EventCorrected that does")
    told = {
        "declarationTime": utc_text(correction.event.envelope.time),
        "reason": _ERRORS.get(data.reason, "incorrect_data"),
    }
    if data.replacement_event_id is None:
        return {"errorDeclaration": told}
    return {"errorDeclaration": {**told, "correctiveEventIDs": [_corrective(data.replacement_event_id)]}}


def _corrective(text: str) -> str:
    try:
        return event_id(UUID(text))
    except ValueError:  # ids are opaque texts in a correction; such a one names no event
        return f"urn:ewaste:event:{text}"


def page_events(
    names: Names, page: Iterable[Evidence], corrections: Iterable[Evidence] = ()
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The EPCIS events of part of a ledger in its order, each with the index of its fact.

    `corrections` are the corrections of the page's events, and of each other, from anywhere in the ledger. Of records
    with the same source and id only the first in the ledger may be offered (`custody.mentions`).
    """
    facts = list(page)
    wanted = {each.index for each in facts}
    settled = settle([*facts, *corrections])
    taken_back = {each.withdrawn.index: each for each in settled.withdrawn}
    standing = {each.index: each for each in settled.standing}
    for index in sorted(wanted & (standing.keys() | taken_back.keys())):
        withdrawal = taken_back.get(index)
        fact, correction = (withdrawal.withdrawn, withdrawal.correction) if withdrawal else (standing[index], None)
        yield from ((index, event) for event in events_of(names, fact, correction))
