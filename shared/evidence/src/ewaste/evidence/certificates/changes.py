"""Which later records changed what a certificate rests on."""

from collections.abc import Iterable

from ewaste.evidence.certificates.content import RESTS_ON
from ewaste.evidence.custody.facts import Evidence, Settled, settle

__all__ = ["what_changed"]


def what_changed(evidence: Iterable[Evidence], since_size: int) -> tuple[int, ...]:
    """Ledger indices, lowest first, of the records from `since_size` on that add, take back or put back a fact.

    Claims, repetitions, contradictions of an earlier record, alerts and certificates change nothing and are left out.
    """
    known = list(evidence)
    before, after = settle(each for each in known if each.index < since_size), settle(known)
    stood = {each.index for each in before.standing}
    stands = {each.index for each in after.standing}
    added = {
        each.index for each in after.standing if each.index >= since_size and isinstance(each.event.data, RESTS_ON)
    }
    taken_back = {each.correction.index for each in after.withdrawn if each.withdrawn.index in stood}
    back_again = {index for index in stands - stood if index < since_size}
    put_back = {_undone(each.correction, after) for each in before.withdrawn if each.withdrawn.index in back_again}
    return tuple(sorted(index for index in added | taken_back | put_back if index is not None))


def _undone(correction: Evidence, after: Settled) -> int | None:
    """The record that took this correction back."""
    return next((each.correction.index for each in after.withdrawn if each.withdrawn.index == correction.index), None)
