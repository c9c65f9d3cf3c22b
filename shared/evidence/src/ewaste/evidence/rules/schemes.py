"""What a rule file may say, one frozen model per scheme; the files are in `book/`.

A model refuses what it does not know, and numbers that make no sense. Shares in basis points, amounts in grams. What
each scheme decides with its numbers: `ewaste.evidence.rules.outcome`; sources and reasons: docs/architecture/rules.md.
"""

from typing import Annotated, Self

from ewaste.contracts.events.dropoff import Category
from ewaste.contracts.events.recycler import Operation
from ewaste.contracts.fields import BasisPoints
from ewaste.evidence.canonical import canonical_digest
from ewaste.evidence.rules.operations import is_final
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "Climate",
    "Coverage",
    "Custody",
    "Landfill",
    "Scheme",
    "Schemes",
    "TrueZeroWaste",
    "Ul2799",
    "Upcycle",
    "Weee",
    "WeeeTarget",
    "stem_of",
]


def _final_once(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    if len(set(operations)) != len(operations):
        raise ValueError("names an operation twice; name each once")
    if interim := [each.value for each in operations if not is_final(each)]:
        raise ValueError(f"{', '.join(interim)} is interim and never an outcome; take it out")
    return operations


_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
_Version = Annotated[int, Field(ge=1, le=9_999)]
_Operations = Annotated[tuple[Operation, ...], Field(min_length=1), AfterValidator(_final_once)]
_GramsPerPiece = Annotated[int, Field(ge=0, le=10_000_000)]
_WeeeCategory = Annotated[int, Field(ge=1, le=6)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Scheme(_Data):
    """What every rule file says of itself. A changed number or word is another version, with another digest."""

    version: _Version
    title: _Sentence
    title_th: _Sentence
    source: _Sentence
    """Standard and clause, or who decided."""
    note: _Sentence
    """How what is in doubt counts, and why."""

    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of what the file says: its order and its comments change nothing."""
        return canonical_digest(self.model_dump(mode="json", exclude_unset=True))


class Custody(Scheme):
    """The numbers of `ewaste.evidence.rules.ruleset.Rules` as the file gives them."""

    tolerance_basis_points: BasisPoints
    tolerance_scale_division_grams: Annotated[int, Field(ge=0, le=1_000_000)]
    significant_basis_points: BasisPoints
    dispute_days: Annotated[int, Field(ge=0, le=365)]


class Landfill(Scheme):
    operations: _Operations


class Level(_Data):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,30}$")]
    from_basis_points: BasisPoints


class Ul2799(Scheme):
    diverted: _Operations
    energy_recovery: _Operations
    """Diverted too, but only up to what `least_without_energy_basis_points` leaves."""
    least_without_energy_basis_points: BasisPoints
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    """Highest first."""

    @model_validator(mode="after")
    def _orderly(self) -> Self:
        floors = [each.from_basis_points for each in self.levels]
        if floors != sorted(set(floors), reverse=True):
            raise ValueError("levels are not highest first; order them by from_basis_points, each once")
        if both := set(self.diverted) & set(self.energy_recovery):
            raise ValueError(f"{', '.join(sorted(both))} is both diverted and energy_recovery; keep it in one")
        return self


class TrueZeroWaste(Scheme):
    diverted: _Operations
    least_basis_points: BasisPoints


class WeeeTarget(_Data):
    """What is asked of annex III categories; where no recovery is asked (lamps), recycling alone is."""

    weee: Annotated[tuple[_WeeeCategory, ...], Field(min_length=1)]
    recovery_basis_points: BasisPoints | None = None
    recycling_basis_points: BasisPoints


class _Item(_Data):
    category: Category
    weee: _WeeeCategory
    reason: _Sentence


class _Outside(_Data):
    category: Category
    reason: _Sentence


class Weee(Scheme):
    recycling: _Operations
    other_recovery: _Operations
    targets: tuple[WeeeTarget, ...]
    items: tuple[_Item, ...]
    outside: tuple[_Outside, ...]
    """What is no equipment, and under which law it is instead."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        placed = [each.category for each in self.items] + [each.category for each in self.outside]
        if sorted(placed) != sorted(Category):
            raise ValueError("items and outside do not place every item category exactly once; add or take out rows")
        asked = [weee for target in self.targets for weee in target.weee]
        if sorted(asked) != [1, 2, 3, 4, 5, 6]:
            raise ValueError("targets do not name each of the categories 1 to 6 exactly once")
        if both := set(self.recycling) & set(self.other_recovery):
            raise ValueError(f"{', '.join(sorted(both))} is both recycling and other_recovery; keep it in one")
        return self

    def weee_of(self, category: Category) -> int | None:
        """The annex III category of an item category; none when it is no equipment."""
        return next((each.weee for each in self.items if each.category is category), None)

    def target_of(self, weee: int) -> WeeeTarget:
        """What is asked of an annex III category."""
        return next(each for each in self.targets if weee in each.weee)


class Definitions(_Data):
    """By falling strength."""

    identity_preserved: _Sentence
    segregated: _Sentence
    mass_balance: _Sentence
    broken: _Sentence


class Coverage(Scheme):
    definitions: Definitions


class Upcycle(Scheme):
    operations: _Operations


class _Factor(_Data):
    category: Category
    grams_co2e_per_piece: _GramsPerPiece
    source: _Sentence


class Climate(Scheme):
    grams_co2e_per_piece: _GramsPerPiece
    """Of every category without a factor of its own."""
    basis_published: bool
    by_category: tuple[_Factor, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        named = [each.category for each in self.by_category]
        if len(set(named)) != len(named):
            raise ValueError("by_category names a category twice; keep one factor")
        return self

    def factor_of(self, category: Category) -> int:
        """Grams CO2e per piece."""
        own = (each.grams_co2e_per_piece for each in self.by_category if each.category is category)
        return next(own, self.grams_co2e_per_piece)


class Schemes(_Data):
    """One version of every scheme; the field names are the file names, `_` for `-`."""

    custody: Custody
    landfill: Landfill
    ul2799: Ul2799
    true: TrueZeroWaste
    weee_eu: Weee
    weee_fr: Weee
    coverage: Coverage
    upcycle: Upcycle
    climate: Climate

    def named(self) -> dict[str, Scheme]:
        """Every scheme by the stem of its file, `landfill.1`."""
        named = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {stem_of(name, scheme): scheme for name, scheme in named}


def stem_of(field: str, scheme: Scheme) -> str:
    """The stem of the file that holds this scheme: `weee-eu.1`."""
    return f"{field.replace('_', '-')}.{scheme.version}"
