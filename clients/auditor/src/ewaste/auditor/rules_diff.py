"""`rules diff OLD NEW`: which certificates would change if other rules were adopted, tried on a mirror."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import trusted_entries
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.certificates.certify import Certificate, Uncertified, certify
from ewaste.evidence.certificates.reissue import Difference, differences
from ewaste.evidence.custody.graph import node
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.rules.ruleset import Rules, RulesError, load_rules

__all__ = ["Change", "Effect", "RulesDiff", "diff_rules", "read_rules"]

_RELEASED = "released"
# What another set of rules changes in every certificate, and what no reader asks after here.
_ALWAYS = ("/rules", "/rules_digest")


class Effect(StrEnum):
    """What the new rules make of a batch."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    STILL_OPEN = "still_open"


@dataclass(frozen=True, slots=True)
class Change:
    """A batch that the two sets judge differently; the reasons are codes of open lines."""

    batch_id: str
    effect: Effect
    differences: tuple[Difference, ...] = ()
    old_reasons: tuple[str, ...] = ()
    new_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesDiff:
    """`files` are the rule files that differ: name to the old and the new digest, None where there is no such file."""

    head: Checkpoint
    files: dict[str, tuple[str | None, str | None]]
    batches: int
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "origin": self.head.origin,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "files": {name: {"old": old, "new": new} for name, (old, new) in self.files.items()},
            "batches": self.batches,
            "changes": [asdict(change) for change in self.changes],
        }


def diff_rules(folder: Path, old: str, new: str, watch: Watch = nobody) -> RulesDiff:
    """Judge every batch of the ledger by both sets; each is a folder of rule files, or `released` for this release's.

    Raises `CannotRun`.
    """
    rules = read_rules(old), read_rules(new)
    mirror, identities = Mirror.open(folder), Identities()
    chains = Chains(mirror, identities)
    for entry in trusted_entries(mirror, mirror.size, watch):
        if entry.in_place:
            chains.see(entry)
            identities.is_new(entry)
    head, batches = mirror.checkpoint, chains.ids("batch")
    changes = tuple(_changes(chains, batches, head, rules, watch))
    return RulesDiff(head, _files(*rules), len(batches), changes)


def read_rules(name: str) -> Rules:
    """The rules in a folder of rule files, or `released`: this release's. Raises `CannotRun`."""
    try:
        return load_rules(None if name == _RELEASED else Path(name))
    except (RulesError, OSError) as error:
        raise CannotRun(f"rules {name}: {error}") from None


def _files(old: Rules, new: Rules) -> dict[str, tuple[str | None, str | None]]:
    before, after = old.digests(), new.digests()
    both = ((name, (before.get(name), after.get(name))) for name in sorted(before.keys() | after.keys()))
    return {name: pair for name, pair in both if pair[0] != pair[1]}


def _changes(
    chains: Chains, batches: list[str], head: Checkpoint, rules: tuple[Rules, Rules], watch: Watch
) -> Iterator[Change]:
    for done, batch_id in enumerate(batches, 1):
        evidence = chains.evidence_of(node("batch", batch_id))
        judged = [
            certify(evidence, batch_id, issuer=head.origin, ledger_size=head.size, ledger_root=head.root, rules=each)
            for each in rules
        ]
        if change := _change(batch_id, *judged):
            yield change
        watch("batches", done, len(batches))


def _change(batch_id: str, old: Certificate | Uncertified, new: Certificate | Uncertified) -> Change | None:
    if isinstance(old, Certificate) and isinstance(new, Certificate):
        found = differences(old.content, new.content)
        told = tuple(each for each in found if not each.path.startswith(_ALWAYS))
        return Change(batch_id, Effect.CHANGED, told) if told else None
    before, after = _reasons(old), _reasons(new)
    if not before or not after:
        effect = Effect.LOST if after else Effect.GAINED
        return Change(batch_id, effect, old_reasons=before, new_reasons=after)
    return Change(batch_id, Effect.STILL_OPEN, (), before, after) if before != after else None


def _reasons(judged: Certificate | Uncertified) -> tuple[str, ...]:
    if isinstance(judged, Certificate):
        return ()
    return tuple(dict.fromkeys(line.code.value for line in judged.reasons))
