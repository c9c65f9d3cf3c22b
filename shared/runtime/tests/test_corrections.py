"""A correction names one fact, and what is wrong with its replacement is told as the replacement's field."""

from uuid import UUID

import pytest
from ewaste.contracts.events.common import CorrectionReason
from ewaste.contracts.refusal import Refused
from ewaste.runtime.bulk import Input
from ewaste.runtime.corrections import CorrectionInput, read_replacement, saying_it_right
from pydantic import ValidationError

ID = "01a1c4c1-d600-73dc-918a-2ec42b445c90"


class Weighing(Input):
    grams: int


@pytest.mark.parametrize("named", [{}, {"type": "X"}, {"subject": "x"}, {"event_id": ID, "type": "X", "subject": "x"}])
def test_a_correction_names_one_fact_in_one_way(named: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="by event_id, or by type and subject"):
        CorrectionInput.model_validate({"reason": "mistyped", **named})


def test_the_same_replacement_in_another_order_is_the_same_correction() -> None:
    one, other = (
        CorrectionInput.model_validate({"event_id": ID, "reason": "mistyped", "replacement": body}).to_correction()
        for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    )
    assert one == other
    assert (one.event_id, one.reason) == (UUID(ID), CorrectionReason.MISTYPED)
    assert CorrectionInput(event_id=ID, reason=CorrectionReason.MISTYPED).to_correction().digest is None


def test_what_is_wrong_with_a_replacement_is_its_field() -> None:
    with pytest.raises(Refused) as caught:
        read_replacement(Weighing, {"grams": "many"})
    assert (caught.value.code, caught.value.field) == ("replacement-invalid", "replacement.grams")


@pytest.mark.parametrize(("field", "told"), [("grams", "replacement.grams"), (None, "replacement")])
def test_what_keeps_a_replacement_from_being_recorded_is_its_field_too(field: str | None, told: str) -> None:
    with pytest.raises(Refused) as caught, saying_it_right():
        raise Refused("grams-absurd", "too much", field=field)
    assert (caught.value.code, caught.value.field) == ("grams-absurd", told)
