"""What an audit found: each finding says what, where, and what to do next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

__all__ = ["Code", "Finding", "Findings", "Place", "what_to_do"]

_MOST_OF_ONE_CODE: Final = 1_000


class Code(StrEnum):
    CHECKPOINT_NOT_SIGNED = "checkpoint_not_signed"
    QUORUM_MISSED = "quorum_missed"
    FORK_SEEN = "fork_seen"
    LOG_SHRANK = "log_shrank"
    LOG_DIFFERS = "log_differs"
    FILE_MISSING = "file_missing"
    FILE_DIFFERS = "file_differs"
    ENTRY_CHANGED = "entry_changed"
    ENTRY_TAKEN_OUT = "entry_taken_out"
    ENTRY_PUT_IN = "entry_put_in"
    ENTRIES_SWAPPED = "entries_swapped"
    LEAF_BROKEN = "leaf_broken"
    CONTENT_MISSING = "content_missing"
    ROOT_DIFFERS = "root_differs"
    SEEN_ROOT_DIFFERS = "seen_root_differs"
    RECORDED_ROOT_DIFFERS = "recorded_root_differs"
    OFFSET_WRONG = "offset_wrong"
    SEQUENCE_MISSING = "sequence_missing"
    SEQUENCE_REPEATED = "sequence_repeated"
    SEQUENCE_NONE = "sequence_none"
    EQUIVOCATION = "equivocation"
    KEY_UNUSABLE = "key_unusable"
    CLAIM_MISSING = "claim_missing"
    CLAIM_NOT_SIGNED = "claim_not_signed"
    CLAIM_DIFFERS = "claim_differs"
    CLAIM_ACCEPTED_TWICE = "claim_accepted_twice"
    CLAIM_PASSED_OVER = "claim_passed_over"
    REFUSED_RECORD_DIFFERS = "refused_record_differs"
    WRONGLY_REFUSED = "wrongly_refused"
    CERTIFICATE_DIFFERS = "certificate_differs"
    CERTIFICATE_UNFOUNDED = "certificate_unfounded"
    CERTIFIED_TWICE = "certified_twice"
    CERTIFICATE_OUTDATED = "certificate_outdated"
    SUSPENDED_WITHOUT_CAUSE = "suspended_without_cause"
    RULES_UNKNOWN = "rules_unknown"
    VERSION_UNKNOWN = "version_unknown"
    STATE_DIFFERS = "state_differs"
    ARCHIVE_DIFFERS = "archive_differs"


_AGAIN: Final = "Move the file away and run `mirror` again: it takes that file anew"
_OTHERWISE: Final = "If it comes back the same, the log serves what its checkpoint does not say: stop relying on it."
_DO: Final[dict[Code, str]] = {
    Code.CHECKPOINT_NOT_SIGNED: "No log of your policy vouches for it: take the checkpoint again, or ask who made it.",
    Code.QUORUM_MISSED: "Two histories can't be excluded: mirror again later, or ask the witnesses what they saw.",
    Code.FORK_SEEN: "The log showed two histories: keep this folder, give both notes to the witnesses and the public.",
    Code.LOG_SHRANK: "Keep this mirror as proof and mirror again later; if they stay away, tell the municipality.",
    Code.LOG_DIFFERS: "Mirror again; if it stays, the log does not serve what it signed: tell its operator.",
    Code.FILE_MISSING: f"Run `mirror` again: it takes what is missing. {_OTHERWISE}",
    Code.FILE_DIFFERS: f"{_AGAIN}. {_OTHERWISE}",
    Code.ENTRY_CHANGED: f"{_AGAIN}. {_OTHERWISE}",
    Code.ENTRY_TAKEN_OUT: f"{_AGAIN}. {_OTHERWISE}",
    Code.ENTRY_PUT_IN: f"{_AGAIN}. {_OTHERWISE}",
    Code.ENTRIES_SWAPPED: f"{_AGAIN}. {_OTHERWISE}",
    Code.LEAF_BROKEN: "The ledger holds bytes that no record gives: ask its owner what they are.",
    Code.CONTENT_MISSING: f"{_AGAIN}. If it is not served, ask the owner for the bytes with this SHA-256.",
    Code.ROOT_DIFFERS: "All was rehashed but the checkpoint: take a new mirror, compare it with this one, keep both.",
    Code.SEEN_ROOT_DIFFERS: "History was rewritten after you saw that root: keep this mirror and the root as proof.",
    Code.RECORDED_ROOT_DIFFERS: "A record before that size was changed after the event was written: keep this mirror.",
    Code.OFFSET_WRONG: "Compare with the topic on Kafka at this offset: a record was left out, moved or put in.",
    Code.SEQUENCE_MISSING: "Ask the source's operator for the events with these numbers, and compare with the topic.",
    Code.SEQUENCE_REPEATED: "The source gave one number to two events: ask its operator which one its outbox holds.",
    Code.SEQUENCE_NONE: "The event did not come through the service's relay: ask who else can write to this topic.",
    Code.EQUIVOCATION: "The source said two things under one id; the first counts. Ask the source which is true.",
    Code.KEY_UNUSABLE: "Claims signed with this key prove nothing: the partner must register a sound key.",
    Code.CLAIM_MISSING: "The recycler service vouches for what no partner said here: ask for the partner's record.",
    Code.CLAIM_NOT_SIGNED: "The fact rests on a record that its partner did not sign: treat it as not confirmed.",
    Code.CLAIM_DIFFERS: "The fact says other than the signed claim: only the claim is what the partner vouches for.",
    Code.CLAIM_ACCEPTED_TWICE: "One claim became two facts: grams may be counted twice. Ask the recycler service.",
    Code.CLAIM_PASSED_OVER: "Ask the recycler service why this record got no verdict.",
    Code.REFUSED_RECORD_DIFFERS: "The refusal is about other bytes than the ledger has there: compare with the topic.",
    Code.WRONGLY_REFUSED: "The signature is good here: ask the recycler service to judge the claim again.",
    Code.CERTIFICATE_DIFFERS: "The records give another certificate: don't accept this one; ask for its evidence.",
    Code.CERTIFICATE_UNFOUNDED: "The records before it give no certificate: don't accept this one.",
    Code.CERTIFIED_TWICE: "One batch backs two certificates: accept none until one is suspended or replaced.",
    Code.CERTIFICATE_OUTDATED: "Later records say otherwise and nobody suspended it: ask for its successor.",
    Code.SUSPENDED_WITHOUT_CAUSE: "Ask the traceability service why; what it certified still follows from the records.",
    Code.RULES_UNKNOWN: "Give --rules FOLDER with the rule files of that time, or an ewaste-auditor that has them.",
    Code.VERSION_UNKNOWN: "Install a newer ewaste-auditor and run it again: nothing from this record on was judged.",
    Code.STATE_DIFFERS: "The service's tables are not what its records give: have it rebuilt from the log; ask why.",
    Code.ARCHIVE_DIFFERS: "Don't rely on this file: remove it and run `archive` again: that makes it from the records.",
}


def what_to_do(code: Code) -> str:
    """The next step for whoever reads the finding."""
    return _DO[code]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: in the ledger, and in Kafka."""

    index: int
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"index {self.index} · {self.topic} · partition {self.partition} · offset {self.offset}"


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is None where no single record is at fault; `file` is the path in the mirror where a file is."""

    code: Code
    message: str
    place: Place | None = None
    file: str | None = None
    leaves: tuple[int, int] | None = None
    """The first and the last index that are concerned, where they are known."""

    def to_dict(self) -> dict[str, Any]:
        place = self.place
        return {
            "code": self.code.value,
            "message": self.message,
            "index": place.index if place else None,
            "topic": place.topic if place else None,
            "partition": place.partition if place else None,
            "offset": place.offset if place else None,
            "file": self.file,
            "leaves": list(self.leaves) if self.leaves else None,
            "do": what_to_do(self.code),
        }


@dataclass(slots=True)
class Findings:
    """In the order they were found; of one code the first thousand are kept and all are counted."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[Code] = field(default_factory=Counter)

    def add(
        self,
        code: Code,
        message: str,
        place: Place | None = None,
        *,
        file: str | None = None,
        leaves: tuple[int, int] | None = None,
    ) -> None:
        self.counts[code] += 1
        if self.counts[code] <= _MOST_OF_ONE_CODE:
            self.kept.append(Finding(code, message, place, file, leaves))

    def by_place(self) -> Sequence[Finding]:
        """Those about the whole ledger first, then by index."""
        return sorted(self.kept, key=lambda each: each.place.index if each.place else -1)
