"""What becomes of a certificate when the ledger goes on: it stands, or it is suspended and perhaps replaced.

A certificate states what the first n records show. It stands as long as all records show the same of grams, hands and
recycler. Where they don't it is suspended, the records that changed it are named, and a new one replaces it as soon as
one can be derived. Pure: an auditor asks the same question of the same records.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ewaste.contracts.events.common import EventCorrected
from ewaste.contracts.events.dropoff import ItemDropped
from ewaste.contracts.events.logistics import CustodyBreakDeclared, DisputeDecided, ResolutionStated
from ewaste.contracts.events.traceability import CertificateSuspended, SuspensionReason
from ewaste.evidence.certificates.certify import Certificate, Uncertified
from ewaste.evidence.certificates.changes import what_changed
from ewaste.evidence.custody.fold import Evidence

__all__ = ["Difference", "Suspension", "differences", "judge_again", "statement"]

# What grows with the ledger without changing what is certified. A late drop lands in its bag's certificate by the
# trace; pieces, and what is estimated from them, are told, not certified.
_BESIDE: Final = frozenset({"/ledger", "/evidence", "/items", "/period/from", "/assessments/climate"})
_MOST_EVIDENCE: Final = 10_000
_BY_LINE: Final[Mapping[str, SuspensionReason]] = {
    "bag_disputed": SuspensionReason.DISPUTE_OPENED,
    "bag_over_allocated": SuspensionReason.OVER_ALLOCATED,
    "licence_not_valid": SuspensionReason.RECYCLER_LICENCE,
}


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why a certificate holds no more: `evidence` are the ledger indices of the records that changed it."""

    certificate_id: str
    reason: SuspensionReason
    evidence: tuple[int, ...]
    open_lines: tuple[str, ...]
    """Codes of what keeps the batch from a new certificate; empty: there is one."""

    def event_data(self) -> CertificateSuspended:
        """The data of the event that announces it."""
        return CertificateSuspended(
            certificate_id=self.certificate_id,
            reason=self.reason,
            evidence=self.evidence,
            open_lines=self.open_lines,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that two certificates give differently; None where one has no such value."""

    path: str
    """JSON pointer (RFC 6901)."""
    old: Any
    new: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Where the statements of two certificates differ, by path; lists of another length are compared whole."""
    return list(_differences("", statement(old), statement(new)))


def _differences(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            yield from _differences(f"{path}/{_escaped(name)}", old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(f"{path}/{number}", *pair)
    elif old != new:
        yield Difference(path, old, new)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def statement(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a certificate's content certifies, without what only says how far the ledger was or counts pieces."""
    return _without("", content)


def _without(path: str, content: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in content.items() if f"{path}/{name}" not in _BESIDE}
    return {name: _without(f"{path}/{name}", one) if isinstance(one, Mapping) else one for name, one in kept.items()}


def judge_again(
    certificate_id: str,
    content: Mapping[str, Any],
    judged: Certificate | Uncertified,
    evidence: Iterable[Evidence],
) -> Suspension | None:
    """Whether a standing certificate falls; None: it stands.

    `content` is what it says, `judged` what `certify` says of its batch now, and `evidence` what that was judged from.
    """
    if isinstance(judged, Certificate) and statement(judged.content) == statement(content):
        return None
    changed = _changed(evidence, content["ledger"]["size"])
    lines = judged.reasons if isinstance(judged, Uncertified) else ()
    codes = tuple(dict.fromkeys(line.code.value for line in lines))
    indices = tuple(each.index for each in changed)[:_MOST_EVIDENCE]
    return Suspension(certificate_id, _reason(changed, codes), indices, codes)


def _changed(evidence: Iterable[Evidence], since: int) -> list[Evidence]:
    """The records that changed what the certificate rests on; a drop alone changes only what it tells of pieces."""
    known = {each.index: each for each in evidence}
    changed = [known[index] for index in what_changed(known.values(), since)]
    return [each for each in changed if not isinstance(each.event.data, ItemDropped)]


def _reason(changed: list[Evidence], codes: Iterable[str]) -> SuspensionReason:
    if any(isinstance(each.event.data, EventCorrected) for each in changed):
        return SuspensionReason.EVIDENCE_CORRECTED
    for code in codes:
        if code in _BY_LINE:
            return _BY_LINE[code]
    if any(isinstance(each.event.data, CustodyBreakDeclared) for each in changed):
        return SuspensionReason.CUSTODY_BROKEN
    if any(isinstance(each.event.data, ResolutionStated | DisputeDecided) for each in changed):
        return SuspensionReason.DISPUTE_OPENED
    return SuspensionReason.EVIDENCE_ARRIVED if changed else SuspensionReason.RULES_CHANGED
