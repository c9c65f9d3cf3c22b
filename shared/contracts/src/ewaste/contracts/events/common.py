"""What any producer may say."""

from enum import StrEnum

from ewaste.contracts.fields import Identifier, Part, Text

__all__ = ["CorrectionReason", "EventCorrected"]


class CorrectionReason(StrEnum):
    MISTYPED = "mistyped"
    WRONG_SUBJECT = "wrong_subject"
    DUPLICATE = "duplicate"
    DID_NOT_HAPPEN = "did_not_happen"
    MEASURED_AGAIN = "measured_again"


class EventCorrected(Part):
    """An earlier event of the same source is withdrawn, and replaced where a replacement is named.

    Nothing is ever edited: both events stay in the ledger.
    """

    corrected_event_id: Identifier
    corrected_source: Text
    replacement_event_id: Identifier | None = None
    """The event that says it right, published by the same source; none: the fact did not happen."""
    reason: CorrectionReason
