"""The chain of one node from a mirror, without a network."""

from pathlib import Path
from typing import Final

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import head_at
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.following import follow
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.graph import node as name
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace
from ewaste.evidence.notes.checkpoints import Checkpoint

__all__ = ["trace_in"]

_KINDS: Final = ("item", "bag", "load", "batch", "certificate")


def trace_in(folder: Path, node: str, until: Until | None = None, watch: Watch = nobody) -> tuple[Trace, Checkpoint]:
    """The chain of ``kind/id``, or of an id that is plain enough, and the size and root it rests on.

    Raises `CannotRun`.
    """
    mirror = Mirror.open(folder)
    size = size_at(mirror, until)
    chains = follow(mirror, size, watch)
    return _trace(chains, node if "/" in node else _named(chains, node)), head_at(mirror, size)


def _named(chains: Chains, id: str) -> str:
    """The node with this id, where one kind alone has it."""
    found = [name(kind, id) for kind in _KINDS if chains.knows(name(kind, id))]
    if len(found) != 1:
        said = f"{' and '.join(found)} are called so" if found else "no record names it"
        raise CannotRun(f"{id}: {said}; write KIND/ID with one of {', '.join(_KINDS)}")
    return found[0]


def _trace(chains: Chains, node: str) -> Trace:
    try:
        return trace(fold(chains.evidence_of(node)), node)
    except (UnknownNode, ValueError) as error:
        raise CannotRun(str(error)) from None
