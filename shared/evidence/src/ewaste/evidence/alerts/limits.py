"""How long something may be missing before it is an alert: data with a source, a version and a digest."""

import json
import tomllib
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Final

from ewaste.evidence.rules.files import RulesError
from ewaste.evidence.rules.schemes import Scheme
from pydantic import Field, ValidationError

__all__ = ["DEFAULT_LIMITS", "Limits", "load_limits"]

_PACKAGED: Final[Traversable] = files("ewaste.evidence.alerts").joinpath("alerts.1.toml")
_Hours = Annotated[int, Field(ge=0, le=8_784)]
_Days = Annotated[int, Field(ge=0, le=3_660)]


class Limits(Scheme):
    """The numbers of `alerts.<version>.toml`; all count from the time that a record gives."""

    uncollected_days: _Days
    """From hanging a bag to collecting it."""
    full_percent: Annotated[int, Field(ge=1, le=100)]
    """A bag reported this full, and not reported emptier since, is full."""
    full_days: _Days
    """From the first report of a full bag to collecting it."""
    handover_hours: _Hours
    """From collecting a bag, or from its refusal by a recycler, to sending it off."""
    transit_hours: _Hours
    """From taking a load to the next change of hands."""
    storage_days: _Days
    """From a load's arrival in temporary storage to the next change of hands."""
    confirm_hours: _Hours
    """From a load's delivery to the recycler's word."""
    batch_days: _Days
    """From the last thing that happened to a batch to the next, until every output has a final operation."""
    sequence_grace_seconds: Annotated[int, Field(ge=1, le=3_600)]
    """How long a number of a source may be on its way: partitions are read side by side."""

    @property
    def uncollected(self) -> timedelta:
        return timedelta(days=self.uncollected_days)

    @property
    def full(self) -> timedelta:
        return timedelta(days=self.full_days)

    @property
    def handover(self) -> timedelta:
        return timedelta(hours=self.handover_hours)

    @property
    def transit(self) -> timedelta:
        return timedelta(hours=self.transit_hours)

    @property
    def storage(self) -> timedelta:
        return timedelta(days=self.storage_days)

    @property
    def confirm(self) -> timedelta:
        return timedelta(hours=self.confirm_hours)

    @property
    def batch(self) -> timedelta:
        return timedelta(days=self.batch_days)

    @property
    def sequence_grace(self) -> timedelta:
        return timedelta(seconds=self.sequence_grace_seconds)


def load_limits(file: Traversable = _PACKAGED) -> Limits:
    """The limits of a file, or of this release. Raises RulesError with file, key and what to do."""
    try:
        return Limits.model_validate_json(json.dumps(tomllib.loads(file.read_text("utf-8"))))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors())
        raise RulesError(f"{file}: {said}; mend the file") from error
    except (OSError, ValueError) as error:
        raise RulesError(f"{file}: no readable TOML ({error}); mend the file") from error


DEFAULT_LIMITS: Final = load_limits()
