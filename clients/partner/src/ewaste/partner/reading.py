"""A whole input file, validated before anything of it is used."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path

from ewaste.partner.checks import check_together
from ewaste.partner.claims import Claim
from ewaste.partner.findings import Finding, InputRefused
from ewaste.partner.jsonl import read_jsonl
from ewaste.partner.raw import RawClaim, validate
from ewaste.partner.table import read_table

__all__ = ["read_claims", "read_text"]


def read_text(path: Path) -> str:
    """The file as text; raises `InputRefused` where it is not UTF-8, OSError where it can't be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = "not UTF-8; in Excel save it as 'CSV UTF-8 (comma delimited)'"
        raise InputRefused([Finding(line, message)]) from None


def read_claims(path: Path, text: str, partner_id: str, now: datetime, *, clock: tzinfo | None = None) -> list[Claim]:
    """Every confirmation in the file, in its order; raises `InputRefused` with everything that is wrong.

    A name that ends in `.csv` or `.tsv` is a table, everything else JSON Lines. Times without an offset are on `clock`.
    """
    raws: dict[int, RawClaim] = {}
    claims: list[Claim] = []
    findings: list[Finding] = []
    for found in _parse(path, text):
        checked = [found] if isinstance(found, Finding) else validate(found, partner_id, now, clock)
        if isinstance(checked, Claim):
            raws[checked.line] = found  # type: ignore[assignment]
            claims.append(checked)
        else:
            findings += checked
    findings += (raws[one.line].finding(one.field, one.message) if one.field else one for one in check_together(claims))
    if not claims and not findings:
        findings.append(Finding(1, "the file holds no confirmation"))
    if findings:
        raise InputRefused(sorted(findings, key=lambda one: one.line))
    return claims


def _parse(path: Path, text: str) -> Iterator[RawClaim | Finding]:
    if path.suffix.lower() in {".csv", ".tsv"}:
        return read_table(text)
    return read_jsonl(text.split("\n"))
