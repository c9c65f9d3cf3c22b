"""One pass over a mirror that remembers which records touch what, for commands that then look at some of them."""

from collections.abc import Callable

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import Entry, trusted_entries
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.watch import Watch, nobody

__all__ = ["follow"]


def follow(
    mirror: Mirror, size: int, watch: Watch = nobody, see: Callable[[Entry, bool], None] = lambda *_: None
) -> Chains:
    """The chains of the first `size` records, each held to the checkpoint's root. Raises `CannotRun`.

    `see` is given every record, and whether it is an event in its place that was not seen before.
    """
    identities = Identities()
    chains = Chains(mirror, identities)
    for entry in trusted_entries(mirror, size, watch):
        if entry.in_place:
            chains.see(entry)
        see(entry, entry.in_place and identities.is_new(entry))
    return chains
