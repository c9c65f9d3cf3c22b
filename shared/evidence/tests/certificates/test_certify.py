"""A certificate is issued when everything holds, and is the same wherever it is made."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import BatchRecycled
from ewaste.contracts.fields import Context
from ewaste.evidence.canonical import canonical_json, sha256_hex
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.custody.fold import Evidence
from ewaste.evidence.rules.ruleset import Rules, Tolerance

Output = Callable[..., Any]
ISSUER = "urn:ewaste:cm:traceability"
ROOT = bytes(range(32))
PIECES = {"by_category": {}, "total": 0, "in_two_bags": 0, "in_broken_bags": 0, "in_other_batches": 0}


def _certify(evidence: list[Evidence], size: int = 13, batch: str = "X-1", **rest: Any) -> Certificate | Uncertified:
    return certify(evidence, batch, issuer=ISSUER, ledger_size=size, ledger_root=ROOT, **rest)


def _issued(world: Any, **rest: Any) -> Certificate:
    found = _certify(world.evidence(), len(world.records), **rest)
    assert isinstance(found, Certificate), found
    return found


def _refused(world: Any, **rest: Any) -> dict[str, str]:
    found = _certify(world.evidence(), len(world.records), **rest)
    assert isinstance(found, Uncertified)
    return {line.code.value: line.node for line in found.reasons}


def test_it_says_what_came_in_and_what_became_of_it(whole: Any) -> None:
    content = _issued(whole).content
    assert content["issuer"] == ISSUER
    assert content["batch_id"] == "X-1"
    assert content["partner"]["licence_number"] == "L-106-1"
    assert content["period"] == {"from": "2026-11-02T01:04:00Z", "until": "2026-11-02T01:13:00Z"}
    assert content["inputs"] == [{"bag_id": "B-1", "grams": 10_000, "broken": False}]
    assert content["items"] == PIECES | {"by_category": {"phone": 1}, "total": 1}
    assert content["outcome"]["by_operation"] == {"R3": 3_900, "R4": 6_000}
    assert content["outcome"]["by_material"] == {"abs_plastic": 3_900, "copper": 6_000}
    assert content["grams"]["landfill"] == 0
    assert content["grams"]["process_loss"] == 100
    assert content["ledger"] == {"size": 13, "root": ROOT.hex()}
    assert content["rules"] == Rules().digests()
    assert content["rules_digest"] == Rules().digest()


def test_it_names_every_fact_it_rests_on_and_the_claims_behind_them(whole: Any) -> None:
    # 0 is the box's name; partner, hanging, drop, collection, load, handover, then claim and fact in turn.
    assert _issued(whole).content["evidence"] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


def test_digest_and_id_follow_from_the_content(whole: Any) -> None:
    found = _issued(whole)
    assert found.canonical == canonical_json(json.loads(found.canonical)) == canonical_json(found.content)
    assert found.digest == sha256_hex(found.canonical)
    assert found.certificate_id == f"cert-X-1-{found.digest[:16]}"
    data = found.event_data(replaces_certificate_id="cert-old")
    assert (data.content_digest, data.ledger_size, data.ledger_root) == (found.digest, 13, ROOT.hex())
    assert (data.input_grams, data.output_grams, data.process_loss_grams) == (10_000, 9_900, 100)


def test_the_id_fits_an_identifier_however_long_the_batch_id_is(world: Any, output: Output) -> None:
    batch = "X" * 64
    world.partner()
    world.deliver("L-1", "B-1")
    world.open(batch, {"B-1": 10_000})
    world.recycle(batch, output("F-1", 10_000))
    found = _issued(world, batch=batch)
    assert len(found.certificate_id) == 64
    assert found.event_data().certificate_id == found.certificate_id


def test_records_past_the_prefix_change_nothing(whole: Any, output: Output) -> None:
    before = _issued(whole)
    corrected = whole.drop("I-9", "B-1")
    whole.correct(Context.DROPOFF, corrected)
    whole.recycle("X-1", output("F-9", 1_000, "D1"))
    assert _certify(whole.evidence(), 13) == before
    assert "batch_recycled_twice" in _refused(whole)


def test_the_same_prefix_gives_the_same_bytes_in_any_order(whole: Any) -> None:
    evidence = whole.evidence()
    shuffled = _certify([*evidence[::-2], *evidence[::-1]])
    assert isinstance(shuffled, Certificate)
    assert shuffled.canonical == _issued(whole).canonical


def test_another_rule_is_another_certificate(whole: Any) -> None:
    strict = Rules(Tolerance(basis_points=0, scale_division_grams=0))
    assert _issued(whole, rules=strict).digest != _issued(whole).digest


@pytest.mark.parametrize("operation", ["D1", "D5", "D12"])
def test_one_gram_of_landfill_refuses_it(world: Any, output: Output, operation: str) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 9_999), output("F-2", 1, operation))
    assert _refused(world) == {"landfilled": "batch/X-1"}


def test_landfill_at_the_end_of_a_treatment_refuses_it_too(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "D13"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 9_000), output("F-3", 1_000, "D5"))
    assert _refused(world) == {"landfilled": "batch/X-1"}


def test_a_broken_seal_or_a_significant_difference_refuses_it(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.receive("L-1", "B-1", seal="S-other")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _refused(world) == {"bag_disputed": "bag/B-1"}


def test_a_bag_must_have_travelled_to_this_partner(world: Any, output: Output) -> None:
    world.partner()
    world.collect("B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _refused(world) == {"bag_not_dispatched": "bag/B-1", "bag_not_received": "bag/B-1"}


def test_a_bag_of_a_rejected_load_was_not_received(whole: Any) -> None:
    whole.reject("L-1")
    # Received and refused: the two words contradict each other until one of them is corrected or a dispute ends.
    assert _refused(whole) == {"bag_disputed": "bag/B-1", "bag_not_received": "bag/B-1"}


def test_a_licence_must_hold_on_the_thai_day_of_processing(world: Any, output: Output) -> None:
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _refused(world) == {"partner_unknown": "partner/green-metals"}
    world.partner(valid_until=date(2026, 11, 1))
    assert _refused(world) == {"licence_not_valid": "partner/green-metals"}
    world.partner(valid_until=date(2026, 11, 2))
    assert _issued(world).content["partner"]["licence_valid_until"] == "2026-11-02"
    world.partner(valid_until=date(2026, 12, 31))
    assert _issued(world).content["partner"]["licence_valid_until"] == "2026-12-31"


NO_COVERAGE = {
    "identity_preserved_basis_points": 0,
    "segregated_basis_points": 0,
    "mass_balance_basis_points": 0,
    "broken_basis_points": 0,
    "own_share_basis_points": 10_000,
}


def test_the_bags_of_one_box_alone_keep_their_identity(whole: Any) -> None:
    assert _issued(whole).content["chain_of_custody"] == NO_COVERAGE | {"identity_preserved_basis_points": 10_000}


def test_shredded_with_others_it_is_mass_balance_and_says_how_much_is_ours(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000}, other=20_000)
    world.recycle("X-1", output("F-1", 30_000))
    found = _issued(world).content["chain_of_custody"]
    assert found == NO_COVERAGE | {"mass_balance_basis_points": 10_000, "own_share_basis_points": 3_333}


def test_an_item_that_was_also_dropped_elsewhere_is_not_counted(whole: Any) -> None:
    whole.drop("I-B-1", "B-7")
    assert _issued(whole).content["items"] == PIECES | {"in_two_bags": 1}


def test_a_root_that_is_no_root_is_refused(whole: Any) -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        certify(whole.evidence(), "X-1", issuer=ISSUER, ledger_size=13, ledger_root=bytes(31))


def test_it_names_the_schemes_that_were_valid_on_the_day_of_processing(whole: Any) -> None:
    assert [each["name"] for each in _issued(whole).content["partner"]["schemes"]] == ["r2v3"]


def test_every_confirmation_needs_a_licence_on_its_day(world: Any, output: Output) -> None:
    """Weighed in under no licence; opened and processed under one."""
    world.partner(valid_from=date(2026, 11, 3))
    world.deliver("L-1", "B-1")
    world.days = 2
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _refused(world) == {"licence_not_valid": "partner/green-metals"}
    renewed = world.partner(valid_until=date(2026, 11, 2))
    content = _issued(world).content
    # Both registrations are evidence, and the one of the day of processing is shown.
    assert content["partner"]["licence_valid_from"] == "2026-11-03"
    assert {0, _index(world, renewed)} <= set(content["evidence"])


def _index(world: Any, event_id: Any) -> int:
    return next(each.index for each in world.evidence() if each.event.envelope.id == event_id)


def test_a_fact_without_the_recyclers_own_record_is_not_certified_yet(whole: Any) -> None:
    claim = whole.records.pop(-2)
    (code, node), *others = _refused(whole).items()
    assert (code, others) == ("claim_not_here", [])
    assert node.startswith("event/")
    whole.records.append(claim)
    assert _issued(whole)


def test_a_fact_that_the_recycler_said_otherwise_is_not_certified(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    said, told = (
        BatchRecycled(batch_id="X-1", partner_id="green-metals", outputs=(output("F-1", grams),))
        for grams in (9_900, 10_000)
    )
    fact = world.say(Context.RECYCLER, told, causation_id=world.say(Context.PARTNER, said))
    assert _refused(world) == {"claim_differs": f"event/{fact}"}


def test_a_treatment_by_somebody_else_is_not_certified(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000, "R12"))
    world.treat("X-1", "F-1", 10_000, output("F-2", 10_000), partner_id="other-recycler")
    assert _refused(world)["batch_of_another_partner"] == "batch/X-1"


def test_a_bag_in_two_loads_and_a_seal_on_two_bags_are_not_certified(world: Any, output: Output) -> None:
    world.partner()
    world.collect("B-1")
    world.collect("B-2", seal="S-B-1")
    for load in ("L-1", "L-2"):
        world.dispatch(load, "B-1", "B-2")
    world.receive("L-2", "B-1", "B-2")
    world.open("X-1", {"B-1": 10_000, "B-2": 10_000})
    world.recycle("X-1", output("F-1", 20_000))
    found = _certify(world.evidence(), len(world.records))
    assert isinstance(found, Uncertified)
    assert {(line.code.value, line.node) for line in found.reasons} == {
        (code, f"bag/B-{bag}") for code in ("bag_in_two_loads", "seal_used_twice") for bag in (1, 2)
    }


def test_a_seal_of_another_bag_in_the_load_is_seen_too(world: Any, output: Output) -> None:
    world.partner()
    world.collect("B-1")
    world.collect("B-2", seal="S-B-1")
    world.dispatch("L-1", "B-1", "B-2")
    world.receive("L-1", "B-1", "B-2")
    world.open("X-1", {"B-1": 10_000})
    world.recycle("X-1", output("F-1", 10_000))
    assert _refused(world) == {"seal_used_twice": "bag/B-1"}


def test_an_open_break_of_custody_is_counted_apart_and_blocks_nothing(whole: Any) -> None:
    whole.declare_break("B-1", "B-9")
    content = _issued(whole).content
    assert content["chain_of_custody"]["broken_basis_points"] == 10_000
    assert content["assessments"]["coverage"]["grams"]["broken"] == 10_000
    assert content["inputs"] == [{"bag_id": "B-1", "grams": 10_000, "broken": True}]
    (told,) = content["breaks"]
    assert told == {"break_id": "BR-1", "reason": "mixed", "declared_by": "C-1", "index": 13, "bag_ids": ["B-1"]}
    assert 13 in content["evidence"]
    assert content["items"]["in_broken_bags"] == 1


def test_downstream_facilities_basel_numbers_and_reuse_are_shown(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    world.open("X-1", {"B-1": 10_000}, sorted={Category.PHONE: 10_000})
    reused = output("F-1", 1_000, "R5", "handsets", prepared_for_reuse=True, pieces=7)
    world.recycle("X-1", reused, output("F-2", 9_000, "R12", "printed_boards", waste_code="16 02 15 HA"))
    abroad = {"facility_id": "smelter", "facility_country": "BE"}
    world.treat(
        "X-1", "F-2", 9_000, output("F-3", 9_000, **abroad), **abroad,
        basel_notification_number="TH-1", basel_movement_number="3",
    )  # fmt: skip
    content = _issued(world).content
    assert content["reuse"] == {"grams": 1_000, "pieces": 7}
    assert content["input_by_category"] == {"phone": 10_000}
    assert content["outcome"]["by_facility"] == {"F-1": 1_000, "smelter": 9_000}
    assert {each["fraction_id"]: each["waste_code"] for each in content["fractions"]}["F-2"] == "16 02 15 HA"
    (told,) = content["downstream"]
    assert (told["facility_id"], told["facility_country"]) == ("smelter", "BE")
    assert (told["basel_notification_number"], told["basel_movement_number"]) == ("TH-1", "3")
    assert told["fraction_ids"] == ["F-3"]


def test_it_is_assessed_by_every_scheme_side_by_side(whole: Any) -> None:
    assessments = _issued(whole).content["assessments"]
    assert assessments["landfill"]["zero_landfill"] is True
    assert {assessed["rules"] for assessed in assessments.values()} <= set(Rules().digests())


def test_each_half_of_a_split_bag_has_its_own_certificate(world: Any, output: Output) -> None:
    world.partner()
    world.deliver("L-1", "B-1")
    for batch in ("X-1", "X-2"):
        world.open(batch, {"B-1": 5_000})
        world.recycle(batch, output("F-1", 5_000))
    issued = [_issued(world, batch=batch).content for batch in ("X-1", "X-2")]
    assert [(each["grams"]["own"], each["items"]["total"]) for each in issued] == [(5_000, 1), (5_000, 0)]


def test_it_is_the_same_bytes_whatever_the_process_speaks(whole: Any, tmp_path: Path) -> None:
    """The same bytes in other time zones, locales and hash seeds."""
    records = tmp_path / "records.json"
    records.write_text(json.dumps([[topic, value.decode()] for topic, value in whole.records]))
    script = (
        "import json, sys\n"
        "from ewaste.evidence.certificates.certify import certify\n"
        "from ewaste.evidence.custody.fold import read_evidence\n"
        "rows = [(topic, value.encode()) for topic, value in json.load(open(sys.argv[1]))]\n"
        "found = [read_evidence(index, *row) for index, row in enumerate(rows)]\n"
        "said = certify(found[::-1], 'X-1', issuer=sys.argv[2], ledger_size=len(rows), ledger_root=bytes(range(32)))\n"
        "sys.stdout.buffer.write(said.canonical)\n"
    )
    for name, value in (("TZ", "Pacific/Kiritimati"), ("LC_ALL", "th_TH.UTF-8"), ("PYTHONHASHSEED", "4711")):
        done = subprocess.run(
            [sys.executable, "-c", script, str(records), ISSUER],
            env=os.environ | {name: value},
            capture_output=True,
            check=True,
        )
        assert done.stdout == _issued(whole).canonical, name
