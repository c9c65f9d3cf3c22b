"""Files as a recycler has them."""

import json
from pathlib import Path
from typing import Any

import pytest
from ewaste.partner.keyfile import create_key_file


@pytest.fixture
def key_file(tmp_path: Path) -> Any:
    """Makes the key file of a partner."""

    def made(partner_id: str) -> Path:
        path = tmp_path / f"{partner_id}.json"
        create_key_file(path, partner_id)
        return path

    return made


@pytest.fixture
def batches(tmp_path: Path) -> Any:
    """Writes a file of opened batches."""

    def written(partner_id: str, count: int) -> Path:
        path = tmp_path / "batches.jsonl"
        path.write_text("".join(_opened(partner_id, number) for number in range(count)))
        return path

    return written


def _opened(partner_id: str, number: int) -> str:
    inputs = [{"bag_id": f"{partner_id}-bag-{number}", "grams": 1000 + number}]
    data = {"batch_id": f"{partner_id}-{number}", "facility_id": "hall-1", "inputs": inputs}
    return json.dumps({"type": "BatchOpened", "time": "2026-11-20T09:10:00+07:00", "data": data}) + "\n"
