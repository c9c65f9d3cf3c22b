"""The C2SP tlog-policy file: which logs and witnesses are trusted, and how many must have seen a checkpoint.

log log.example/custody+1a2b3c4d+AQ...
witness ministry witness.example/ministry+5e6f7a8b+BA...  https://witness.example/
witness university ...
group seen 2 ministry university court
quorum seen
"""

from collections.abc import Iterable

import msgspec
from ewaste.evidence.keys import KeyUnusable
from ewaste.evidence.notes.checkpoints import OpenCheckpoint, open_checkpoint
from ewaste.evidence.notes.keys import Cosigned, KeyKind, NoteKey, parse_note_key

__all__ = ["Group", "Policy", "PolicyError", "QuorumMissed", "Trusted", "parse_policy"]

_NONE = "none"


class PolicyError(ValueError):
    """The policy file cannot be read: mend it; nothing was checked."""


class QuorumMissed(Exception):
    """Too few trusted witnesses have cosigned the checkpoint: two histories cannot be excluded."""


class Trusted(msgspec.Struct, frozen=True):
    """A key of the policy and the address given with it, if any."""

    key: NoteKey
    url: str | None


class Group(msgspec.Struct, frozen=True):
    """Witnesses or groups by name, and how many of them must have cosigned."""

    least: int
    members: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True):
    """What a reader trusts. ``quorum`` names a witness, a group or ``none``."""

    logs: tuple[Trusted, ...]
    witnesses: dict[str, Trusted]
    groups: dict[str, Group]
    quorum: str

    def open(self, note: bytes) -> OpenCheckpoint:
        """The checkpoint, signed by a trusted log and cosigned by the quorum.

        Raises QuorumMissed; NoteError and CheckpointError where the log did not sign or a signature is false.
        """
        witnesses = [witness.key for witness in self.witnesses.values()]
        found = open_checkpoint(note, [log.key for log in self.logs], witnesses)
        if not self.is_met(found.cosigned):
            names = ", ".join(each.key.name for each in found.cosigned) or "nobody"
            raise QuorumMissed(
                f"size {found.checkpoint.size} of {found.checkpoint.origin} was cosigned by {names}; "
                f"the policy asks for {self._wanted()}"
            )
        return found

    def is_met(self, cosigned: Iterable[Cosigned]) -> bool:
        """Whether these cosignatures, verified, make the quorum."""
        keys = {each.key for each in cosigned}
        return self.quorum == _NONE or self._saw(self.quorum, keys)

    def _saw(self, name: str, keys: set[NoteKey]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name].key in keys
        group = self.groups[name]
        return sum(self._saw(member, keys) for member in group.members) >= group.least

    def _wanted(self) -> str:
        group = self.groups.get(self.quorum)
        return f"{group.least} of {', '.join(group.members)}" if group else self.quorum


def parse_policy(content: bytes) -> Policy:
    """The policy of a file (tlog-policy, Policy file syntax and structure). Raises PolicyError, with the line."""
    reader = _Reader()
    # The file is octets: names are compared as such, whatever their encoding.
    text = content.decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.split("\n"), 1):
        try:
            reader.take(line)
        except (PolicyError, KeyUnusable) as error:
            raise PolicyError(f"policy, line {number}: {error}") from error
    if reader.quorum is None:
        raise PolicyError("the policy has no quorum line")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _Reader:
    def __init__(self) -> None:
        self.logs: list[Trusted] = []
        self.witnesses: dict[str, Trusted] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._grouped: set[str] = set()

    def take(self, line: str) -> None:
        if any(character == "\x7f" or (character < " " and character != "\t") for character in line):
            raise PolicyError("tab and newline are the only control characters allowed")
        # split() without an argument would also part at other Unicode spaces, which mean nothing here.
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words and not words[0].startswith("#"):
            self._take(words)

    def _take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) < 2:
                self.logs.append(self._trusted(key, url, KeyKind.NOTE, self.logs))
            case ["witness", name, key, *url] if len(url) < 2:
                self._require_new(name)
                self.witnesses[name] = self._trusted(key, url, KeyKind.COSIGNATURE, self.witnesses.values())
            case ["group", name, least, *members] if members:
                self._require_new(name)
                self.groups[name] = self._group(least, members)
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise PolicyError(f"{' '.join(words)[:80]!r} is no log, witness, group or quorum line")

    def _trusted(self, text: str, url: list[str], kind: KeyKind, others: Iterable[Trusted]) -> Trusted:
        key = parse_note_key(text)
        if key.kind is not kind:
            raise PolicyError(f"the key {key.name} has the type {key.kind:#04x} where {kind:#04x} belongs")
        if any(other.key.public == key.public for other in others):
            raise PolicyError(f"the key {key.name} is there already, maybe under another name")
        return Trusted(key, url[0] if url else None)

    def _group(self, least: str, members: list[str]) -> Group:
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise PolicyError(f"no line before this one defines {member!r}")
            if member in self._grouped:
                raise PolicyError(f"{member!r} is a member already; each counts once")
            self._grouped.add(member)
        count = {"any": "1", "all": str(len(members))}.get(least, least)
        if not (count.isascii() and count.isdecimal() and len(count) < 10 and 1 <= int(count) <= len(members)):
            raise PolicyError(f"{least!r} is none of all, any and 1 to {len(members)}")
        return Group(int(count), tuple(members))

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyError("there is a quorum line already")
        if name != _NONE and name not in self.witnesses and name not in self.groups:
            raise PolicyError(f"no line before this one defines {name!r}")
        self.quorum = name

    def _require_new(self, name: str) -> None:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise PolicyError(f"the name {name!r} is taken")
