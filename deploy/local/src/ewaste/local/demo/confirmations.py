"""What the sample partner confirms of the day: loads weighed in, batches processed, one fraction smelted abroad."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ewaste.local.demo.world import PARTNER, Batch, Load, World

__all__ = ["confirmations"]

# Fraction, share of the input in basis points, operation, waste code; what is missing to 10,000 is the declared loss.
_OUTPUTS: Final = (
    ("ferrous", 2_600, "R4", "19 10 01"),
    ("copper", 1_700, "R4", "19 10 02"),
    ("aluminium", 1_200, "R4", "19 10 02"),
    ("printed-boards", 1_300, "R4", "16 02 13 HM"),
    ("plastics", 2_300, "R3", "19 10 06"),
    ("glass", 500, "R5", "19 10 06"),
    ("fluff", 300, "R1", "19 10 04"),
)


def confirmations(world: World) -> list[dict[str, Any]]:
    """What the partner's own system exports: `type`, `time`, `data` of each claim, in order."""
    morning = world.installed_at
    received = [_received(load, morning + timedelta(hours=18, minutes=n)) for n, load in enumerate(world.loads)]
    processed = [
        claim
        for n, batch in enumerate(world.batches)
        for claim in _processed(batch, morning + timedelta(hours=19, minutes=n))
    ]
    return [*received, *processed]


def _claim(type: str, time: datetime, **data: Any) -> dict[str, Any]:
    return {"type": type, "time": time.isoformat().replace("+00:00", "Z"), "data": data}


def _received(load: Load, time: datetime) -> dict[str, Any]:
    bags = [{"bag_id": b.bag_id, "seal_read": b.seal_number, "received_grams": b.gross_grams} for b in load.bags]
    return _claim(
        "LoadReceived", time, load_id=load.load_id, partner_id=PARTNER, facility_id="sample-plant", bags=bags,
        received_grams=sum(bag.gross_grams for bag in load.bags),
    )  # fmt: skip


def _processed(batch: Batch, time: datetime) -> list[dict[str, Any]]:
    own = sum(bag.net_grams for bag in batch.bags)
    others = 40_000 if batch.kind == "mixed" else 0
    outputs, loss = _outputs(batch, own + others)
    who = {"batch_id": batch.batch_id, "partner_id": PARTNER}
    inputs = [{"bag_id": bag.bag_id, "grams": bag.net_grams} for bag in batch.bags]
    claims = [
        _claim("BatchOpened", time, **who, facility_id="sample-plant", inputs=inputs, other_client_grams=others),
        _claim("BatchRecycled", time + timedelta(hours=2), **who, outputs=outputs, process_loss_grams=loss),
    ]
    interim = [output for output in outputs if output["operation"] == "R12"]
    return claims + [_treated(batch, output, time + timedelta(hours=5)) for output in interim]


def _outputs(batch: Batch, input_grams: int) -> tuple[list[dict[str, Any]], int]:
    outputs = []
    for material, share, usual, waste_code in _OUTPUTS:
        operation = usual
        if batch.kind == "abroad" and material == "printed-boards":
            operation = "R12"
        if batch.kind == "landfilled" and material == "fluff":
            operation = "D5"
        outputs.append(_output(batch, material, input_grams * share // 10_000, operation, waste_code))
    return outputs, input_grams - sum(output["grams"] for output in outputs)


def _output(batch: Batch, material: str, grams: int, operation: str, waste_code: str) -> dict[str, Any]:
    return {
        "fraction_id": f"{batch.batch_id}-{material}",
        "material": material,
        "grams": grams,
        "operation": operation,
        "facility_id": "sample-plant",
        "waste_code": waste_code,
    }


def _treated(batch: Batch, fraction: Mapping[str, Any], time: datetime) -> dict[str, Any]:
    metals = fraction["grams"] * 9_400 // 10_000
    output = {
        "fraction_id": f"{fraction['fraction_id']}-metals",
        "material": "copper-gold-palladium",
        "grams": metals,
        "operation": "R4",
        "facility_id": "sample-smelter-abroad",
    }
    return _claim(
        "FractionTreated", time, treatment_id=f"{batch.batch_id}-smelting", batch_id=batch.batch_id,
        fraction_id=fraction["fraction_id"], partner_id=PARTNER, facility_id="sample-smelter-abroad",
        grams=fraction["grams"], outputs=[output], process_loss_grams=fraction["grams"] - metals,
        basel_notification_number="SAMPLE-NOTIFICATION-1", basel_movement_number="SAMPLE-MOVEMENT-1",
    )  # fmt: skip
