"""Which nodes of the chain of custody an event touches: the hot path of the custody projection.

Nothing is decided here: whether an event stands is the fold's question, so an index may hold more than the fold
believes, never less.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
from ewaste.contracts.envelope import Envelope, InvalidEvent
from ewaste.contracts.events import dropoff, logistics, recycler, traceability
from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import EVENT_TYPES, TYPES_BY_NAME, UPCASTS, Event, EventType, read_data
from ewaste.evidence.custody.graph import Link, Mark, NodeId, Touches, event_node, fraction_node

__all__ = ["index_envelope", "index_event"]


def index_event(event: Event) -> Touches:
    """The nodes an event touches, each touch once, in the order the event names them.

    A partner's own claim touches only itself (`event/<id>`): whatever it says, it enters no one's chain until the
    recycler service accepts it, and then it is found through the fact's causation id.
    """
    # An older version's data has the form of the newest one.
    rule = _RULES.get(event.envelope.type) or _RULES[event.type.name]
    return rule[0](event.envelope, event.data)


def index_envelope(envelope: Envelope) -> Touches:
    """`index_event` without validating the data first: at least the touches of the valid event, in a third of the time.

    Only the ids are read. An event that turns out invalid may be indexed, and the fold drops it, but its ids hold no
    control character and at most 64 characters; a type that is unknown here touches nothing.
    """
    found = _RULES.get(envelope.type)
    if found is None:
        # An older version touches what its newest form touches.
        return _index_slowly(envelope) if envelope.type in TYPES_BY_NAME else ()
    rule, decoder = found
    data = bytes(envelope.data)
    # An id needs no escape, and only an escape can put a NUL into one, which databases refuse.
    if b"\\" in data:
        return _index_slowly(envelope)
    try:
        return rule(envelope, decoder.decode(data))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # What the small shape cannot read the full model may: never hide evidence for speed.
        return _index_slowly(envelope)


def _index_slowly(envelope: Envelope) -> Touches:
    try:
        return index_event(read_data(envelope))
    except InvalidEvent:
        return ()


def _bags_in(parent: NodeId, bag_ids: Iterable[str]) -> Touches:
    return (Mark(parent), *(Link("bag/" + bag_id, parent) for bag_id in dict.fromkeys(bag_ids)))


def _claim(envelope: Envelope, _: Any) -> Touches:
    return (Mark(event_node(envelope.id)),)


def _nothing(_: Envelope, __: Any) -> Touches:
    return ()


def _corrected(_: Envelope, data: Any) -> Touches:
    return (Mark(event_node(data.corrected_event_id)),)


def _point(_: Envelope, data: Any) -> Touches:
    return (Mark("point/" + data.point_id),)


def _item_in_bag(_: Envelope, data: Any) -> Touches:
    return (Link("item/" + data.item_id, "bag/" + data.bag_id),)


def _bag(_: Envelope, data: Any) -> Touches:
    return (Mark("bag/" + data.bag_id),)


def _collected(_: Envelope, data: Any) -> Touches:
    sealed = Mark("bag/" + data.bag_id)
    if data.next_bag_id is None or data.next_bag_id == data.bag_id:
        return (sealed,)
    return (sealed, Mark("bag/" + data.next_bag_id))


def _bags_in_load(_: Envelope, data: Any) -> Touches:
    return _bags_in("load/" + data.load_id, [bag.bag_id for bag in data.bags])


def _bags_of_load(_: Envelope, data: Any) -> Touches:
    """What is said about bags of a load puts no bag into it."""
    bag_ids = dict.fromkeys(bag.bag_id for bag in data.bags)
    return (Mark("load/" + data.load_id), *(Mark("bag/" + bag_id) for bag_id in bag_ids))


def _broken_bags(_: Envelope, data: Any) -> Touches:
    load = () if data.load_id is None else (Mark("load/" + data.load_id),)
    return (*load, *(Mark("bag/" + bag_id) for bag_id in dict.fromkeys(data.bag_ids)))


def _actor(_: Envelope, data: Any) -> Touches:
    return (Mark("actor/" + data.actor_id),)


def _load_rejected(_: Envelope, data: Any) -> Touches:
    return _bags_in("load/" + data.load_id, data.bag_ids)


def _bags_in_batch(_: Envelope, data: Any) -> Touches:
    return _bags_in("batch/" + data.batch_id, [each.bag_id for each in data.inputs])


def _fractions_of_batch(_: Envelope, data: Any) -> Touches:
    batch = "batch/" + data.batch_id
    ids = dict.fromkeys(output.fraction_id for output in data.outputs)
    return (Mark(batch), *(Link(fraction_node(data.batch_id, id), batch) for id in ids))


def _partner(_: Envelope, data: Any) -> Touches:
    return (Mark("partner/" + data.partner_id),)


def _gap(_: Envelope, data: Any) -> Touches:
    return (Mark(f"{data.subject.kind}/{data.subject.id}"),)


def _certified(_: Envelope, data: Any) -> Touches:
    certificate = "certificate/" + data.certificate_id
    return (Link("batch/" + data.batch_id, certificate), Mark(certificate))


def _suspended(_: Envelope, data: Any) -> Touches:
    return (Mark("certificate/" + data.certificate_id),)


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Shape(msgspec.Struct, gc=False, frozen=True):
    """The ids of an event's data; everything else in it is skipped unread."""


class _PointId(_Shape, frozen=True):
    point_id: _Id


class _BagId(_Shape, frozen=True):
    bag_id: _Id


class _ItemInBag(_BagId, frozen=True):
    item_id: _Id


class _Collected(_BagId, frozen=True):
    next_bag_id: _Id | None = None


class _BagsInLoad(_Shape, frozen=True):
    load_id: _Id
    bags: tuple[_BagId, ...]


class _LoadRejected(_Shape, frozen=True):
    load_id: _Id
    bag_ids: tuple[_Id, ...] = ()


class _BrokenBags(_Shape, frozen=True):
    bag_ids: tuple[_Id, ...]
    load_id: _Id | None = None


class _ActorId(_Shape, frozen=True):
    actor_id: _Id


class _BagsInBatch(_Shape, frozen=True):
    batch_id: _Id
    inputs: tuple[_BagId, ...]


class _FractionId(_Shape, frozen=True):
    fraction_id: _Id


class _FractionsOfBatch(_Shape, frozen=True):
    batch_id: _Id
    outputs: tuple[_FractionId, ...]


class _PartnerId(_Shape, frozen=True):
    partner_id: _Id


class _Subject(_Shape, frozen=True):
    kind: _Id
    id: _Id


class _Gap(_Shape, frozen=True):
    subject: _Subject


class _CertificateId(_Shape, frozen=True):
    certificate_id: _Id


class _Certified(_CertificateId, frozen=True):
    batch_id: _Id


class _CorrectedId(_Shape, frozen=True):
    corrected_event_id: _Id


_Rule = Callable[[Envelope, Any], Touches]
# The one list of what touches what: the shape is what the rule reads of the model, tested against it.
_BY_MODEL: Final[Mapping[type[Part], tuple[_Rule, type[_Shape]]]] = {
    dropoff.DropPointRegistered: (_point, _PointId),
    dropoff.DropPointRetired: (_point, _PointId),
    dropoff.BagInstalled: (_bag, _BagId),
    dropoff.ItemDropped: (_item_in_bag, _ItemInBag),
    dropoff.BagFillReported: (_bag, _BagId),
    logistics.CollectionPlanned: (_nothing, _Shape),
    logistics.BinCollected: (_collected, _Collected),
    logistics.LoadDispatched: (_bags_in_load, _BagsInLoad),
    logistics.HandoverRecorded: (_bags_in_load, _BagsInLoad),
    logistics.ActorRegistered: (_actor, _ActorId),
    logistics.ResolutionStated: (_bags_of_load, _BagsInLoad),
    logistics.DisputeDecided: (_bags_of_load, _BagsInLoad),
    logistics.CustodyBreakDeclared: (_broken_bags, _BrokenBags),
    recycler.PartnerRegistered: (_partner, _PartnerId),
    recycler.PartnerKeyRegistered: (_partner, _PartnerId),
    recycler.PartnerKeyRevoked: (_partner, _PartnerId),
    recycler.LoadReceived: (_bags_in_load, _BagsInLoad),
    recycler.LoadRejected: (_load_rejected, _LoadRejected),
    recycler.BatchOpened: (_bags_in_batch, _BagsInBatch),
    recycler.BatchRecycled: (_fractions_of_batch, _FractionsOfBatch),
    recycler.FractionTreated: (_fractions_of_batch, _FractionsOfBatch),
    recycler.ConfirmationRefused: (_nothing, _Shape),
    traceability.CustodyGapOpened: (_gap, _Gap),
    traceability.CustodyGapClosed: (_gap, _Gap),
    traceability.CertificateIssued: (_certified, _Certified),
    traceability.CertificateSuspended: (_suspended, _CertificateId),
    traceability.CheckpointPublished: (_nothing, _Shape),
    traceability.ArchiveSealed: (_nothing, _Shape),
    traceability.ReadModelAttested: (_nothing, _Shape),
    EventCorrected: (_corrected, _CorrectedId),
}


def _rule_of(event_type: EventType) -> tuple[_Rule, msgspec.json.Decoder[_Shape]]:
    if event_type.context is Context.EDUCATION:
        return _nothing, msgspec.json.Decoder(_Shape)
    if event_type.context is Context.PARTNER:
        return _claim, msgspec.json.Decoder(_Shape)
    rule, shape = _BY_MODEL[event_type.model]
    return rule, msgspec.json.Decoder(shape)


_RULES: Final = {
    event_type.name: _rule_of(event_type) for event_type in EVENT_TYPES if UPCASTS.newest(event_type) is event_type
}
