"""The recycler's own command, in a process of its own, and the service: from a file to facts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.recycler import ConfirmationRefused

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
