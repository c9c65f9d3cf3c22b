"""The CBV event hash: the reference implementation's cases, and what a hash must and must not see."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ewaste.evidence.epcis.digital_link import canonical
from ewaste.evidence.epcis.event_hash import event_hash, namespaces_of, pre_hash

CHECKOUT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("EWASTE_CONFORMANCE_DIR", CHECKOUT / "../shared/data/conformance")) / "epcis-hash"
EVENT = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:0193a5a0-0000-7000-8000-000000000001",
    "eventTime": "2026-11-20T05:00:00Z",
    "eventTimeZoneOffset": "+07:00",
    "epcList": ["urn:ewaste:chiangmai:bag:B-2", "urn:ewaste:chiangmai:bag:B-1"],
    "action": "OBSERVE",
    "bizStep": "receiving",
    "sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 10.05, "uom": "KGM"}]}],
}


def cases() -> list[Any]:
    found = sorted(FOLDER.glob("*.jsonld"))
    if not found:
        missing = "no event hash cases: point EWASTE_CONFORMANCE_DIR at the conformance data"
        return [pytest.param(None, marks=pytest.mark.skip(reason=missing), id="absent")]
    return [pytest.param(path, id=path.stem) for path in found]


@pytest.mark.parametrize("path", cases())
def test_the_reference_documents_have_the_reference_hashes(path: Path) -> None:
    document = json.loads(path.read_text())
    namespaces = namespaces_of(document)
    hashes = [event_hash(event, namespaces) for event in document["epcisBody"]["eventList"]]
    assert hashes == path.with_suffix(".hashes").read_text().split()


def test_the_pre_hash_reads_as_the_standard_says() -> None:
    assert pre_hash(EVENT) == (
        "eventType=ObjectEventeventTime=2026-11-20T05:00:00.000ZeventTimeZoneOffset=+07:00"
        "epcListepc=urn:ewaste:chiangmai:bag:B-1epc=urn:ewaste:chiangmai:bag:B-2action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-receiving"
        "sensorElementListsensorElementsensorReporttype=https://gs1.org/voc/Massvalue=10.05uom=KGM"
    )


@pytest.mark.parametrize(
    "same",
    [
        {"epcList": EVENT["epcList"][::-1]},
        {"eventTime": "2026-11-20T12:00:00.0004+07:00"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:receiving"},
        {"eventID": "urn:uuid:0193a5a0-0000-7000-8000-000000000002"},
        {"recordTime": "2026-11-21T05:00:00Z"},
        {"errorDeclaration": {"declarationTime": "2026-11-21T05:00:00Z", "reason": "did_not_occur"}},
        {"sensorElementList": [{"sensorReport": [{"uom": "KGM", "type": "gs1:Mass", "value": "10.050"}]}]},
    ],
    ids=str,
)
def test_another_way_of_writing_it_down_keeps_the_hash(same: dict[str, Any]) -> None:
    assert event_hash({**EVENT, **same}) == event_hash(EVENT)


@pytest.mark.parametrize(
    "other",
    [
        {"epcList": EVENT["epcList"][:1]},
        {"eventTime": "2026-11-20T05:00:00.0005Z"},
        {"eventTimeZoneOffset": "+00:00"},
        {"disposition": "in_progress"},
        {"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 10.051, "uom": "KGM"}]}]},
        {"bizTransactionList": [{"type": "bol", "bizTransaction": "urn:ewaste:chiangmai:manifest:1"}]},
        {"persistentDisposition": {"set": ["non_conformant"]}},
        {"example:remark": "wet"},
    ],
    ids=str,
)
def test_another_fact_has_another_hash(other: dict[str, Any]) -> None:
    assert event_hash({**EVENT, **other}) != event_hash(EVENT)


def test_extensions_are_told_by_their_full_name_in_their_parent() -> None:
    namespaces = namespaces_of({"@context": ["https://ref.gs1.org/standards/epcis", {"ex": "https://ns.example/"}]})
    place = {"id": "urn:ewaste:chiangmai:place:gate", "ex:door": "2"}
    report = {"type": "Mass", "value": 1.0, "ex:scale": True}
    event = {**EVENT, "readPoint": place, "sensorElementList": [{"sensorReport": [report]}], "ex:b": [{"ex:c": 2}, 1]}
    told = pre_hash(event, namespaces)
    assert "readPointid=urn:ewaste:chiangmai:place:gate{https://ns.example/}door=2sensorElementList" in told
    assert "value=1{https://ns.example/}scale=true" in told
    assert told.endswith("{https://ns.example/}b=1{https://ns.example/}b{https://ns.example/}c=2")


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("https://shop.example/a/01/9521234543213/10/LOT/21/7?linkType=x", "/01/09521234543213/21/7"),
        ("http://id.example/414/4012345000115/254/7", "/414/4012345000115/254/7"),
        ("https://id.gs1.org/8004/9521234I-17", "/8004/9521234I-17"),
        ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115"),
        ("urn:epc:id:giai:9521234.a(b)", "/8004/9521234a%28b%29"),
    ],
)
def test_a_gs1_key_has_one_form(uri: str, link: str) -> None:
    assert canonical(uri) == f"https://id.gs1.org{link}"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/orders/17",
        "https://id.gs1.org/00/12",
        "urn:epc:id:sscc:4012345.1",
        "urn:epc:id:itip:4012345.012345",
        "urn:epc:id:unheard:4012345.1",
        "urn:ewaste:chiangmai:bag:B-1",
        "receiving",
    ],
)
def test_what_is_no_gs1_key_stays_as_it_is(text: str) -> None:
    assert canonical(text) is None
