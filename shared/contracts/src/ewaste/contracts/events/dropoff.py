"""What happens at the boxes (service `dropoff`)."""

from enum import StrEnum
from typing import Annotated

from ewaste.contracts.fields import Grams, Identifier, Latitude, Microdegrees, Part, Text
from pydantic import Field

__all__ = [
    "BagFillReported",
    "BagInstalled",
    "Category",
    "Channel",
    "DropPointRegistered",
    "DropPointRetired",
    "FillSource",
    "ItemDropped",
    "Khwaeng",
    "RetirementReason",
]


class Khwaeng(StrEnum):
    """The four districts of Chiang Mai City Municipality."""

    NAKHON_PING = "nakhon_ping"
    KAWILA = "kawila"
    MENGRAI = "mengrai"
    SRIWICHAI = "sriwichai"


class Category(StrEnum):
    """What people drop. Cables, batteries and power banks have no UNU-KEY of their own: weighed, never assumed."""

    PHONE = "phone"
    TABLET = "tablet"
    LAPTOP = "laptop"
    CABLE = "cable"
    CHARGER = "charger"
    EARPHONES = "earphones"
    BATTERY = "battery"
    POWER_BANK = "power_bank"
    SMALL_IT = "small_it"
    SMALL_ELECTRONICS = "small_electronics"


class Channel(StrEnum):
    """How a drop was recorded."""

    APP = "app"
    KIOSK = "kiosk"
    STAFF = "staff"
    OFFLINE = "offline"


class RetirementReason(StrEnum):
    RELOCATED = "relocated"
    DAMAGED = "damaged"
    CLOSED = "closed"


class FillSource(StrEnum):
    SENSOR = "sensor"
    CREW = "crew"
    CITIZEN = "citizen"


class DropPointRegistered(Part):
    """A box stands ready for the public."""

    point_id: Identifier
    name_th: Text
    name_en: Text | None = None
    khwaeng: Khwaeng
    community: Text | None = None
    latitude_microdegrees: Latitude
    longitude_microdegrees: Microdegrees
    sample: bool = False
    """True for generated points: the real boxes' places are not published."""


class DropPointRetired(Part):
    """A box takes nothing any more."""

    point_id: Identifier
    reason: RetirementReason


class BagInstalled(Part):
    """A fresh lined bag hangs in a box; what is dropped there from now on is in this bag."""

    bag_id: Identifier
    point_id: Identifier
    replaces_bag_id: Identifier | None = None


class ItemDropped(Part):
    """One piece went into one bag."""

    item_id: Identifier
    bag_id: Identifier
    point_id: Identifier
    category: Category
    channel: Channel
    estimated_grams: Grams | None = None
    """A prior from UNU-KEYS averages, never used in a mass balance: bags are weighed."""


class BagFillReported(Part):
    """How full a bag looks."""

    bag_id: Identifier
    point_id: Identifier
    fill_percent: Annotated[int, Field(strict=True, ge=0, le=100)]
    reported_by: FillSource
