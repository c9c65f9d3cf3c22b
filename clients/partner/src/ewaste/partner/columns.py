"""The columns of a CSV file: which kind of record uses which, and what they become."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["BOOLEANS", "COLUMNS", "KINDS", "NUMBERS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. Rows with the same values in `group` make one confirmation.

    `head` maps columns that say something of the whole, `part` those that say something of one entry of the list
    `parts`, each to its field.
    """

    type: str
    group: tuple[str, ...]
    head: Mapping[str, str]
    parts: str
    part: Mapping[str, str]
    total: str | None = None
    """The field that is the sum of the rows' grams."""

    @property
    def used(self) -> frozenset[str]:
        return frozenset({"record", "time", *self.head, *self.part})


_OUTPUT: Final = {
    "fraction_id": "fraction_id",
    "material": "material",
    "grams": "grams",
    "operation": "operation",
    "output_facility_id": "facility_id",
    "waste_code": "waste_code",
    "prepared_for_reuse": "prepared_for_reuse",
}
KINDS: Final[Mapping[str, Kind]] = {
    "load_received": Kind(
        "LoadReceived",
        ("load_id",),
        {"load_id": "load_id", "facility_id": "facility_id"},
        "bags",
        {"bag_id": "bag_id", "seal_read": "seal_read", "grams": "received_grams"},
        "received_grams",
    ),
    "load_rejected": Kind(
        "LoadRejected",
        ("load_id",),
        {"load_id": "load_id", "facility_id": "facility_id", "reason": "reason"},
        "bag_ids",
        {"bag_id": ""},
    ),
    "batch_opened": Kind(
        "BatchOpened",
        ("batch_id",),
        {"batch_id": "batch_id", "facility_id": "facility_id", "other_client_grams": "other_client_grams"},
        "inputs",
        {"bag_id": "bag_id", "grams": "grams"},
    ),
    "batch_recycled": Kind(
        "BatchRecycled",
        ("batch_id",),
        {"batch_id": "batch_id", "process_loss_grams": "process_loss_grams"},
        "outputs",
        _OUTPUT,
    ),
    "fraction_treated": Kind(
        "FractionTreated",
        ("batch_id", "treatment_id"),
        {
            "treatment_id": "treatment_id",
            "batch_id": "batch_id",
            "facility_id": "facility_id",
            "treated_fraction_id": "fraction_id",
            "treated_grams": "grams",
            "process_loss_grams": "process_loss_grams",
            "basel_notification_number": "basel_notification_number",
            "basel_movement_number": "basel_movement_number",
        },
        "outputs",
        _OUTPUT,
    ),
}
COLUMNS: Final = frozenset(column for kind in KINDS.values() for column in kind.used)
NUMBERS: Final = frozenset({"grams", "other_client_grams", "process_loss_grams", "treated_grams"})
BOOLEANS: Final[Mapping[str, bool]] = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
