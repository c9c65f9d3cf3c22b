"""Was every accepted fact signed for, and every refusal right?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ewaste.auditor.claims import Accepted, Claim, Claims, Refusal
from ewaste.auditor.findings import Code, Finding, Findings, Place
from ewaste.auditor.sequences import SETTLED_AFTER_MS
from ewaste.auditor.signing import Signature
from ewaste.contracts.events.recycler import RefusalReason

__all__ = ["Judged", "judge"]

# What a refusal says of the signature alone; the other reasons need what the recycler service knew at that moment.
_OF_THE_SIGNATURE: Final = frozenset(
    {
        RefusalReason.SIGNATURE_MISSING,
        RefusalReason.SIGNATURE_MALFORMED,
        RefusalReason.SIGNATURE_WRONG,
        RefusalReason.TOPIC_OF_ANOTHER_PARTNER,
    }
)

_Kafka = tuple[str, int, int]


@dataclass(slots=True)
class Judged:
    """`refused` counts by reason; `open` is what may still arrive; `unanswered` are claims without fact or refusal."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_at: set[_Kafka] = field(default_factory=set)
    unanswered: list[Place] = field(default_factory=list)
    open: list[Finding] = field(default_factory=list)


class _Judge:
    def __init__(self, claims: Claims, signatures: Mapping[int, Signature], newest_ms: int, findings: Findings) -> None:
        self._claims = claims
        self._signatures = signatures
        self._newest_ms = newest_ms
        self._findings = findings
        self._by_id: dict[str, list[Claim]] = {}
        self._claim_of_fact = {each.event_id: each.claim_id for each in claims.accepted}
        self._answered: dict[tuple[str, int], int] = {}
        self._used: dict[tuple[str, str], Place] = {}
        self.judged = Judged()
        for claim in claims.claims:
            if claim.event_id is not None:
                self._by_id.setdefault(claim.event_id, []).append(claim)

    def accepted(self, fact: Accepted) -> None:
        """The fact must rest on one claim that its partner signed and that says the same."""
        found = [
            claim for claim in self._by_id.get(fact.claim_id or "", ()) if fact.partner_id in (None, claim.partner_id)
        ]
        if not found:
            self._missing(fact)
            return
        self.judged.accepted += 1
        self._once(fact, found[0])
        self._answer(found[0].place.topic, found[0].place.partition, found[0].place.offset, fact.time_ms)
        if not (same := [claim for claim in found if self._says_the_same(claim, fact)]):
            said = f"{fact.type} rests on claim {fact.claim_id} at index {found[0].place.index}, which says other"
            self._findings.add(Code.CLAIM_DIFFERS, said, fact.place)
            return
        faults = [self._fault(claim, fact) for claim in same]
        if all(faults):
            said = f"{fact.type} rests on claim {fact.claim_id} at index {same[0].place.index}: {faults[0]}"
            self._findings.add(Code.CLAIM_NOT_SIGNED, said, fact.place)

    def _says_the_same(self, claim: Claim, fact: Accepted) -> bool:
        """A correction names the partner's event in the claim and the recycler's in the fact."""
        corrects = self._claim_of_fact.get(fact.corrects) if fact.corrects else None
        return claim.says == fact.says and claim.corrects == corrects

    def _missing(self, fact: Accepted) -> None:
        said = f"{fact.type} rests on claim {fact.claim_id or '(none named)'}, which is not in the ledger"
        finding = Finding(Code.CLAIM_MISSING, said, fact.place)
        if fact.claim_id is not None and not self._is_settled(fact.time_ms):
            self.judged.open.append(finding)
        else:
            self._findings.add(finding.code, finding.message, finding.place)

    def _once(self, fact: Accepted, claim: Claim) -> None:
        first = self._used.setdefault((claim.partner_id, claim.event_id or ""), fact.place)
        if first is not fact.place:
            said = f"claim {fact.claim_id} was accepted at index {first.index} before"
            self._findings.add(Code.CLAIM_ACCEPTED_TWICE, said, fact.place)

    def _fault(self, claim: Claim, fact: Accepted) -> str | None:
        signature = self._signatures[claim.place.index]
        if signature.fault is not None or signature.key_id is None:
            return signature.fault or "it names no key"
        return self._claims.why_key_does_not_count(signature.key_id, claim.partner_id, fact.moment)

    def refused(self, refusal: Refusal, at: Mapping[_Kafka, Claim]) -> None:
        """The refusal must be about the record that the ledger holds there, and true as far as can be seen."""
        data = refusal.data
        self.judged.refused[data.reason.value] += 1
        self.judged.refused_at.add((data.topic, data.partition, data.offset))
        self._answer(data.topic, data.partition, data.offset, refusal.time_ms)
        claim = at.get((data.topic, data.partition, data.offset))
        where = f"{data.topic} partition {data.partition} offset {data.offset}"
        if claim is None or claim.digest.hex() != data.value_sha256:
            said = f"the refusal is about {where}, SHA-256 {data.value_sha256}, which is not what the ledger holds"
            finding = Finding(Code.REFUSED_RECORD_DIFFERS, said, refusal.place)
            if claim is None and not self._is_settled(refusal.time_ms):
                self.judged.open.append(finding)
            else:
                self._findings.add(finding.code, finding.message, finding.place)
        elif data.reason in _OF_THE_SIGNATURE and self._signatures[claim.place.index].fault is None:
            said = f"refused for {data.reason.value} at index {refusal.place.index}, but the signature holds"
            self._findings.add(Code.WRONGLY_REFUSED, said, claim.place)

    def _answer(self, topic: str, partition: int, offset: int, time_ms: int) -> None:
        if self._is_settled(time_ms):
            self._answered[topic, partition] = max(offset, self._answered.get((topic, partition), -1))

    def unanswered(self) -> None:
        """The recycler service judges a partition in its order: what it passed over will never be answered."""
        for claim in self._claims.claims:
            place = claim.place
            refused = (place.topic, place.partition, place.offset) in self.judged.refused_at
            if refused or (claim.partner_id, claim.event_id or "") in self._used:
                continue
            if place.offset < self._answered.get((place.topic, place.partition), -1):
                said = "neither accepted nor refused, though later records of its partition were"
                self._findings.add(Code.CLAIM_PASSED_OVER, said, place)
            else:
                self.judged.unanswered.append(place)

    def _is_settled(self, time_ms: int) -> bool:
        return self._newest_ms - time_ms > SETTLED_AFTER_MS


def judge(claims: Claims, signatures: Iterable[tuple[int, Signature]], newest_ms: int, findings: Findings) -> Judged:
    """Judge all facts and refusals; `newest_ms` is the newest record's time in the ledger."""
    judge = _Judge(claims, dict(signatures), newest_ms, findings)
    at = {(each.place.topic, each.place.partition, each.place.offset): each for each in claims.claims}
    for fact in claims.accepted:
        judge.accepted(fact)
    for refusal in claims.refusals:
        judge.refused(refusal, at)
    judge.unanswered()
    return judge.judged
