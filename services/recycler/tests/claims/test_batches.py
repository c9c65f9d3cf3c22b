"""What may come of a batch: no more than went in, final at home, abroad with both Basel numbers."""

from typing import Any

import pytest
from ewaste.contracts.events.recycler import RefusalReason

TOO_MUCH = RefusalReason.OUTPUTS_EXCEED_INPUTS
NO_BASEL = RefusalReason.BASEL_NUMBERS_MISSING
NUMBERS = {"basel_notification_number": "TH 0042/26", "basel_movement_number": "TH 0042/26-03"}


def opened(court: Any, recycler: Any, **outputs: Any) -> None:
    """Batch b1 of 100 kg, recycled into these."""
    court.hears(recycler, recycler.opened("b1", {"g1": 100_000}))
    if outputs:
        assert court.hears(recycler, recycler.recycled("b1", outputs)).batch_id == "b1"


def test_a_batch_is_opened_and_recycled_once_by_one_partner(court: Any, recycler: Any, another: Any) -> None:
    outputs = {"iron": (10, "R4")}
    assert court.hears(recycler, recycler.recycled("b1", outputs)) == RefusalReason.BATCH_UNKNOWN
    court.hears(recycler, recycler.opened("b1", {"g1": 10}))
    assert court.hears(recycler, recycler.opened("b1", {"g2": 10})) == RefusalReason.BATCH_ALREADY_OPENED
    assert court.hears(another, another.opened("b1", {"g2": 10})) == RefusalReason.BATCH_OF_ANOTHER_PARTNER
    assert court.hears(another, another.recycled("b1", outputs)) == RefusalReason.BATCH_OF_ANOTHER_PARTNER
    assert court.hears(recycler, recycler.recycled("b1", outputs)).batch_id == "b1"
    assert court.hears(recycler, recycler.recycled("b1", outputs)) == RefusalReason.BATCH_ALREADY_RECYCLED


@pytest.mark.parametrize(
    ("sorted", "reason", "field"),
    [
        ([("phone", 6_000), ("battery", 4_000)], None, None),
        ([], None, None),
        ([("phone", 6_000), ("battery", 3_999)], "sums_do_not_close", "data.sorted"),
        ([("phone", 6_000), ("battery", 4_001)], "sums_do_not_close", "data.sorted"),
        ([("phone", 5_000), ("battery", 4_000), ("phone", 1_000)], "schema", "data.sorted.2.category"),
        # The other client's grams are not ours to sort.
        ([("phone", 10_000), ("battery", 50_000)], "sums_do_not_close", "data.sorted"),
    ],
)
def test_what_sorting_found_adds_up_to_our_bags(
    court: Any, recycler: Any, sorted: list[Any], reason: str | None, field: str | None
) -> None:
    told = [{"category": category, "grams": grams} for category, grams in sorted]
    claim = recycler.opened("b1", {"g1": 7_000, "g2": 3_000}, other_client_grams=50_000, sorted=told)
    found = court.hears(recycler, claim)
    if reason is None:
        assert court.register.batches["b1"].sorted == tuple(sorted)
    else:
        assert (found, court.refused.field) == (reason, field)


@pytest.mark.parametrize(("loss", "accepted"), [(0, True), (3_600, True), (3_601, False)])
def test_outputs_and_loss_stay_within_the_tolerance_of_what_went_in(
    court: Any, recycler: Any, loss: int, accepted: bool
) -> None:
    court.hears(recycler, recycler.opened("b1", {"g1": 100_000, "g2": 50_000}, other_client_grams=30_000))
    outputs = {"iron": (140_000, "R4"), "dust": (40_000, "D10")}
    found = court.hears(recycler, recycler.recycled("b1", outputs, process_loss_grams=loss))
    assert (found != TOO_MUCH) is accepted
    assert accepted or "beyond 3600 g" in court.refused.detail


def test_an_output_is_named_once(court: Any, recycler: Any, treated: Any) -> None:
    opened(court, recycler, mix=(60_000, "R12"), iron=(40_000, "R4"))
    twice = recycler.recycled("b2", {"iron": (1, "R4")})
    court.hears(recycler, recycler.opened("b2", {"g9": 10}))
    assert court.hears(recycler, twice.model_copy(update={"outputs": twice.outputs * 2})) == "schema"
    assert court.hears(recycler, treated(recycler, "t1", "mix", 5, {"iron": (5, "R4")})) == "fraction_already_recorded"
    assert court.refused.field == "data.outputs.0.fraction_id"


def test_an_interim_fraction_is_treated_until_it_is_used_up(court: Any, recycler: Any, treated: Any) -> None:
    opened(court, recycler, mix=(60_000, "R12"), iron=(40_000, "R4"))

    def treat(id: str, of: str, grams: int, **outputs: Any) -> Any:
        return court.hears(recycler, treated(recycler, id, of, grams, outputs))

    assert treat("t1", "mix", 40_000, cu=(30_000, "R4")).treatment_id == "t1"
    assert treat("t1", "mix", 5_000, al=(5_000, "R4")) == "treatment_already_recorded"
    assert treat("t2", "mix", 20_001, al=(5_000, "R4")) == "outputs_exceed_inputs"
    assert "20000 g of fraction mix are not treated yet" in court.refused.detail
    assert treat("t2", "mix", 20_000, al=(20_401, "R4")) == "outputs_exceed_inputs"
    assert treat("t2", "iron", 20_000, al=(20_000, "R4")) == "fraction_unknown"
    assert treat("t2", "none", 20_000, al=(20_000, "R4")) == "fraction_unknown"
    assert treat("t2", "mix", 20_000, al=(20_000, "R4")).treatment_id == "t2"


def test_a_chain_of_treatments_goes_as_deep_as_it_must(court: Any, recycler: Any, treated: Any) -> None:
    opened(court, recycler, x0=(100_000, "R13"))
    operations = ["R12", "D13", "R13", "D15", "D14", "R12", "R4"]
    for number, operation in enumerate(operations):
        outputs = {f"x{number + 1}": (100_000, operation)}
        assert court.hears(recycler, treated(recycler, f"t{number}", f"x{number}", 100_000, outputs)).grams == 100_000
    assert court.hears(recycler, treated(recycler, "t9", "x7", 1, {"x8": (1, "R4")})) == "fraction_unknown"


def test_the_tolerance_is_the_batchs_and_not_every_links(court: Any, recycler: Any, treated: Any) -> None:
    """A fraction sent round and round would otherwise gain 2 % each time."""
    opened(court, recycler, x0=(100_000, "R12"))
    gained = treated(recycler, "t0", "x0", 100_000, {"x1": (102_000, "R12")})
    assert court.hears(recycler, gained).treatment_id == "t0"
    again = treated(recycler, "t1", "x1", 102_000, {"x2": (102_001, "R4")})
    assert court.hears(recycler, again) == TOO_MUCH
    assert "102001 g came of the batch" in court.refused.detail
    lost = treated(recycler, "t1", "x1", 102_000, {"x2": (101_000, "R4")}, process_loss_grams=1_000)
    assert court.hears(recycler, lost).treatment_id == "t1"


def test_a_re_use_fraction_is_treated_where_it_is_interim(court: Any, recycler: Any, treated: Any) -> None:
    claim = recycler.recycled("b1", {"handsets": (60_000, "R12"), "chargers": (40_000, "R3")})
    reuse = tuple(each.model_copy(update={"prepared_for_reuse": True, "pieces": 14}) for each in claim.outputs)
    opened(court, recycler)
    court.hears(recycler, claim.model_copy(update={"outputs": reuse}))
    assert court.register.batches["b1"].fractions["handsets"].pieces == 14
    repaired = treated(recycler, "t1", "handsets", 60_000, {"phones": (50_000, "R4"), "scrap": (10_000, "R12")})
    assert court.hears(recycler, repaired).treatment_id == "t1"
    assert court.hears(recycler, treated(recycler, "t2", "chargers", 1, {"cu": (1, "R4")})) == "fraction_unknown"
    assert court.hears(recycler, treated(recycler, "t2", "scrap", 10_000, {"cu": (9_000, "R4")})).grams == 10_000


@pytest.mark.parametrize(
    ("country", "operation", "refused"),
    [("JP", "R4", True), ("JP", "D10", True), ("JP", "R12", False), ("JP", "R13", False), ("TH", "R4", False)],
)
def test_an_output_never_goes_straight_abroad_for_good(
    court: Any, recycler: Any, country: str, operation: str, refused: bool
) -> None:
    opened(court, recycler)
    claim = recycler.recycled("b1", {"iron": (5, "R4"), "boards": (100, operation, country)})
    found = court.hears(recycler, claim)
    assert (found == NO_BASEL) is refused
    if refused:
        assert court.refused.field == "data.outputs.1.facility_country"
        assert "record it as R12 or R13, then its treatment" in court.refused.detail


@pytest.mark.parametrize(
    ("sent_to", "treated_in", "made_in", "numbers", "field"),
    [
        (None, "JP", "JP", NUMBERS, None),
        (None, "JP", "JP", {}, "data.basel_notification_number"),
        (None, "JP", None, {"basel_notification_number": "TH 1"}, "data.basel_movement_number"),
        (None, "JP", None, {"basel_movement_number": "TH 1"}, "data.basel_notification_number"),
        (None, None, None, {}, None),
        (None, "TH", "TH", {}, None),
        # Sent abroad by the batch: it left the country, whatever the treatment says of itself.
        ("JP", None, None, {}, "data.basel_notification_number"),
        ("JP", None, None, NUMBERS, None),
        # Treated here, and the result sold abroad for good.
        (None, None, "KR", {}, "data.outputs.0.facility_country"),
        (None, None, "KR", NUMBERS, None),
    ],
)
def test_abroad_needs_both_basel_numbers(
    court: Any, recycler: Any, treated: Any, sent_to: Any, treated_in: Any, made_in: Any, numbers: Any, field: Any
) -> None:
    opened(court, recycler, boards=(100, "R12", sent_to))
    outputs = {"cu": (90, "R4", made_in)}
    found = court.hears(
        recycler, treated(recycler, "t1", "boards", 100, outputs, facility_country=treated_in, **numbers)
    )
    if field is None:
        assert found.treatment_id == "t1"
        assert court.register.batches["b1"].treatments["t1"].facility_country == treated_in
    else:
        assert (found, court.refused.field) == (NO_BASEL, field)
