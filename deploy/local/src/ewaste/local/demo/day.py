"""The day, stage by stage: boxes, drops, collection, loads, the partner, certificates."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ewaste.local.demo.confirmations import confirmations
from ewaste.local.demo.partner import PartnerDesk
from ewaste.local.demo.services import Services
from ewaste.local.demo.world import CARRIER, GATE, PARTNER, Load, World
from ewaste.local.errors import StackFailed
from rich.progress import Progress

__all__ = ["Outcome", "live"]

_WAIT_SECONDS = 120.0
_KIOSK_LINES = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the day came to."""

    events: int
    seconds: float
    certificates: list[dict[str, Any]]
    uncertified: dict[str, Any]
    shown_item: str
    receipt_code: str


async def live(
    world: World, services: Services, desk: PartnerDesk, kafka_servers: str, run: int, bars: Callable[[], Progress]
) -> Outcome:
    """Tell the day to the services and wait until the last certificate is in the ledger."""
    before = (await services.get("traceability/ledgers/custody"))["size"]
    began = time.monotonic()
    await _register_partner(services, desk)
    await _register_actors(services)
    with bars() as bar:
        await _install(world, services, bar)
        receipts = await _drop(world, services, bar)
        await _collect(world, services, bar)
    await asyncio.to_thread(desk.publish, desk.export(run, confirmations(world)), kafka_servers)
    with bars() as bar:
        certificates = await _certified(world, services, bar)
    size = await _settled(services)
    seconds = time.monotonic() - began
    landfilled = next(batch for batch in world.batches if batch.kind == "landfilled")
    shown = _shown_item(world, receipts)
    return Outcome(
        events=size - before,
        seconds=seconds,
        certificates=certificates,
        uncertified=await services.get(f"traceability/batches/{landfilled.batch_id}/certification"),
        shown_item=shown,
        receipt_code=receipts[shown],
    )


def _shown_item(world: World, receipts: Mapping[str, str]) -> str:
    """A phone whose owner has a receipt, from the batch that went abroad, else from any that is certified."""
    kinds = {bag.bag_id: batch.kind for batch in world.batches for bag in batch.bags}
    candidates = [drop for drop in world.drops if drop.item_id in receipts and kinds[drop.bag_id] != "landfilled"]
    return min(candidates, key=lambda d: (kinds[d.bag_id] != "abroad", d.category != "phone", d.item_id)).item_id


async def _install(world: World, services: Services, bar: Progress) -> None:
    task = bar.add_task("boxes and bags", total=len(world.boxes))
    points = [
        {
            "point_id": box.point_id,
            "name_th": box.name_th,
            "name_en": box.name_en,
            "khwaeng": box.khwaeng,
            "latitude_microdegrees": box.latitude_microdegrees,
            "longitude_microdegrees": box.longitude_microdegrees,
            "sample": True,
        }
        for box in world.boxes
    ]
    await services.post_lines("dropoff/drop-points/bulk", points, taken=True)
    for bag in world.bags:
        body = {"bag_id": bag.bag_id, "installed_at": world.installed_at.isoformat()}
        await services.post(f"dropoff/drop-points/{bag.point_id}/bags", body)
        bar.advance(task)


async def _drop(world: World, services: Services, bar: Progress) -> dict[str, str]:
    """Phones send one request per piece, kiosks and offline crews a file of lines; returns receipt codes by item."""
    task = bar.add_task("drops", total=len(world.drops))
    bodies = {
        drop.item_id: {
            "item_id": drop.item_id,
            "bag_id": drop.bag_id,
            "point_id": drop.point_id,
            "category": drop.category,
            "channel": drop.channel,
            "dropped_at": drop.dropped_at.isoformat(),
        }
        for drop in world.drops
    }
    single = [(f"{item_id}-drop", body) for item_id, body in bodies.items() if body["channel"] == "app"]
    answers = await services.post_many(
        [("dropoff/drops", body, key) for key, body in single], lambda: bar.advance(task)
    )
    lines = [body for body in bodies.values() if body["channel"] != "app"]
    for start in range(0, len(lines), _KIOSK_LINES):
        part = lines[start : start + _KIOSK_LINES]
        await services.post_lines("dropoff/drops/bulk", part)
        bar.advance(task, len(part))
    return {answer["item_id"]: answer["receipt_code"] for answer in answers}


async def _collect(world: World, services: Services, bar: Progress) -> None:
    task = bar.add_task("collections, loads, handovers", total=3 * len(world.loads))
    for load in world.loads:
        await services.post_lines("logistics/collections/bulk", [_collection(bag) for bag in load.bags])
        bar.advance(task)
        await services.post("logistics/loads", _dispatch(load))
        bar.advance(task)
        await services.post(f"logistics/loads/{load.load_id}/handovers", _handover(load))
        bar.advance(task)


def _collection(bag: Any) -> dict[str, Any]:
    return {
        "bag_id": bag.bag_id,
        "point_id": bag.point_id,
        "seal_number": bag.seal_number,
        "gross_grams": bag.gross_grams,
        "tare_grams": bag.tare_grams,
        "next_bag_id": bag.next_bag_id,
        "carrier_id": CARRIER,
        "collected_at": bag.collected_at.isoformat(),
    }


def _dispatch(load: Load) -> dict[str, Any]:
    return {
        "load_id": load.load_id,
        "carrier_id": CARRIER,
        "origin_id": GATE,
        "destination_id": PARTNER,
        "bag_ids": [bag.bag_id for bag in load.bags],
        "dispatched_at": load.dispatched_at.isoformat(),
    }


def _handover(load: Load) -> dict[str, Any]:
    return {
        "handover_id": f"{load.load_id}-handover",
        "giver_id": CARRIER,
        "receiver_id": PARTNER,
        "place_id": GATE,
        "handed_over_at": (load.dispatched_at + timedelta(minutes=25)).isoformat(),
        "bags": [
            {"bag_id": bag.bag_id, "seal_read": bag.seal_number, "received_grams": bag.gross_grams} for bag in load.bags
        ],
    }


async def _register_partner(services: Services, desk: PartnerDesk) -> None:
    partner = {
        "partner_id": PARTNER,
        "name_th": "ผู้รีไซเคิลตัวอย่าง",
        "name_en": "Sample recycler",
        "licence_number": "SAMPLE-105-0001",
        "licence_valid_from": "2026-01-01",
        "licence_valid_until": "2035-12-31",
        "sample": True,
    }
    await services.post("recycler/partners", partner, known=409)
    key = await asyncio.to_thread(desk.public_key)
    await services.post(f"recycler/partners/{PARTNER}/keys", {"public_key": key}, known=409)


async def _register_actors(services: Services) -> None:
    """Carrier and transfer station; and logistics must have heard of the partner, or the carrier confirms for it."""
    for actor_id, kind, name_th, name_en in (
        (CARRIER, "carrier", "ผู้ขนส่งตัวอย่าง", "Sample carrier"),
        (GATE, "storage", "สถานีขนถ่ายตัวอย่าง หายยา", "Sample Hai Ya transfer station"),
    ):
        actor = {"actor_id": actor_id, "kind": kind, "name_th": name_th, "name_en": name_en, "sample": True}
        await services.post("logistics/actors", actor)
    deadline = time.monotonic() + _WAIT_SECONDS
    while PARTNER not in {one["actor_id"] for one in (await services.get("logistics/actors?limit=500"))["items"]}:
        if time.monotonic() > deadline:
            raise StackFailed(f"logistics did not hear of {PARTNER} in {_WAIT_SECONDS:.0f} s; see `ewaste logs`")
        await asyncio.sleep(0.2)


async def _certified(world: World, services: Services, bar: Progress) -> list[dict[str, Any]]:
    task = bar.add_task("certificates", total=world.certifiable)
    deadline = time.monotonic() + _WAIT_SECONDS
    wanted = {batch.batch_id for batch in world.batches}
    while True:
        found = [one for one in await _all_certificates(services) if one["batch_id"] in wanted]
        bar.update(task, completed=len(found))
        if len(found) == world.certifiable:
            return [await services.get(f"traceability/certificates/{one['certificate_id']}") for one in found]
        if time.monotonic() > deadline:
            missing = sorted(wanted - {one["batch_id"] for one in found})
            raise StackFailed(await _why_missing(services, missing))
        await asyncio.sleep(0.2)


async def _why_missing(services: Services, batch_ids: list[str]) -> str:
    head = await services.get("traceability/ledgers/custody")
    return (
        f"no certificate after {_WAIT_SECONDS:.0f} s for {', '.join(batch_ids)}; the ledger has {head['size']} "
        f"records, {head['projected']} projected. GET /batches/{batch_ids[0]}/certification of traceability and "
        f"GET /refusals of recycler say why; `ewaste status` and `ewaste logs` show the services"
    )


async def _all_certificates(services: Services) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await services.get(f"traceability/certificates?limit=500{f'&cursor={cursor}' if cursor else ''}")
        found += page["items"]
        cursor = page["next_cursor"]
    return found


async def _settled(services: Services) -> int:
    """The ledger's size once it has stopped growing and the projection is level with it."""
    size = -1
    while True:
        head = await services.get("traceability/ledgers/custody")
        if head["size"] == size == head["projected"]:
            return size
        size = head["size"]
        await asyncio.sleep(0.5)
