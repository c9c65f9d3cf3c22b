"""`ewaste-partner keygen|template|check|sign|publish|receipts|selftest`.

Exit codes: 0 done, 1 the file has errors or a receipt is not there, 2 it could not be done.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.notes.policy import PolicyError
from ewaste.partner.claims import Claim
from ewaste.partner.columns import KINDS
from ewaste.partner.findings import InputRefused
from ewaste.partner.journal import JournalUnusable, default_journal, sent_to
from ewaste.partner.kafka import Connection, NotReachable
from ewaste.partner.keyfile import KeyFile, KeyFileUnusable, create_key_file, read_key_file
from ewaste.partner.logclient import LogClient, LogNotReachable
from ewaste.partner.output import only_our_words, progress_bar, say, show, show_findings, show_receipts
from ewaste.partner.publishing import publish as publish_signed
from ewaste.partner.reading import read_claims, read_text
from ewaste.partner.receipts import State, collect, default_folder, read_policy
from ewaste.partner.selftest import run_selftest
from ewaste.partner.signing import SignedClaim, read_signed, sign, signed_lines
from ewaste.partner.templates import FORMATS, template

__all__ = ["main"]

_PASSWORD: Final = "EWASTE_PARTNER_KAFKA_PASSWORD"

main = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

File = Annotated[Path, typer.Argument(help="confirmations as .csv, .tsv or JSON Lines", show_default=False)]
PartnerName = Annotated[
    str | None, typer.Option("--partner", metavar="ID", help="your partner id", envvar="EWASTE_PARTNER")
]
KeyPath = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="your private key, made by keygen")]
Json = Annotated[bool, typer.Option("--json", help="print the result as JSON on stdout")]
Offset = Annotated[str | None, typer.Option("--utc-offset", metavar="+HH:MM", help="for times written without one")]


@main.command()
def keygen(
    partner: Annotated[str, typer.Option("--partner", metavar="ID", help="your partner id", envvar="EWASTE_PARTNER")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="a new file for the private key")],
    replaces: Annotated[
        Path | None, typer.Option("--replaces", metavar="FILE", help="your old private key, which vouches for the new")
    ] = None,
) -> None:
    """Make a key. The private key goes to FILE, what to register to stdout."""
    with _exit_codes("", False):
        _check_partner(partner)
        old = read_key_file(replaces, partner) if replaces else None
        registration = create_key_file(out, partner, old)
        show(registration)
        say(f"private key in {out}: keep it secret. Register the line above with the municipality.")
        if old is not None:
            say(f"Once it is registered, key {old.key.kid} is revoked: sign with {out} from then on.")


@main.command("template")
def write_template(
    records: Annotated[
        list[str] | None, typer.Argument(metavar="[RECORD]...", help="kinds of record; none: all of them")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl", help="how the file is written")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="a new file; default: stdout")] = None,
) -> None:
    """Write an example file with a comment on every column, which `check` takes as it is."""
    if unknown := [record for record in records or () if record not in KINDS]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(KINDS)}", param_hint="RECORD")
    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(FORMATS)}", param_hint="--format")
    with _exit_codes("", False):
        text = template(records or list(KINDS), form)
        if out is None:
            sys.stdout.write(text)
        else:
            with out.open("x", encoding="utf-8") as file:
                file.write(text)
            say(
                f"{out}: {len(records or KINDS)} kinds of record; fill in your own and run `ewaste-partner check {out}`"
            )


@main.command("selftest")
def check_itself(as_json: Json = False) -> None:
    """Check, sign and verify every golden example on this machine; nothing is sent."""
    outcomes = run_selftest()
    failed = [one for one in outcomes if one.failure is not None]
    if as_json:
        told = [{"type": one.type, "example": one.example, "failure": one.failure} for one in outcomes]
        show({"ok": not failed, "examples": told})
    else:
        for one in outcomes:
            say(
                f"{'FAILED' if one.failure else 'ok'} {one.type} {one.example}"
                + (f": {one.failure}" if one.failure else "")
            )
        say(f"{len(outcomes)} examples, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@main.command()
def check(
    file: File,
    partner: PartnerName = None,
    utc_offset: Offset = None,
    as_json: Json = False,
) -> None:
    """Validate a file; nothing is signed or sent."""
    with _exit_codes(str(file), as_json):
        claims = _read(file, read_text(file), partner or "not-named", utc_offset)
        if as_json:
            show({"file": str(file), "ok": True, "confirmations": len(claims)})
        else:
            say(f"{file}: {len(claims)} confirmations, nothing to correct")


@main.command("sign")
def sign_file(
    file: File,
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="your private key, made by keygen")],
    partner: PartnerName = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="default: stdout")] = None,
    utc_offset: Offset = None,
) -> None:
    """Sign a file without a network; `publish` sends the result from another machine."""
    with _exit_codes(str(file), False):
        owner = _key_of(key, partner)
        claims = _read(file, read_text(file), owner.partner_id, utc_offset)
        lines = signed_lines(sign(claims, owner.key))
        if out is None:
            sys.stdout.writelines(lines)
        else:
            out.write_text("".join(lines), "utf-8")
        say(f"{len(claims)} confirmations signed with key {owner.key.kid}")


@main.command("publish")
def publish_file(
    file: Annotated[Path, typer.Argument(help="confirmations as .csv, .tsv or JSON Lines, or what `sign` wrote")],
    kafka: Annotated[str, typer.Option("--kafka", metavar="HOST:PORT", help="brokers, with commas between")],
    partner: PartnerName = None,
    key: KeyPath = None,
    username: Annotated[str | None, typer.Option("--kafka-user", help=f"password: {_PASSWORD}")] = None,
    ca_file: Annotated[Path | None, typer.Option("--kafka-ca", metavar="FILE", help="the broker's CA, PEM")] = None,
    journal: Annotated[Path | None, typer.Option("--journal", metavar="FILE", help="default: beside the file")] = None,
    utc_offset: Offset = None,
    as_json: Json = False,
) -> None:
    """Validate the whole file, then send each confirmation once. After an interruption run it again."""
    only_our_words()
    with _exit_codes(str(file), as_json):
        connection = Connection(kafka, username, os.environ.get(_PASSWORD), ca_file)
        signed = _signed(file, key, partner, utc_offset)
        journal_path = journal or default_journal(file, signed[0].topic)
        with progress_bar(as_json) as bar:
            task = bar.add_task("publishing", total=len(signed))
            outcome = asyncio.run(publish_signed(signed, journal_path, connection, partial(bar.advance, task)))
        told = {"topic": outcome.topic, "published": outcome.published, "published_before": outcome.published_before}
        if as_json:
            show({"file": str(file), "ok": True, **told, "journal": str(journal_path)})
        else:
            say(f"{outcome.topic}: {outcome.published} published, {outcome.published_before} were there before")


@main.command("receipts")
def fetch_receipts(
    file: Annotated[Path, typer.Argument(help="the file that was published")],
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="the traceability service, as https://trace.example")
    ],
    policy: Annotated[
        Path, typer.Option("--policy", metavar="FILE", help="whom you trust: the keys of the log and its witnesses")
    ],
    partner: PartnerName = None,
    key: KeyPath = None,
    journal: Annotated[Path | None, typer.Option("--journal", metavar="FILE", help="default: beside the file")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="ID", help="if a journal knows several")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="default: beside the journal")] = None,
    utc_offset: Offset = None,
    as_json: Json = False,
) -> None:
    """Fetch a receipt for each confirmation and check it against your own bytes. Run it again for those pending."""
    with _exit_codes(str(file), as_json):
        trusted = read_policy(policy)
        signed = _signed(file, key, partner, utc_offset)
        journal_path = journal or default_journal(file, signed[0].topic)
        sent = sent_to(journal_path, signed[0].topic, cluster)
        folder = out or default_folder(journal_path)
        with progress_bar(as_json) as bar:
            task, now_ms = bar.add_task("receipts", total=len(signed)), time.time_ns() // 1_000_000
            outcomes = collect(signed, sent, folder, trusted, LogClient(url), now_ms, partial(bar.advance, task))
        show_receipts(file, folder, outcomes, as_json)
    if any(one.state is not State.HELD for one in outcomes):
        raise typer.Exit(1)


def _signed(file: Path, key: Path | None, partner: str | None, utc_offset: str | None) -> list[SignedClaim]:
    text = read_text(file)
    signed = read_signed(text)
    if signed is not None:
        _check_topic(signed, partner)
        return signed
    if key is None:
        raise typer.BadParameter("give the key that signs, or a file that `sign` wrote", param_hint="--key")
    owner = _key_of(key, partner)
    return list(sign(_read(file, text, owner.partner_id, utc_offset), owner.key))


def _check_topic(signed: Sequence[SignedClaim], partner: str | None) -> None:
    if partner is not None and signed[0].topic != partner_topic(partner):
        raise typer.BadParameter(f"the file was signed for topic {signed[0].topic}", param_hint="--partner")


def _key_of(path: Path, partner: str | None) -> KeyFile:
    found = read_key_file(path, partner)
    _check_partner(found.partner_id)
    return found


def _check_partner(partner: str) -> None:
    try:
        partner_topic(partner)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--partner") from None


def _read(file: Path, text: str, partner: str, utc_offset: str | None) -> list[Claim]:
    return read_claims(file, text, partner, datetime.now(UTC), clock=_clock(utc_offset))


def _clock(text: str | None) -> timezone | None:
    if text is None:
        return None
    try:
        found = datetime.strptime(text, "%z").utcoffset()
    except ValueError:
        found = None
    if found is None:
        raise typer.BadParameter(f"{text!r} is not an offset such as +07:00", param_hint="--utc-offset")
    return timezone(found or timedelta())


@contextmanager
def _exit_codes(name: str, as_json: bool) -> Iterator[Any]:
    try:
        yield
    except InputRefused as refused:
        show_findings(name, refused.findings, as_json)
        raise typer.Exit(1) from None
    except (KeyFileUnusable, JournalUnusable, NotReachable, LogNotReachable, PolicyError, OSError) as error:
        if as_json:
            show({"file": name, "ok": False, "error": str(error)})
        say(str(error))
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        say("interrupted; run again to go on, nothing is sent twice")
        raise typer.Exit(130) from None
