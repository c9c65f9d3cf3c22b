"""Whatever is sent, in whatever order: one holder for every load, one load for every bag, and sums that close."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from ewaste.contracts.events.logistics import HandoverRecorded, LoadDispatched
from ewaste.evidence.custody_bags import is_in_two_loads
from ewaste.evidence.custody_loads import hands_of
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.logistics.storage import cases
from ewaste.runtime.app import App, Role
from ewaste.runtime.database import driver
from ewaste.runtime.testing import client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

BAGS: Final = ("b0", "b1", "b2", "b3")
LOADS: Final = ("l0", "l1", "l2")
PARTIES: Final = ("crew-1", "crew-2", "hai-ya", "plant-1", "nobody")
GRAMS: Final = st.sampled_from([0, 1_000, 3_000, 4_000])

_bag, _load, _party = st.sampled_from(BAGS), st.sampled_from(LOADS), st.sampled_from(PARTIES)
_some = st.lists(_bag, min_size=1, max_size=4)

STEPS: Final = st.one_of(
    st.tuples(st.just("collect"), _bag, GRAMS, _bag),
    st.tuples(st.just("dispatch"), _load, _some, _party, st.booleans()),
    st.tuples(st.just("hand"), _load, _party, _party, _some, GRAMS, st.integers(0, 5)),
    st.tuples(st.just("offer"), _load, _party, _party, _some, GRAMS),
    st.tuples(st.just("state"), _load, _party, _bag, GRAMS),
    st.tuples(st.just("break"), _bag, st.sampled_from(["mixed", "lost"])),
    st.tuples(
        st.just("correct"), st.sampled_from(["BinCollected", "LoadDispatched", "HandoverRecorded"]), st.integers(0, 9)
    ),
)


class World:
    """One service that many sequences are sent to, each under ids of its own."""

    def __init__(self, runner: asyncio.Runner, http: httpx.AsyncClient, app: App) -> None:
        self.runner, self.http, self.app = runner, http, app
        self.round = 0

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        self.round += 1
        self.runner.run(self._play(steps))

    async def _play(self, steps: list[tuple[Any, ...]]) -> None:
        for number, (verb, *what) in enumerate(steps):
            url, body = getattr(self, f"_{verb}")(number, *what)
            answer = await self.http.post(url, json=body)
            assert answer.status_code < 500, (url, body, answer.text)
            assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
            again = await self.http.post(url, json=body)
            assert again.status_code == (200 if answer.is_success else answer.status_code), (url, body, again.text)
        await self._check()

    def _id(self, name: str) -> str:
        return f"{name}-{self.round}" if name not in PARTIES else name

    def _collect(self, _: int, bag: str, grams: int, seal: str) -> tuple[str, dict[str, Any]]:
        return "/collections", {"bag_id": self._id(bag), "point_id": "box", "seal_number": f"S-{self._id(seal)}",
                                "gross_grams": grams, "carrier_id": "crew-1"}  # fmt: skip

    def _dispatch(self, _: int, load: str, bags: list[str], carrier: str, own: bool) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"load_id": self._id(load), "carrier_id": carrier, "origin_id": "hai-ya",
                                "destination_id": "plant-1" if load != "l2" else "hub-2"}  # fmt: skip
        if own:
            body["bags"] = [
                {"bag_id": self._id(b), "seal_number": f"S-{self._id(b)}", "gross_grams": 4_000} for b in bags
            ]
        else:
            body["bag_ids"] = [self._id(bag) for bag in bags]
        return "/loads", body

    def _hand(
        self, number: int, load: str, giver: str, receiver: str, bags: list[str], grams: int, same: int
    ) -> tuple[str, dict[str, Any]]:
        rows = [{"bag_id": self._id(b), "seal_read": f"S-{self._id(b)}", "received_grams": grams} for b in bags]
        id = f"ho-{self.round}-{number if same else 'same'}"
        body = {"handover_id": id, "giver_id": giver, "receiver_id": receiver, "place_id": "gate", "bags": rows}
        return f"/loads/{self._id(load)}/handovers", body

    def _offer(
        self, number: int, load: str, giver: str, receiver: str, bags: list[str], grams: int
    ) -> tuple[str, dict[str, Any]]:
        rows = [{"bag_id": self._id(b), "seal_given": f"S-{self._id(b)}", "given_grams": grams} for b in bags]
        body = {"offer_id": f"of-{self.round}-{number}", "giver_id": giver, "receiver_id": receiver, "bags": rows}
        return f"/loads/{self._id(load)}/handovers/offers", body

    def _state(self, _: int, load: str, party: str, bag: str, grams: int) -> tuple[str, dict[str, Any]]:
        settlement = {"settlement": "accepted", "gross_grams": grams} if grams else {"settlement": "lost"}
        row = {"bag_id": self._id(bag), "cause": "scale", **settlement}
        return f"/loads/{self._id(load)}/resolutions", {"party_id": party, "bags": [row]}

    def _break(self, number: int, bag: str, reason: str) -> tuple[str, dict[str, Any]]:
        return "/breaks", {"break_id": f"br-{self.round}-{number}", "bag_ids": [self._id(bag)],
                           "declared_by": "crew-1", "reason": reason}  # fmt: skip

    def _correct(self, _: int, type: str, which: int) -> tuple[str, dict[str, Any]]:
        names = {"BinCollected": BAGS, "LoadDispatched": LOADS, "HandoverRecorded": ("same",)}[type]
        name = names[which % len(names)]
        subject = f"ho-{self.round}-{name}" if type == "HandoverRecorded" else self._id(name)
        return "/corrections", {"type": type, "subject": subject, "reason": "mistyped"}

    async def _check(self) -> None:
        bags = [self._id(bag) for bag in BAGS]
        async with self.app.database.transaction() as tx:
            inside = await (await driver(tx)).fetch(
                "SELECT bag_id, count(*) AS loads FROM load_bag WHERE bag_id = ANY($1) AND released_at IS NULL "
                "GROUP BY bag_id",
                bags,
            )
            assert {row["loads"] for row in inside} <= {1}
            for load in LOADS:
                await self._check_load(tx, self._id(load))

    async def _check_load(self, tx: Any, load_id: str) -> None:
        row = await (await driver(tx)).fetchrow("SELECT * FROM load WHERE load_id = $1", load_id)
        if row is None:
            return
        case = await cases.case_of(tx, load_id, self.app.settings.rules)  # type: ignore[attr-defined]
        load = (await self.http.get(f"/loads/{load_id}")).json()
        # What is kept for lists is what the records show, and everybody who reads them sees the same holder.
        assert (row["state"], row["holder_id"]) == (load["state"], load["holder_id"])
        assert [one["holder_id"] for one in load["hands"]][-1] == load["holder_id"] == case.holder_id
        assert not any(hand.has_gap for hand in hands_of(case.custody, load_id))
        assert not any(is_in_two_loads(case.custody, bag["bag_id"]) for bag in load["bags"])
        _check_sums(case.dispatched)
        for fact in case.book.handovers:
            _check_sums(fact.data)


def _check_sums(fact: LoadDispatched | HandoverRecorded) -> None:
    if isinstance(fact, LoadDispatched):
        assert fact.gross_grams == sum(bag.gross_grams for bag in fact.bags)
    else:
        assert fact.given_grams == sum(bag.given_grams for bag in fact.bags)
        assert fact.received_grams == sum(bag.received_grams for bag in fact.bags)


@pytest.fixture(scope="module")
def world(settings: Settings) -> Iterator[World]:
    with asyncio.Runner() as runner:
        app = build_app(settings)
        running = client(app, Role.API)
        http = runner.run(running.__aenter__())
        try:
            yield World(runner, http, app)
        finally:
            runner.run(running.__aexit__(None, None, None))


@examples(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=8, max_size=25))
def test_no_sequence_of_requests_breaks_custody(world: World, steps: list[tuple[Any, ...]]) -> None:
    """Each request is sent twice: what was accepted stands and is told once, what was refused is refused again."""
    grounded = [("collect", bag, 4_000, bag) for bag in BAGS[:3]]
    world.play([*grounded, ("dispatch", "l0", ["b0", "b1"], "crew-1", False), *steps])
