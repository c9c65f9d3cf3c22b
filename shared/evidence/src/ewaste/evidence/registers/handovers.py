"""The register of handovers: each bag at each change of hands, the giver's word beside the receiver's."""

from collections.abc import Iterator
from typing import Final

from ewaste.contracts.events.logistics import BagHandover, Difference, HandoverRecorded
from ewaste.evidence.registers.columns import Row, grams, integer, moment, text
from ewaste.evidence.registers.entries import Entry
from ewaste.evidence.registers.model import Register, View
from ewaste.evidence.rules.ruleset import Rules, classify_handover, gravest

__all__ = ["HANDOVERS"]


def _rows(view: View, entry: Entry) -> Iterator[Row]:
    fact = view.fact(entry.index, HandoverRecorded)
    if fact is None:
        return
    said, when = fact.data, fact.evidence.event.envelope.time
    delegated = (said.delegation.for_id, said.delegation.by_id) if said.delegation else (None, None)
    for bag in said.bags:
        yield (
            said.handover_id,
            said.load_id,
            bag.bag_id,
            said.giver_id,
            said.receiver_id,
            said.place_id,
            said.purpose.value,
            when,
            when,
            bag.seal_given,
            bag.seal_read,
            bag.given_grams,
            bag.received_grams,
            bag.received_grams - bag.given_grams,
            _difference(view.custody.rules, bag).value,
            *delegated,
            fact.index,
        )


def _difference(rules: Rules, bag: BagHandover) -> Difference:
    """What the record calls it counts where it is graver, as in the fold."""
    ours = classify_handover(
        seal_given=bag.seal_given,
        seal_read=bag.seal_read,
        given_grams=bag.given_grams,
        received_grams=bag.received_grams,
        rules=rules,
    )
    return gravest(ours, bag.difference)


HANDOVERS: Final = Register(
    name="handovers",
    th="การส่งมอบ",
    en="Handovers",
    decided_by=HandoverRecorded,
    period_th="วันที่ส่งมอบ หนึ่งแถวต่อหนึ่งถุงในการส่งมอบ",
    period_en="The day of the handover; a row per bag of it.",
    columns=(
        text("handover_id", "หมายเลขการส่งมอบ", "The handover; it has a row for each of its bags"),
        text("load_id", "เที่ยวขนส่ง", "The load that changed hands"),
        text("bag_id", "หมายเลขถุง", "The bag"),
        text("giver_id", "ผู้ส่งมอบ", "Who gave it"),
        text("receiver_id", "ผู้รับมอบ", "Who took it"),
        text("place_id", "สถานที่", "Where"),
        text("purpose", "วัตถุประสงค์", "carrier_change, storage_in, storage_out or delivery"),
        *moment("handed_over_at", "เวลาที่ส่งมอบ", "When it changed hands"),
        text("seal_given", "ซีลที่ผู้ส่งแจ้ง", "Seal number that the giver states"),
        text("seal_read", "ซีลที่ผู้รับอ่าน", "Seal number that the receiver read"),
        grams("given_grams", "น้ำหนักที่ผู้ส่งแจ้ง", "Gross weight that the giver states"),
        grams("received_grams", "น้ำหนักที่ผู้รับชั่ง", "Gross weight on the receiver's scale"),
        grams("difference_grams", "ผลต่าง", "Received less given; negative: less arrived"),
        text("difference", "ผลการเทียบ", "matched, minor, significant or seal_mismatch"),
        text("delegated_for", "ยืนยันแทนผู้ใด", "The side that is not registered; empty: both are"),
        text("delegated_by", "ผู้ยืนยันแทน", "The registered side that confirmed for it"),
        integer("ledger_index", "ลำดับในบัญชี", "Place of the handover in the ledger; the first record has 0"),
    ),
    rows=_rows,
)
