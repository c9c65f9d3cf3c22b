"""The columns of a CSV file: which kind of record uses which, and what they become."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["BOOLEANS", "COLUMNS", "KINDS", "NUMBERS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. Rows with the same values in `group` make one confirmation.

    `head` maps columns that say something of the whole. `lists` has, for each list of the data, the columns that say
    something of one entry, each mapped to its field; a list of plain ids has the field "". A row adds an entry to each
    list of which it fills a column; a row that fills none adds an empty one to the first list, to be told what lacks.
    """

    type: str
    group: tuple[str, ...]
    head: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    carried: str | None = None
    """The column of `group` that later rows may leave empty."""
    totals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Field of the whole: the list and the field that it is the sum of."""

    @property
    def used(self) -> frozenset[str]:
        parts = (column for columns in self.lists.values() for column in columns)
        return frozenset({"record", "time", *self.head, *parts})


_OUTPUT: Final = {
    "fraction_id": "fraction_id",
    "material": "material",
    "grams": "grams",
    "operation": "operation",
    "output_facility_id": "facility_id",
    "output_country": "facility_country",
    "waste_code": "waste_code",
    "prepared_for_reuse": "prepared_for_reuse",
    "pieces": "pieces",
}
KINDS: Final[Mapping[str, Kind]] = {
    "load_received": Kind(
        "LoadReceived",
        ("load_id",),
        {"load_id": "load_id", "facility_id": "facility_id"},
        {"bags": {"bag_id": "bag_id", "seal_read": "seal_read", "grams": "received_grams"}},
        totals={"received_grams": ("bags", "received_grams")},
    ),
    "load_rejected": Kind(
        "LoadRejected",
        ("load_id", "reason"),
        {"load_id": "load_id", "facility_id": "facility_id", "reason": "reason"},
        {"bag_ids": {"bag_id": ""}},
        carried="reason",
    ),
    "resolution_stated": Kind(
        "ResolutionStated",
        ("load_id",),
        {"load_id": "load_id"},
        {"bags": {"bag_id": "bag_id", "settlement": "settlement", "grams": "gross_grams", "cause": "cause"}},
    ),
    "batch_opened": Kind(
        "BatchOpened",
        ("batch_id",),
        {"batch_id": "batch_id", "facility_id": "facility_id", "other_client_grams": "other_client_grams"},
        {
            "inputs": {"bag_id": "bag_id", "grams": "grams"},
            "sorted": {"sorted_category": "category", "sorted_grams": "grams"},
        },
    ),
    "batch_recycled": Kind(
        "BatchRecycled",
        ("batch_id",),
        {"batch_id": "batch_id", "process_loss_grams": "process_loss_grams"},
        {"outputs": _OUTPUT},
    ),
    "fraction_treated": Kind(
        "FractionTreated",
        ("batch_id", "treatment_id"),
        {
            "treatment_id": "treatment_id",
            "batch_id": "batch_id",
            "facility_id": "facility_id",
            "facility_country": "facility_country",
            "treated_fraction_id": "fraction_id",
            "treated_grams": "grams",
            "process_loss_grams": "process_loss_grams",
            "basel_notification_number": "basel_notification_number",
            "basel_movement_number": "basel_movement_number",
        },
        {"outputs": _OUTPUT},
    ),
    "event_corrected": Kind(
        "EventCorrected",
        ("corrected_event_id",),
        {
            "corrected_event_id": "corrected_event_id",
            "reason": "reason",
            "replacement_event_id": "replacement_event_id",
        },
    ),
}
COLUMNS: Final = frozenset(column for kind in KINDS.values() for column in kind.used)
NUMBERS: Final = frozenset(
    {"grams", "other_client_grams", "pieces", "process_loss_grams", "sorted_grams", "treated_grams"}
)
BOOLEANS: Final[Mapping[str, bool]] = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
