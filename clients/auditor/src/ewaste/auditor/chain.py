"""The chain of one node from a mirror, without a network."""

from pathlib import Path

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import head_at, trusted_entries
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace
from ewaste.evidence.notes.checkpoints import Checkpoint

__all__ = ["trace_in"]


def trace_in(folder: Path, node: str, until: Until | None = None, watch: Watch = nobody) -> tuple[Trace, Checkpoint]:
    """The chain as it was, and the size and root it rests on; raises `CannotRun`."""
    mirror = Mirror.open(folder)
    size = size_at(mirror, until)
    identities = Identities()
    chains = Chains(mirror, identities)
    for entry in trusted_entries(mirror, size, watch):
        if entry.in_place:
            chains.see(entry)
            identities.is_new(entry)
    return _trace(chains, node), head_at(mirror, size)


def _trace(chains: Chains, node: str) -> Trace:
    try:
        return trace(fold(chains.evidence_of(node)), node)
    except (UnknownNode, ValueError) as error:
        raise CannotRun(str(error)) from None
