"""Topics are data: what makes history provable is a setting somebody could change."""

import re

import pytest
from ewaste.contracts.envelope import MAX_EVENT_BYTES
from ewaste.contracts.fields import Context
from ewaste.contracts.registry import EVENT_TYPES, EventType
from ewaste.contracts.topics import (
    CUSTODY_TOPICS,
    LEARNING_TOPICS,
    MAX_RECORD_BYTES,
    PARTNER_TOPICS,
    TOPICS,
    Topic,
    dead_letter_topic,
    partner_of,
    partner_topic,
    partner_topic_spec,
    topic_of,
)
from hypothesis import given
from hypothesis import strategies as st

SERVICES = [context for context in Context if context is not Context.PARTNER]
ALL = (*TOPICS, partner_topic_spec("lanna-metals"))
partner_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True)


def test_every_service_has_its_topic_and_its_dead_letters_and_nothing_else_exists() -> None:
    expected = {topic_of(service) for service in SERVICES} | {dead_letter_topic(service) for service in SERVICES}
    assert {topic.name for topic in TOPICS} == expected
    assert len(TOPICS) == len(expected)


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_records_are_kept_forever_and_contiguous(topic: Topic) -> None:
    assert topic.config["cleanup.policy"] == "delete"
    assert topic.config["retention.ms"] == topic.config["retention.bytes"] == "-1"
    assert topic.config["unclean.leader.election.enable"] == "false"
    assert topic.config["message.timestamp.type"] == "CreateTime"
    assert int(topic.config["max.message.bytes"]) == MAX_RECORD_BYTES > MAX_EVENT_BYTES


@pytest.mark.parametrize("service", SERVICES)
def test_facts_are_spread_over_twelve_partitions_and_dead_letters_stay_in_order(service: Context) -> None:
    partitions = {topic.name: topic.partitions for topic in TOPICS}
    assert partitions[topic_of(service)] == 12
    assert partitions[dead_letter_topic(service)] == 1


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
def test_every_type_has_a_topic_and_every_topic_a_ledger(event_type: EventType) -> None:
    from_partner = event_type.context is Context.PARTNER
    name = partner_topic("lanna-metals") if from_partner else event_type.topic
    assert name in {topic.name for topic in ALL}
    ledgers = [pattern for pattern in (CUSTODY_TOPICS, LEARNING_TOPICS) if re.match(pattern, name)]
    assert len(ledgers) == 1


def test_no_dead_letter_is_evidence() -> None:
    for service in SERVICES:
        assert not re.match(CUSTODY_TOPICS, dead_letter_topic(service))
        assert not re.match(LEARNING_TOPICS, dead_letter_topic(service))
        assert not re.match(PARTNER_TOPICS, dead_letter_topic(service))


def test_partners_have_topics_of_their_own() -> None:
    with pytest.raises(ValueError, match="partner_topic"):
        topic_of(Context.PARTNER)
    with pytest.raises(ValueError, match="no dead letters"):
        dead_letter_topic(Context.PARTNER)


@given(partner_ids)
def test_a_partner_is_known_by_its_topic(partner_id: str) -> None:
    topic = partner_topic(partner_id)
    assert partner_of(topic) == partner_id
    assert re.match(PARTNER_TOPICS, topic)
    assert re.match(CUSTODY_TOPICS, topic)
    assert partner_topic_spec(partner_id).name == topic
    assert topic not in {other.name for other in TOPICS}


@given(st.text(max_size=40) | st.sampled_from(["", "a", "-a", "a-", "a.b", "a\n", "A1", "a" * 33, "ล้านนา"]))
def test_a_topic_is_made_for_a_partners_id_or_not_at_all(partner_id: str) -> None:
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]", partner_id):
        assert partner_of(partner_topic(partner_id)) == partner_id
    else:
        assert partner_of(f"ewaste.partner.{partner_id}") is None
        with pytest.raises(ValueError, match="partner id"):
            partner_topic(partner_id)


@pytest.mark.parametrize("name", ["ewaste.recycler", "ewaste.partner", "other.partner.lanna-metals", ""])
def test_other_topics_have_no_partner(name: str) -> None:
    assert partner_of(name) is None


@pytest.mark.parametrize(
    "name", ["", "ewaste", "ewaste.", "ewaste..a", "ewaste.a.", "ewaste.A", "ewaste.a_b", "ewaste.a\n", "other.a"]
)
def test_a_topic_refuses_a_wrong_name(name: str) -> None:
    with pytest.raises(ValueError, match="must be 'ewaste"):
        Topic(name, 1, {})


def test_a_topic_refuses_what_kafka_refuses() -> None:
    with pytest.raises(ValueError, match="must be 'ewaste"):
        Topic("ewaste." + "a" * 243, 1, {})
    with pytest.raises(ValueError, match="0 partitions"):
        Topic("ewaste.a", 0, {})
