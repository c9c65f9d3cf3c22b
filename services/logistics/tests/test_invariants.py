"""Whatever is sent, in whatever order: one holder for every load, one load for every bag, and sums that close."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from ewaste.contracts.events.logistics import HandoverRecorded, LoadDispatched
from ewaste.contracts.events.recycler import LoadReceived, LoadRejected, ReceivedBag, RejectionReason
from ewaste.contracts.fields import Context, Part
from ewaste.evidence.custody.bags import is_in_two_loads
from ewaste.evidence.custody.loads import hands_of
from ewaste.logistics.app import build_app
from ewaste.logistics.settings import Settings
from ewaste.logistics.storage import cases
from ewaste.runtime.app import App, Role
from ewaste.runtime.database import driver
from ewaste.runtime.testing import client, received
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
    st.tuples(st.just("pass_on"), _load, _party, GRAMS, st.booleans()),
    st.tuples(st.just("pass_on"), _load, _party, st.just(4_000), st.just(False)),
    st.tuples(st.just("answer"), _load, _some, st.booleans()),
    st.tuples(st.just("offer"), _load, _party, GRAMS),
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
        self.load: dict[str, Any] = {}
        self.accepted: Counter[str] = Counter()

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        self.round += 1
        self.runner.run(self._play(steps))

    async def _play(self, steps: list[tuple[Any, ...]]) -> None:
        for number, (verb, *what) in enumerate(steps):
            if verb == "answer":
                await self._answer(*what)
                continue
            if verb in {"pass_on", "offer"} and not await self._look(what[0]):
                continue
            url, body = getattr(self, f"_{verb}")(number, *what)
            answer = await self.http.post(url, json=body)
            assert answer.status_code < 500, (url, body, answer.text)
            assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
            again = await self.http.post(url, json=body)
            self.accepted[verb] += answer.is_success
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

    async def _look(self, load: str) -> bool:
        answer = await self.http.get(f"/loads/{self._id(load)}")
        self.load = answer.json()
        return answer.is_success

    def _pass_on(self, number: int, load: str, receiver: str, grams: int, refused: bool) -> tuple[str, dict[str, Any]]:
        """What an honest holder does: it gives all that it has, or what the recycler refused."""
        bags = [b["bag_id"] for b in self.load["bags"] if (b["standing"] == "refused") or not refused]
        rows = [{"bag_id": bag, "seal_read": f"S-{bag}", "received_grams": grams} for bag in bags]
        body = {"handover_id": f"ho-{self.round}-{number}", "giver_id": self.load["holder_id"], "receiver_id": receiver,
                "place_id": "gate", "bags": rows}  # fmt: skip
        return f"/loads/{self._id(load)}/handovers", body

    async def _answer(self, load: str, bags: list[str], refused: bool) -> None:
        head = {"load_id": self._id(load), "partner_id": "plant-1", "facility_id": "plant-1"}
        ids = sorted({self._id(bag) for bag in bags})
        data: Part = LoadRejected(**head, bag_ids=tuple(ids), reason=RejectionReason.CONTAMINATED)
        if not refused:
            rows = tuple(ReceivedBag(bag_id=id, seal_read=f"S-{id}", received_grams=4_000) for id in ids)
            data = LoadReceived(**head, bags=rows, received_grams=4_000 * len(rows))
        follow = self.app.subscriptions[1].on_events
        assert follow is not None
        async with self.app.database.transaction() as tx:
            await follow(tx, [received(Context.RECYCLER, data, datetime.now(UTC))])

    def _offer(self, number: int, load: str, receiver: str, grams: int) -> tuple[str, dict[str, Any]]:
        rows = [
            {"bag_id": b["bag_id"], "seal_given": f"S-{b['bag_id']}", "given_grams": grams} for b in self.load["bags"]
        ]
        body = {"offer_id": f"of-{self.round}-{number}", "giver_id": self.load["holder_id"], "receiver_id": receiver,
                "bags": rows}  # fmt: skip
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


def test_the_sequences_reach_every_kind_of_request(world: World) -> None:
    """Guards the test above: a sequence in which all is refused shows nothing."""
    missing = {"collect", "dispatch", "pass_on", "offer", "break", "correct"} - (+world.accepted).keys()
    assert not missing, world.accepted
