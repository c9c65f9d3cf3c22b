"""The policy file: the example of C2SP tlog-policy, every refusal, and quorums counted by key."""

from itertools import combinations

import pytest
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.merkle import EMPTY_ROOT
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteKey, NoteSigner
from ewaste.evidence.notes.note import NoteError, NoteSignature
from ewaste.evidence.notes.policy import PolicyError, QuorumMissed, Trusted, parse_policy

ORIGIN = "log.example/custody"


def signer(name: str, kind: KeyKind = KeyKind.COSIGNATURE) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


LOG = signer(ORIGIN, KeyKind.NOTE)
X = [signer(f"x{number}.example") for number in (1, 2, 3)]
Y = [signer(f"y{number}.example") for number in (1, 2, 3)]
KEYS = [f"{LOG.key}", *(f"{each.key}" for each in X), *(f"{each.key}" for each in Y)]
EXAMPLE = """
log {}

witness X1 {}
witness X2 {}
witness X3 {}
group X-witnesses 2 X1 X2 X3

witness Y1 {}
witness Y2 {}
witness Y3 {}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
""".format(*KEYS)


def checkpoint(*witnesses: NoteSigner, time: int = 5) -> bytes:
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), [LOG])
    return note.with_signatures(
        NoteSignature(each.key.name, each.key.key_id, each.sign(note.text, time)) for each in witnesses
    ).to_bytes()


@pytest.mark.parametrize("count", range(7))
def test_the_policy_of_the_specification(count: int) -> None:
    policy = parse_policy(EXAMPLE.encode())
    for some in combinations([*X, *Y], count):
        met = sum(each in X for each in some) >= 2 and any(each in Y for each in some)
        if met:
            assert {each.key for each in policy.open(checkpoint(*some)).cosigned} == {each.key for each in some}
        else:
            with pytest.raises(QuorumMissed, match="the policy asks for 2 of X-witnesses, Y-witnesses"):
                policy.open(checkpoint(*some))


def test_strangers_count_nothing_and_false_signatures_spoil_all() -> None:
    policy = parse_policy(f"log {LOG.key}\nwitness W {X[0].key}\nquorum W\n".encode())
    with pytest.raises(QuorumMissed, match=r"was cosigned by nobody; the policy asks for W"):
        policy.open(checkpoint(X[1], Y[0]))
    spoilt = checkpoint(X[0]).replace(b"\n0\n", b"\n1\n")
    with pytest.raises(NoteError):
        policy.open(spoilt)
    with pytest.raises(NoteError, match="no trusted key"):
        parse_policy(b"quorum none\n").open(checkpoint())


def test_spaces_comments_addresses_and_names() -> None:
    policy = parse_policy(
        f"# comment\n\t \n  # another\n\tlog\t{LOG.key}  https://log.example/ \nwitness né {X[0].key} https://w.example\n"
        f"quorum \t né".encode()
    )
    assert policy.logs == (Trusted(LOG.key, "https://log.example/"),)
    assert policy.witnesses == {"né": Trusted(X[0].key, "https://w.example")}
    assert parse_policy(b"quorum none").open is not None
    octets = b"witness \xff\xfe " + str(X[0].key).encode() + b"\nquorum \xff\xfe\n"
    assert len(parse_policy(octets).witnesses) == 1


def test_no_witness_asked_for() -> None:
    policy = parse_policy(f"log {LOG.key}\nquorum none\n".encode())
    assert policy.open(checkpoint()).cosigned == ()


def renamed(key: NoteKey) -> NoteKey:
    return NoteKey("another.example", key.kind, key.public)


W = f"witness W {X[0].key}\n"


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("", "no quorum line"),
        (W, "no quorum line"),
        ("quorum W", "defines 'W'"),
        ("quorum none\nquorum none", "already"),
        (W + W + "quorum W", "taken"),
        (f"{W}witness V {X[0].key}\nquorum W", "there already"),
        (f"{W}witness V {renamed(X[0].key)}\nquorum W", "there already"),
        (f"log {LOG.key}\n" * 2 + "quorum none", "already"),
        (f"log {X[0].key}\nquorum none", "has the type 0x04 where 0x01"),
        (f"witness W {LOG.key}\nquorum W", "type 0x01"),
        (f"witness none {X[0].key}\nquorum none", "taken"),
        (f"{W}group W any W\nquorum W", "taken"),
        (f"{W}group G any V\nquorum G", "defines 'V'"),
        (f"{W}group G any G\nquorum G", "defines 'G'"),
        (f"{W}group G any none\nquorum G", "defines 'none'"),
        (f"{W}group G any\nquorum W", "is no log, witness"),
        (f"{W}group G any W W\nquorum G", "counts once"),
        (f"{W}group G any W\ngroup H any W\nquorum G", "counts once"),
        (f"{W}group G 0 W\nquorum G", "none of all, any and 1 to 1"),
        (f"{W}group G 2 W\nquorum G", "1 to 1"),
        (f"{W}group G ١ W\nquorum G", "1 to 1"),
        (f"{W}group G ALL W\nquorum G", "1 to 1"),
        ("quorum", "is no log"),
        ("quorum none more", "is no log"),
        ("Quorum none", "is no log"),
        (f"log {LOG.key} a b\nquorum none", "is no log"),
        ("log x\nquorum none", "is no key"),
        (f"{W}quorum W\r", "control characters"),
        ("quorum none\x7f", "control characters"),
    ],
    # The policies hold fresh keys, and two workers must call a case the same.
    ids=map(str, range(29)),
)
def test_any_other_policy_is_refused_with_its_line(policy: str, why: str) -> None:
    with pytest.raises(PolicyError, match=why) as refused:
        parse_policy(policy.encode())
    if "no quorum line" not in str(refused.value):
        assert "policy, line " in str(refused.value)
