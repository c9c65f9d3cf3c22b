"""A certificate stands while all records show the same of grams, hands and recycler; then it is known why it fell."""

from datetime import date
from typing import Any

import pytest
from ewaste.contracts.events.traceability import SuspensionReason
from ewaste.contracts.fields import Context
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.certificates.reissue import Difference, differences, judge_again, statement

ROOT = b"\0" * 32
OLD: dict[str, Any] = {
    "ledger": {"size": 3},
    "evidence": [1, 2],
    "items": {"total": 2},
    "period": {"from": "a", "until": "b"},
    "grams": {"input": 5, "output": 5},
    "fractions": [{"grams": 2}, {"grams": 3}],
    "assessments": {"climate": {"grams_co2e": 1}, "landfill": {"grams": 0}},
}


@pytest.mark.parametrize(
    "beside",
    [
        {"ledger": {"size": 9}},
        {"evidence": [1, 2, 7]},
        {"items": {"total": 3}},
        {"period": {"from": "earlier", "until": "b"}},
        {"assessments": {"climate": {"grams_co2e": 2}, "landfill": {"grams": 0}}},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_what_grows_with_the_ledger_is_no_statement(beside: dict[str, Any]) -> None:
    assert statement(OLD | beside) == statement(OLD)
    assert differences(OLD, OLD | beside) == []


def test_differences_name_each_value_by_its_path() -> None:
    new = OLD | {"grams": {"input": 5, "output": 4, "a/b~c": 1}, "fractions": [{"grams": 2}, {"grams": 2}]}

    assert differences(OLD, new) == [
        Difference("/fractions/1/grams", 3, 2),
        Difference("/grams/a~1b~0c", None, 1),
        Difference("/grams/output", 5, 4),
    ]


def test_lists_of_another_length_are_compared_whole() -> None:
    new = OLD | {"fractions": [{"grams": 5}]}
    assert differences(OLD, new) == [Difference("/fractions", OLD["fractions"], new["fractions"])]


def judged(world: Any) -> Certificate | Uncertified:
    return certify(world.evidence(), "X-1", issuer="urn:x", ledger_size=len(world.records), ledger_root=ROOT)


def test_a_certificate_stands_while_nothing_bears_on_it(whole: Any) -> None:
    first = judged(whole)
    assert isinstance(first, Certificate)
    whole.drop("I-late", "B-1")

    assert judge_again(first.certificate_id, first.content, judged(whole), whole.evidence()) is None


def test_what_took_its_ground_away_is_named(whole: Any) -> None:
    first = judged(whole)
    assert isinstance(first, Certificate)
    recycled = whole.evidence()[-1].event.envelope.id
    size = len(whole.records)
    whole.correct(Context.RECYCLER, recycled)

    found = judge_again(first.certificate_id, first.content, judged(whole), whole.evidence())

    assert found is not None
    assert found.reason is SuspensionReason.EVIDENCE_CORRECTED
    assert found.evidence == (size,)
    assert found.open_lines == ("batch_not_recycled",)
    assert found.event_data().open_lines == ("batch_not_recycled",)


def test_a_dispute_that_opens_late_is_the_reason(whole: Any) -> None:
    first = judged(whole)
    assert isinstance(first, Certificate)
    whole.receive("L-1", "B-1", seal="S-broken")

    found = judge_again(first.certificate_id, first.content, judged(whole), whole.evidence())

    assert found is not None
    assert (found.reason, found.open_lines) == (SuspensionReason.DISPUTE_OPENED, ("bag_disputed",))


def test_a_licence_withdrawn_for_the_days_of_the_work_is_the_reason(whole: Any) -> None:
    first = judged(whole)
    assert isinstance(first, Certificate)
    whole.partner(valid_until=date(2026, 11, 1))

    found = judge_again(first.certificate_id, first.content, judged(whole), whole.evidence())

    assert found is not None
    assert (found.reason, found.open_lines) == (SuspensionReason.RECYCLER_LICENCE, ("licence_not_valid",))
