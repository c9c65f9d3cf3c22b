"""The whole way on the real broker: out through the relay, in through the consumers."""

from datetime import UTC, datetime

from ewaste.contracts.events.dropoff import ItemDropped
from ewaste.contracts.events.logistics import BinCollected
from ewaste.contracts.fields import Context
from ewaste.dropoff.app import build_app
from ewaste.dropoff.settings import Settings
from ewaste.runtime.app import Role
from ewaste.runtime.broker import build_producer
from ewaste.runtime.testing import Stack, client, events_on, eventually, received

POINT = {
    "point_id": "api-1",
    "name_th": "ชุมชนวัดเกต",
    "khwaeng": "kawila",
    "latitude_microdegrees": 18_790_000,
    "longitude_microdegrees": 99_003_000,
    "sample": True,
}


async def test_a_drop_becomes_an_event_and_its_status_follows_the_bag(settings: Settings, stack: Stack) -> None:
    taken = BinCollected(
        bag_id="api-bag-1", point_id="api-1", seal_number="api-seal", gross_grams=3_000, carrier_id="crew-1"
    )
    async with client(build_app(settings), Role.ALL) as http:
        await http.post("/drop-points/bulk", json={"lines": [POINT]})
        await http.post("/drop-points/api-1/bags", json={"bag_id": "api-bag-1"})
        dropped = (await http.post("/drops", json={"point_id": "api-1", "category": "phone"})).json()

        async def published() -> list[ItemDropped]:
            events = [event.data for event in await events_on(stack, "ewaste.dropoff")]
            return [data for data in events if isinstance(data, ItemDropped) and data.point_id == "api-1"]

        (fact,) = await eventually(published)
        assert (fact.item_id, fact.bag_id) == (dropped["item_id"], "api-bag-1")

        told = received(Context.LOGISTICS, taken, datetime.now(UTC))
        producer = build_producer(settings)
        await producer.start()
        await producer.send_and_wait(told.record.topic, told.record.value, key=told.record.key)
        await producer.stop()

        async def stage() -> str:
            return str((await http.get(f"/items/{dropped['receipt_code']}")).json()["stage"])

        await eventually(stage, lambda seen: seen == "collected")
