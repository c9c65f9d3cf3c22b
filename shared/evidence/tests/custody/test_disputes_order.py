"""However words about a dispute arrive, it ends the same way, and so does the certificate of its bag."""

import json
import re
from collections.abc import Callable
from typing import Any

from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.disputes import bag_disputes, load_disputes
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.states import states_of
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

PARTNER = "green-metals"
checked = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.lists(
    st.tuples(
        st.sampled_from((("C-1", PARTNER), ("C-1", PARTNER), ("C-2",), ("C-1",), (PARTNER,), ("city",))),
        st.sampled_from((8_050, 8_050, 8_050, 9_050, None)),
        st.sampled_from((0, 1, 16)),
    ),
    max_size=5,
)


def _quarrel(world: Any, output: Callable[..., Any], words: Any, seal: str | None, *, broken: bool) -> Any:
    world.point()
    world.partner()
    world.install("B-1")
    world.drop("I-1", "B-1")
    world.collect("B-1")
    world.dispatch("L-1", "B-1")
    world.receive("L-1", "B-1", off=-2_000, seal=seal)
    for parties, gross, days in words:
        world.days += days
        for party in parties:
            said = world.settlement("B-1", gross)
            world.decide("L-1", said) if party == "city" else world.state("L-1", party, said)
    if broken:
        world.declare_break("B-1")
    world.open("X-1", {"B-1": 8_000})
    world.recycle("X-1", output("F-1", 8_000))
    return world


def _said(world: Any, order: Any) -> dict[str, Any]:
    """All but where records stand in the ledger, the one thing that arrival decides."""
    evidence = world.evidence(order)
    custody = fold(evidence)
    judged = certify(evidence, "X-1", issuer="urn:x", ledger_size=1_000, ledger_root=bytes(32))
    event("certified" if isinstance(judged, Certificate) else "open")
    told = {
        "disputes": [each.to_dict() for each in (*bag_disputes(custody, "B-1"), *load_disputes(custody, "L-1"))],
        "states": states_of(custody),
        "judged": judged.content | {"evidence": []}
        if isinstance(judged, Certificate)
        else [line.to_dict() for line in judged.reasons],
    }
    return dict(json.loads(re.sub(r'"(index|ended_by)": (\d+|\[[^]]*\]),? ?', "", json.dumps(told, sort_keys=True))))


@checked
@given(data=st.data(), words=WORDS, seal=st.sampled_from((None, None, "S-x")), broken=st.booleans())
def test_it_ends_the_same_in_every_order(
    data: st.DataObject,
    new_world: Callable[[], Any],
    output: Callable[..., Any],
    words: Any,
    seal: str | None,
    broken: bool,
) -> None:
    world = _quarrel(new_world(), output, words, seal, broken=broken)
    places = list(range(len(world.records)))
    order = data.draw(st.permutations(places)) + data.draw(st.lists(st.sampled_from(places), max_size=4))
    assert _said(world, order) == _said(world, places)
