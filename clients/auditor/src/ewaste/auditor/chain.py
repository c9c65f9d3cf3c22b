"""The chain of one node from a fetched ledger, without a network."""

from pathlib import Path

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import entries
from ewaste.auditor.findings import Findings
from ewaste.auditor.identities import Identities
from ewaste.auditor.ledgerfile import CannotRun, Head, LedgerFile
from ewaste.auditor.tree import Tree
from ewaste.auditor.verify import Watch
from ewaste.evidence.custody.fold import fold
from ewaste.evidence.custody.trace import Trace, UnknownNode, trace

__all__ = ["trace_in"]

_TELL_EVERY = 1_000


def trace_in(path: Path, node: str, until: int | None = None, watch: Watch = lambda *_: None) -> tuple[Trace, Head]:
    """The chain as of the first `until` records, and the size and root it rests on; raises `CannotRun`."""
    with LedgerFile(path) as file:
        identities, tree = Identities(), Tree()
        chains = Chains(file, identities)
        for at, entry in entries(file, tree, Findings()):
            if entry is not None and entry.in_place and (until is None or entry.position < until):
                chains.see(entry)
                identities.is_new(entry)
            if tree.size % _TELL_EVERY == 0:
                watch("records", at, file.bytes)
        watch("records", file.bytes, file.bytes)
        if until is not None and until > tree.size:
            raise CannotRun(f"{path} has {tree.size} records; give --until of at most that")
        size = tree.size if until is None else until
        root = tree.root_at(size, file)
        assert root is not None
        return _trace(chains, node), Head(file.head.origin, size, root)


def _trace(chains: Chains, node: str) -> Trace:
    try:
        return trace(fold(chains.evidence_of(node)), node)
    except (UnknownNode, ValueError) as error:
        raise CannotRun(str(error)) from None
