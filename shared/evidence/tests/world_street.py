"""The street side of a small world whose events are written and read as real records."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from ewaste.contracts.envelope import source_of, source_of_partner, with_sequence
from ewaste.contracts.events.dropoff import BagInstalled, Category, Channel, DropPointRegistered, ItemDropped, Khwaeng
from ewaste.contracts.events.logistics import (
    ActorKind,
    ActorRegistered,
    BagHandover,
    BagInLoad,
    BagSettlement,
    BinCollected,
    BreakReason,
    CustodyBreakDeclared,
    Delegation,
    Difference,
    DifferenceCause,
    DisputeDecided,
    HandoverPurpose,
    HandoverRecorded,
    LoadDispatched,
    ResolutionStated,
    Settlement,
)
from ewaste.contracts.events.recycler import (
    Operation,
    OutputFraction,
    PartnerRegistered,
    Scheme,
    SchemeName,
)
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import partner_topic, topic_of
from ewaste.evidence.custody.fold import Evidence, read_evidence

PARTNER = "green-metals"
WHO = {"partner_id": PARTNER, "facility_id": "F-1"}
START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def output(
    fraction_id: str, grams: int, operation: str = "R4", material: str = "copper", **rest: Any
) -> OutputFraction:
    return OutputFraction(
        fraction_id=fraction_id,
        material=material,
        grams=grams,
        operation=Operation(operation),
        **{"facility_id": "F-1", **rest},
    )


def settlement(bag_id: str, gross: int | None = None, cause: DifferenceCause = DifferenceCause.SCALE) -> BagSettlement:
    """Accepted with these grams; lost without."""
    how = Settlement.LOST if gross is None else Settlement.ACCEPTED
    return BagSettlement(bag_id=bag_id, settlement=how, gross_grams=gross, cause=cause)


class Street:
    """Says what happened, a minute apart (`days` later); `records` are (topic, value) as the ledger would hold them."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.gross: dict[str, int] = {}
        self.seals: dict[str, str] = {}
        self.days = 0

    def say(
        self,
        context: Context,
        data: Part,
        *,
        id: UUID | None = None,
        causation_id: UUID | None = None,
        source: str | None = None,
        topic: str | None = None,
    ) -> UUID:
        count = len(self.records) + 1
        id = id or UUID(int=count << 64 | 0x7 << 76 | 0b10 << 62)
        value = write_event(
            type_for(context, data.__class__),
            data,
            id=id,
            source=source or (source_of_partner(PARTNER) if context is Context.PARTNER else source_of("cm", context)),
            time=START + timedelta(days=self.days, minutes=count),
            causation_id=str(causation_id) if causation_id else None,
        )
        place = topic or (partner_topic(PARTNER) if context is Context.PARTNER else topic_of(context))
        self.records.append((place, with_sequence(value, count)))
        return id

    def accept(self, data: Part) -> UUID:
        """The partner's claim, then the recycler's fact."""
        return self.say(Context.RECYCLER, data, causation_id=self.say(Context.PARTNER, data))

    def evidence(self, order: Sequence[int] | None = None) -> list[Evidence]:
        """The evidence of the records when they enter the ledger in this order (default: as they were said)."""
        places = range(len(self.records)) if order is None else order
        read = (read_evidence(index, *self.records[place]) for index, place in enumerate(places))
        return [each for each in read if each is not None]

    def partner(self, *, valid_until: date = date(2027, 12, 31), valid_from: date = date(2026, 1, 1)) -> UUID:
        held = ((SchemeName.R2V3, date(2027, 1, 1)), (SchemeName.EN_50625, date(2026, 11, 1)))
        return self.say(
            Context.RECYCLER,
            PartnerRegistered(
                partner_id=PARTNER,
                name_th="กรีนเมทัล",
                name_en="Green Metals",
                licence_number="L-106-1",
                licence_valid_from=valid_from,
                licence_valid_until=valid_until,
                schemes=tuple(
                    Scheme(name=name, certificate_number="S-1", valid_from=date(2026, 1, 1), valid_until=until)
                    for name, until in held
                ),
            ),
        )

    def actor(self, actor_id: str, kind: ActorKind = ActorKind.CARRIER) -> UUID:
        return self.say(
            Context.LOGISTICS,
            ActorRegistered(actor_id=actor_id, kind=kind, name_th=f"ผู้ขนส่ง {actor_id}", name_en=f"Carrier {actor_id}"),
        )

    def point(self) -> UUID:
        return self.say(
            Context.DROPOFF,
            DropPointRegistered(
                point_id="P-1",
                name_th="ตลาดวโรรส",
                name_en="Warorot Market",
                khwaeng=Khwaeng.KAWILA,
                latitude_microdegrees=18_790_000,
                longitude_microdegrees=99_000_000,
            ),
        )

    def install(self, bag_id: str) -> UUID:
        return self.say(Context.DROPOFF, BagInstalled(bag_id=bag_id, point_id="P-1"))

    def drop(self, item_id: str, bag_id: str, category: Category = Category.PHONE) -> UUID:
        return self.say(
            Context.DROPOFF,
            ItemDropped(item_id=item_id, bag_id=bag_id, point_id="P-1", category=category, channel=Channel.APP),
        )

    def collect(
        self,
        bag_id: str,
        gross: int = 10_050,
        tare: int = 50,
        next_bag_id: str | None = None,
        *,
        point_id: str = "P-1",
        seal: str | None = None,
    ) -> UUID:
        self.gross[bag_id] = gross
        self.seals[bag_id] = seal or f"S-{bag_id}"
        return self.say(
            Context.LOGISTICS,
            BinCollected(
                bag_id=bag_id,
                point_id=point_id,
                seal_number=self.seals[bag_id],
                gross_grams=gross,
                tare_grams=tare,
                carrier_id="C-1",
                next_bag_id=next_bag_id,
            ),
        )

    @staticmethod
    def settlement(bag_id: str, gross: int | None) -> BagSettlement:
        return settlement(bag_id, gross)

    def _rows(self, bag_ids: Sequence[str]) -> list[tuple[str, str, int]]:
        """Seal and gross grams as collected; of a bag that wasn't, the usual ones."""
        return [(id, self.seals.get(id, f"S-{id}"), self.gross.get(id, 10_050)) for id in bag_ids]

    def dispatch(self, load_id: str, *bag_ids: str, carrier_id: str = "C-1", origin_id: str = "Y-1") -> UUID:
        rows = self._rows(bag_ids)
        return self.say(
            Context.LOGISTICS,
            LoadDispatched(
                load_id=load_id,
                carrier_id=carrier_id,
                origin_id=origin_id,
                destination_id=PARTNER,
                bags=tuple(BagInLoad(bag_id=id, seal_number=seal, gross_grams=grams) for id, seal, grams in rows),
                gross_grams=sum(grams for _, _, grams in rows),
            ),
        )

    def hand_over(
        self,
        load_id: str,
        *bag_ids: str,
        giver_id: str = "C-1",
        receiver_id: str = PARTNER,
        place_id: str = "GATE-1",
        seal: str | None = None,
        off: int = 0,
        purpose: HandoverPurpose = HandoverPurpose.DELIVERY,
        confirmed_for: str | None = None,
    ) -> UUID:
        """`confirmed_for` is the side that is not registered; the other confirmed for it."""
        rows = self._rows(bag_ids)
        by_id = receiver_id if confirmed_for == giver_id else giver_id
        return self.say(
            Context.LOGISTICS,
            HandoverRecorded(
                handover_id=f"H-{load_id}-{receiver_id}",
                load_id=load_id,
                giver_id=giver_id,
                receiver_id=receiver_id,
                place_id=place_id,
                bags=tuple(
                    BagHandover(
                        bag_id=id,
                        seal_given=known,
                        seal_read=seal or known,
                        given_grams=grams,
                        received_grams=grams + off,
                        difference=Difference.MATCHED,
                    )
                    for id, known, grams in rows
                ),
                given_grams=sum(grams for _, _, grams in rows),
                received_grams=sum(grams + off for _, _, grams in rows),
                difference=Difference.MATCHED,
                purpose=purpose,
                delegation=Delegation(for_id=confirmed_for, by_id=by_id) if confirmed_for else None,
            ),
        )

    def state(self, load_id: str, party_id: str, *bags: BagSettlement) -> UUID:
        """A party's word on how a dispute ends: a partner's by its own claim."""
        said = ResolutionStated(load_id=load_id, party_id=party_id, bags=bags)
        return self.accept(said) if party_id == PARTNER else self.say(Context.LOGISTICS, said)

    def settle(self, load_id: str, *bags: BagSettlement, giver_id: str = "C-1", receiver_id: str = PARTNER) -> None:
        """Both sides say the same."""
        self.state(load_id, giver_id, *bags)
        self.state(load_id, receiver_id, *bags)

    def decide(self, load_id: str, *bags: BagSettlement) -> UUID:
        return self.say(Context.LOGISTICS, DisputeDecided(load_id=load_id, decided_by="city", bags=bags))

    def declare_break(self, *bag_ids: str, reason: BreakReason = BreakReason.MIXED) -> UUID:
        return self.say(
            Context.LOGISTICS,
            CustodyBreakDeclared(break_id="BR-1", bag_ids=bag_ids, declared_by="C-1", reason=reason),
        )
