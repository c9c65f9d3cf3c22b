"""Every root that anybody named, compared with what the mirror's tiles give at that size."""

from collections.abc import Iterable, Sequence

from ewaste.auditor.findings import Code, Findings
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.kept import forks, kept_checkpoints
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["Roots"]


class Roots:
    """Roots of a mirror, and which known ones hold: together they say between which records something was changed."""

    def __init__(self, mirror: Mirror, findings: Findings) -> None:
        self._mirror = mirror
        self._findings = findings
        self._known: list[tuple[int, bool]] = []
        self.rehashed: bytes | None = None
        """The root that all files agree on, where it is not the checkpoint's: no file can be told from the rest."""

    @property
    def compared(self) -> int:
        """How many were compared, the checkpoint's own included."""
        return len(self._known) + 1

    def at(self, size: int) -> bytes | None:
        """The root over the first `size` records; None where there are fewer, or where tiles are missing."""
        if not 0 <= size <= self._mirror.size:
            return None
        try:
            return self._mirror.tree.root(size)
        except (TileMissing, TileBroken):
            return None

    def compare_seen(self, roots: Sequence[tuple[int | None, bytes]]) -> None:
        """With those that the auditor noted, those that earlier checkpoints had, and every fork that was seen."""
        for size, seen in roots:
            self._compare(self._mirror.size if size is None else size, seen, "you gave")
        for each in kept_checkpoints(self._mirror.folder):
            if each.checkpoint.origin == self._mirror.origin:
                self._compare(each.checkpoint.size, each.checkpoint.root, f"{each.path.name} has")
        for fork in forks(self._mirror.folder):
            self._findings.add(Code.FORK_SEEN, fork.why, file=str(fork.path.relative_to(self._mirror.folder)))

    def add_recorded(self, compared: Iterable[tuple[int, bool]]) -> None:
        """Roots that records name; they have their own findings."""
        self._known += compared

    def tell_rehashed(self) -> None:
        """That only the checkpoint tells, when all roots are compared that say between which records it was."""
        if self.rehashed is None:
            return
        checkpoint, made = self._mirror.checkpoint, self.rehashed.hex()
        said = f"the checkpoint's root is {checkpoint.root.hex()}, the {checkpoint.size} entries make {made}"
        first, last = self._changed_within()
        where = f"as far as known roots tell, the first change is among the records {first} to {last}"
        self._findings.add(Code.ROOT_DIFFERS, f"{said}; {where}", leaves=(first, last))

    def _compare(self, size: int, seen: bytes, who: str) -> None:
        found = self.at(size)
        if (size, seen) == (self._mirror.size, self._mirror.checkpoint.root):
            return
        self._known.append((size, found == seen))
        if found != seen:
            shown = found.hex() if found else f"nothing, it has only {self._mirror.size} records"
            said = f"{who} root {seen.hex()} at size {size}; the mirror now gives {shown}"
            self._findings.add(Code.SEEN_ROOT_DIFFERS, said)

    def _changed_within(self) -> tuple[int, int]:
        """The first and the last index between the last root that holds and the first that does not."""
        end = min((size for size, holds in self._known if not holds), default=self._mirror.size)
        start = max((size for size, holds in self._known if holds and size < end), default=0)
        return start, min(end, self._mirror.size) - 1
