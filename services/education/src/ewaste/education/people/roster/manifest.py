"""`manifest.csv`: which files there are, and whether each is all there is or only what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ewaste.education.people.roster.binding import FILES, MANIFEST, TABLES, VERSIONS, Mode
from ewaste.education.people.roster.problems import Faults
from ewaste.education.people.roster.reading import read_rows
from ewaste.education.people.roster.sources import Source

__all__ = ["Manifest", "read_manifest", "write_manifest"]

_HEADER: Final = ["propertyName", "value"]
_SOURCE: Final = ("source.systemName", "source.systemCode")
_MODES: Final = frozenset(Mode)


@dataclass(frozen=True, slots=True)
class Manifest:
    modes: Mapping[str, Mode]
    """Of each of the seven files."""
    system_name: str | None = None
    system_code: str | None = None

    @property
    def sent(self) -> tuple[str, ...]:
        """The files that are there, those that others refer to first."""
        return tuple(name for name in TABLES if self.modes[name] is not Mode.ABSENT)


def read_manifest(source: Source, faults: Faults) -> Manifest:
    """What the manifest says, as far as it can be read; what is wrong with it goes to `faults`. Raises `Refused`."""
    names = source.names()
    if MANIFEST not in names:
        faults.add(
            MANIFEST, None, None, "manifest-missing", "add manifest.csv at the top; it says which files there are"
        )
        return Manifest(dict.fromkeys(TABLES, Mode.ABSENT))
    properties = _properties(source, faults)
    _check_version(properties, faults)
    modes = {name: _mode(name, properties, faults) for name in FILES}
    _check_presence(modes, names, faults)
    present = {name: modes[name] if f"{name}.csv" in names else Mode.ABSENT for name in TABLES}
    return Manifest(present, *(properties.get(name, (0, ""))[1] or None for name in _SOURCE))


def _properties(source: Source, faults: Faults) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    with source.open(MANIFEST) as stream:
        for number, cells in read_rows(MANIFEST, stream, faults):
            if number == 1 and cells != _HEADER:
                faults.add(MANIFEST, 1, None, "column-missing", "the header is propertyName,value")
            elif number > 1 and len(cells) != len(_HEADER):
                faults.add(MANIFEST, number, None, "row-shape", "write a property and its value")
            elif number > 1 and cells[0] in found:
                faults.add(MANIFEST, number, "propertyName", "property-repeated", "the property stands twice; keep one")
            elif number > 1:
                found[cells[0]] = number, cells[1]
    return found


def _check_version(properties: Mapping[str, tuple[int, str]], faults: Faults) -> None:
    number, version = properties.get("oneroster.version", (None, None))
    if version not in VERSIONS:
        detail = "oneroster.version must be 1.2 here; export the roster as OneRoster 1.2 CSV"
        faults.add(MANIFEST, number, "oneroster.version", "version-unsupported", detail)
    number, version = properties.get("manifest.version", (None, None))
    if version != "1.0":
        faults.add(MANIFEST, number, "manifest.version", "version-unsupported", "manifest.version must be 1.0")


def _mode(name: str, properties: Mapping[str, tuple[int, str]], faults: Faults) -> Mode:
    number, value = properties.get(f"file.{name}", (None, Mode.ABSENT))
    if value not in _MODES:
        faults.add(MANIFEST, number, f"file.{name}", "value-not-allowed", "write one of: bulk, delta, absent")
        return Mode.ABSENT
    mode = Mode(value)
    if mode is not Mode.ABSENT and name not in TABLES:
        detail = "this file is not taken here (too personal, or not needed); leave it out and write absent"
        faults.add(MANIFEST, number, f"file.{name}", "file-not-taken", detail)
    return mode


def _check_presence(modes: Mapping[str, Mode], names: frozenset[str], faults: Faults) -> None:
    for name, mode in modes.items():
        if mode is not Mode.ABSENT and f"{name}.csv" not in names:
            faults.add(
                f"{name}.csv", None, None, "file-missing", f"the manifest says {mode}; add the file or write absent"
            )
        if mode is Mode.ABSENT and f"{name}.csv" in names:
            faults.add(
                f"{name}.csv", None, None, "file-unannounced", "the manifest says absent; write bulk or delta there"
            )
    if names - {MANIFEST} - {f"{name}.csv" for name in FILES}:
        faults.add(
            MANIFEST, None, None, "file-unknown", "there are CSV files that OneRoster 1.2 has not; take them out"
        )


def write_manifest(sent: frozenset[str], system_name: str | None, system_code: str | None) -> list[list[str]]:
    """The rows of a manifest under which `sent` are bulk and everything else is absent."""
    files = [[f"file.{name}", Mode.BULK if name in sent else Mode.ABSENT] for name in FILES]
    said = [[name, value] for name, value in zip(_SOURCE, (system_name, system_code), strict=True) if value]
    return [_HEADER, ["manifest.version", "1.0"], ["oneroster.version", "1.2"], *files, *said]
