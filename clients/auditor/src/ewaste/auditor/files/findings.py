"""What the audit of files found, as findings that name file, leaves and, where one is at fault, the record."""

from typing import Final

from ewaste.auditor.entries import place_of
from ewaste.auditor.files.audit import audit_files
from ewaste.auditor.files.diagnosis import FileFault, Kind
from ewaste.auditor.findings import Code, Findings
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.roots import Roots
from ewaste.auditor.watch import Watch
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH

__all__ = ["audit_mirror"]

_CODES: Final = {
    Kind.MISSING: Code.FILE_MISSING,
    Kind.CHANGED: Code.FILE_DIFFERS,
    Kind.TAKEN_OUT: Code.ENTRY_TAKEN_OUT,
    Kind.PUT_IN: Code.ENTRY_PUT_IN,
    Kind.SWAPPED: Code.ENTRIES_SWAPPED,
}


def audit_mirror(mirror: Mirror, findings: Findings, roots: Roots, watch: Watch) -> bytes | None:
    """Tell every file that is not what the checkpoint says; gives the root that all entries make, if it can be."""
    found = audit_files(mirror.folder, mirror.checkpoint, watch)
    for fault in found.faults:
        if fault.path == CHECKPOINT_PATH:
            roots.rehashed = found.made
        else:
            _tell(mirror, fault, findings)
    return found.made


def _tell(mirror: Mirror, fault: FileFault, findings: Findings) -> None:
    one = fault.first == fault.last
    code = Code.ENTRY_CHANGED if fault.kind is Kind.CHANGED and one else _CODES[fault.kind]
    leaves = f"entry {fault.first}" if one else f"entries {fault.first} to {fault.last}"
    where = fault.path if fault.what.startswith(("entry ", "entries ", "an entry ")) else f"{fault.path}, {leaves}"
    place = place_of(mirror, fault.first) if one and fault.kind is Kind.CHANGED else None
    findings.add(code, f"{where}: {fault.what}", place, file=fault.path, leaves=(fault.first, fault.last))
