"""The recycler's own command, in a process of its own, and the service: from a file to facts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.recycler import ConfirmationRefused
from ewaste.partner.columns import KINDS
from ewaste.partner.templates import template

pytestmark = pytest.mark.asyncio(loop_scope="module")


def partner(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "ewaste.partner", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


async def test_a_file_of_confirmations_becomes_facts(service: Any, recycler: Any, tmp_path: Path) -> None:
    id, key, file = recycler.partner_id, tmp_path / "key.json", tmp_path / "day.csv"
    assert (await service.http.post("/partners", json=recycler.registration())).status_code == 201
    registration = partner("keygen", "--partner", id, "--out", key)
    assert (await service.http.post(f"/partners/{id}/keys", json=registration)).status_code == 201
    file.write_text(
        "record,time,facility_id,load_id,bag_id,seal_read,grams,batch_id,fraction_id,material,operation,output_facility_id\n"
        f"load_received,2026-11-20T09:00:00+07:00,f1,{id}-L1,{id}-g1,s1,500\n"
        f"load_received,2026-11-20T09:00:00+07:00,f1,{id}-L1,{id}-g2,s2,300\n"
        f"batch_opened,2026-11-20T10:00:00+07:00,f1,,{id}-g1,,500,{id}-B1\n"
        f"batch_opened,2026-11-20T10:00:00+07:00,f1,,{id}-g2,,300,{id}-B1\n"
        f"batch_recycled,2026-11-20T12:00:00+07:00,,,,,780,{id}-B1,cu,copper,R4,s1\n"
    )

    for published in (3, 0):
        told = partner("publish", file, "--key", key, "--kafka", service.stack.kafka_servers, "--json")
        assert told["published"] == published

    facts = await service.told(
        3, lambda event: getattr(event.data, "partner_id", None) == id and event.envelope.causationid
    )
    assert sorted(fact.type.model.__name__ for fact in facts) == ["BatchOpened", "BatchRecycled", "LoadReceived"]
    assert not [fact for fact in facts if isinstance(fact.data, ConfirmationRefused)]
    assert (await service.http.get(f"/batches/{id}-B1")).json()["output_grams"] == 780


async def test_every_kind_of_record_of_a_template_is_judged(service: Any, recycler: Any, tmp_path: Path) -> None:
    """The whole template, as a recycler that copies it would send it: facts, and refusals only where they are due."""
    id, old, new, file = recycler.partner_id, tmp_path / "old.json", tmp_path / "new.json", tmp_path / "day.csv"
    assert (await service.http.post("/partners", json=recycler.registration())).status_code == 201
    keys = f"/partners/{id}/keys"
    assert (await service.http.post(keys, json=partner("keygen", "--partner", id, "--out", old))).status_code == 201
    rotation = partner("keygen", "--partner", id, "--out", new, "--replaces", old)
    assert (await service.http.post(keys, json=rotation)).json()["rotated_from"]
    text = template(list(KINDS), "csv").replace("green-north", id)
    file.write_text(text.replace("load-2026", f"{id}-load").replace("bag-", f"{id}-"), "utf-8")
    bags = dict.fromkeys((f"{id}-0001", f"{id}-0002", f"{id}-0003"), 12_400)
    await service.logistics(service.dispatched(f"{id}-load-11-20-1", **bags))

    told = partner("publish", file, "--key", new, "--kafka", service.stack.kafka_servers, "--json")

    ids = {id, f"{id}-load-11-20-1"}
    facts = await service.told(told["published"], lambda event: event.envelope.causationid and ids & set(_ids(event)))
    refused = {str(fact.data.reason) for fact in facts if isinstance(fact.data, ConfirmationRefused)}
    assert refused == {"corrected_event_unknown"}, "the template corrects an event that was never sent"
    assert sorted(fact.type.model.__name__ for fact in facts if not isinstance(fact.data, ConfirmationRefused)) == [
        "BatchOpened",
        "BatchRecycled",
        "FractionTreated",
        "LoadReceived",
        "LoadRejected",
        "LoadRejected",
        "ResolutionStated",
    ]
    shown = (await service.http.get(f"/batches/{id}-2026-0117")).json()
    assert (shown["state"], shown["other_client_grams"], len(shown["sorted"])) == ("final", 40_000, 2)


def _ids(event: Any) -> list[str]:
    return [getattr(event.data, name, "") for name in ("partner_id", "party_id")]
