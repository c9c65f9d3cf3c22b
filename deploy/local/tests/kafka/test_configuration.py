"""The settings that make history provable are in every broker's configuration."""

from pathlib import Path

import pytest
from ewaste.contracts.topics import MAX_RECORD_BYTES
from ewaste.local.kafka import broker

CHECKOUT = Path(__file__).parents[4]
ONE_NODE = Path(broker.__file__).parent / "server.properties"
CLUSTER = CHECKOUT / "deploy" / "kafka" / "cluster" / "broker.properties"

needs_checkout = pytest.mark.skipif(
    not CLUSTER.exists(), reason="needs the checkout: reads the cluster's configuration"
)


def _settings(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@needs_checkout
@pytest.mark.parametrize("file", [ONE_NODE, CLUSTER], ids=["one node", "cluster"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("auto.create.topics.enable", "false"),
        ("delete.topic.enable", "false"),
        ("unclean.leader.election.enable", "false"),
        ("log.cleanup.policy", "delete"),
        ("log.retention.ms", "-1"),
        ("log.retention.bytes", "-1"),
        ("message.max.bytes", str(MAX_RECORD_BYTES)),
    ],
)
def test_nothing_is_lost_by_configuration(file: Path, setting: str, value: str) -> None:
    assert _settings(file)[setting] == value


@needs_checkout
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("default.replication.factor", "3"),
        ("min.insync.replicas", "2"),
        ("offsets.topic.replication.factor", "3"),
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
        ("allow.everyone.if.no.acl.found", "false"),
        ("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
    ],
)
def test_the_cluster_trusts_nobody_and_no_single_disk(setting: str, value: str) -> None:
    assert _settings(CLUSTER)[setting] == value


def test_one_node_listens_on_loopback_only() -> None:
    assert all("//127.0.0.1:" in listener for listener in _settings(ONE_NODE)["listeners"].split(","))
