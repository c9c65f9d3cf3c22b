"""Topics as data: names, partitions and the settings that make history provable.

Retention is endless and nothing is compacted: contiguous offsets are evidence (docs/architecture/contracts.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ewaste.contracts.fields import Context

__all__ = [
    "CUSTODY_TOPICS",
    "LEARNING_TOPICS",
    "MAX_RECORD_BYTES",
    "PARTNER_TOPICS",
    "TOPICS",
    "Topic",
    "dead_letter_topic",
    "partner_of",
    "partner_topic",
    "partner_topic_spec",
    "topic_of",
]

MAX_RECORD_BYTES: Final = 4_194_304
"""What the broker takes. More than an event may have, so that an oversized record can be kept as evidence."""

_EVIDENCE: Final[Mapping[str, str]] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(MAX_RECORD_BYTES),
    "message.timestamp.type": "CreateTime",
    "unclean.leader.election.enable": "false",
}
_NAME: Final = re.compile(r"ewaste(\.[a-z0-9-]+)+")
_PARTNER: Final = re.compile(r"ewaste\.partner\.([a-z0-9][a-z0-9-]{0,30}[a-z0-9])")
_LONGEST_NAME: Final = 249  # what Kafka takes


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `min.insync.replicas` is the cluster's to set (2 of 3; 1 on a single broker)."""

    name: str
    partitions: int
    config: Mapping[str, str]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > _LONGEST_NAME:
            raise ValueError(f"topic {self.name!r} must be 'ewaste.' and words of a-z, 0-9 and '-' with dots between")
        if self.partitions < 1:
            raise ValueError(f"topic {self.name}: {self.partitions} partitions, needs at least 1")


def topic_of(context: Context) -> str:
    """The topic of a service's own facts."""
    if context is Context.PARTNER:
        raise ValueError("partners have a topic each: use partner_topic(partner_id)")
    return f"ewaste.{context}"


def dead_letter_topic(service: Context) -> str:
    """Where a service puts the records it can't read, with the reason in the headers."""
    if service is Context.PARTNER:
        raise ValueError("partners have no dead letters: the recycler service reads their topics and refuses by event")
    return f"ewaste.{service}.dead"


def partner_topic(partner_id: str) -> str:
    """The only topic that a partner may write to; raises ValueError where that is no partner's id."""
    topic = f"ewaste.partner.{partner_id}"
    if partner_of(topic) is None:
        raise ValueError(f"partner id {partner_id!r} must be 2 to 32 of a-z, 0-9 and '-', without '-' at the ends")
    return topic


def partner_of(topic: str) -> str | None:
    """The partner whose topic this is, None for any other topic."""
    found = _PARTNER.fullmatch(topic)
    return found[1] if found else None


def partner_topic_spec(partner_id: str) -> Topic:
    """The topic to create when a partner is registered."""
    return Topic(partner_topic(partner_id), 3, _EVIDENCE)


_SERVICES: Final = tuple(context for context in Context if context is not Context.PARTNER)

TOPICS: Final[tuple[Topic, ...]] = (
    *(Topic(topic_of(context), 12, _EVIDENCE) for context in _SERVICES),
    *(Topic(dead_letter_topic(context), 1, _EVIDENCE) for context in _SERVICES),
)
"""Every topic that exists before the first partner is registered."""

PARTNER_TOPICS: Final = r"^ewaste\.partner\.[a-z0-9-]+$"
CUSTODY_TOPICS: Final = r"^ewaste\.(dropoff|logistics|recycler|traceability|partner\.[a-z0-9-]+)$"
"""The evidence topics of the custody ledger, as a subscription pattern."""
LEARNING_TOPICS: Final = r"^ewaste\.education$"
"""The evidence topics of the learning ledger, as a subscription pattern."""
