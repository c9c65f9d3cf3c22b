"""The certificate in full, behind the page for the wall: every fact, scheme, fraction and digest of its content.

What this version does not know is shown under its own name, so that a newer certificate never loses a fact on paper.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ewaste.evidence.custody.texts import WORDS
from ewaste.traceability.certificates.assessments import assessment_sections
from ewaste.traceability.certificates.words import COLUMNS, PAPER, pair
from ewaste.traceability.texts import MATERIALS, OPERATION_NAMES
from ewaste.web.language import Words
from ewaste.web.numbers import say_share

__all__ = ["Row", "facts", "row", "sections"]

_TOLD: Final = frozenset(
    ("format", "issuer", "batch_id", "partner", "period", "inputs", "items", "grams", "outcome", "chain_of_custody",
     "evidence", "ledger", "rules", "rules_digest", "assessments", "input_by_category", "reuse")
)  # fmt: skip
_MODELS: Final = ("identity_preserved", "segregated", "mass_balance", "broken")
Row = dict[str, Any]


def row(name: Words, thai: str, english: str | None = None) -> Row:
    """A fact; without English the Thai side holds for both."""
    return {"name": pair(name), "value": {"th": thai, "en": "" if english in (None, thai) else english}}


def facts(content: Mapping[str, Any]) -> list[Row]:
    """What the batch is about, in grams and pieces, and every plain fact that has no words of its own."""
    grams = [row(PAPER.get(f"grams_{name}", Words(name, "")), f"{each:,} g") for name, each in content["grams"].items()]
    unknown = [
        row(PAPER.get(name, Words(name, "")), _plain(value))
        for name, value in content.items()
        if name not in _TOLD and value and not _is_table(value)
    ]
    batch = row(PAPER["batch"], content["batch_id"])
    return [batch, *_recyclers_schemes(content["partner"]), *grams, *_by_category(content), *_reuse(content), *unknown]


def sections(content: Mapping[str, Any], digest: str) -> list[Row]:
    """Rows or a table each, in the order of reading."""
    outcome = [_amounts(name, amounts) for name, amounts in content["outcome"].items()]
    tables = [
        _table(PAPER.get(name, Words(name, "")), value)
        for name, value in content.items()
        if name not in _TOLD and _is_table(value)
    ]
    schemes = assessment_sections(content.get("assessments", {}))
    if schemes:
        schemes[0]["lead"] = pair(PAPER["schemes_lead"])
    return [*outcome, *tables, _custody(content), *schemes, _evidence(content, digest), *_rules(content)]


def _recyclers_schemes(partner: Mapping[str, Any]) -> list[Row]:
    said = []
    for each in partner.get("schemes") or ():
        named = " ".join(filter(None, (each.get("name"), each.get("certificate_number"))))
        said.append(f"{named} ({each.get('valid_from')} – {each.get('valid_until')})")
    return [row(PAPER["partner_schemes"], ", ".join(said))] if said else []


def _by_category(content: Mapping[str, Any]) -> list[Row]:
    rows = [_categories(PAPER["pieces_by_category"], content["items"]["by_category"], "")]
    if weighed := content.get("input_by_category"):
        rows.append(_categories(PAPER["input_by_category"], weighed, " g"))
    return rows


def _reuse(content: Mapping[str, Any]) -> list[Row]:
    said = content.get("reuse") or {}
    return [row(PAPER["reuse_pieces"], f"{said['pieces']:,}")] if said.get("pieces") else []


def _categories(name: Words, amounts: Mapping[str, int], unit: str) -> Row:
    ranked = sorted(amounts.items(), key=lambda each: (-each[1], each[0]))
    thai, english = (
        ", ".join(f"{WORDS['category'].get(key, (key, key))[side]} {amount:,}{unit}" for key, amount in ranked)
        for side in (1, 0)
    )
    return row(name, thai or "–", english)


def _amounts(name: str, amounts: Mapping[str, int]) -> Row:
    ranked = sorted(amounts.items(), key=lambda each: (-each[1], each[0]))
    return {
        "title": pair(PAPER.get(name, Words(name, ""))),
        "rows": [row(_named(key), f"{amount:,} g") for key, amount in ranked],
    }


def _named(key: str) -> Words:
    """An operation or a material by its name, else as it is written."""
    if key in OPERATION_NAMES:
        return Words(f"{key} {OPERATION_NAMES[key].th}", OPERATION_NAMES[key].en)
    return MATERIALS.get(key, Words(key, ""))


def _is_table(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _table(title: Words, lines: Sequence[Mapping[str, Any]]) -> Row:
    """A column for every field that any line fills."""
    names = list(
        dict.fromkeys(key for line in lines for key, value in line.items() if value not in (None, False, [], ""))
    )
    head = [pair(COLUMNS.get(name, Words(name, ""))) for name in names]
    return {"title": pair(title), "head": head, "cells": [_plain(line.get(name)) for line in lines for name in names]}


def _plain(value: object) -> str:
    if value is None or value is False:
        return "–"
    if value is True:
        return "✓"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)


def _custody(content: Mapping[str, Any]) -> Row:
    rows = []
    for name, value in sorted(content["chain_of_custody"].items(), key=_strongest_first):
        stem = name.removesuffix("_basis_points").removesuffix("_grams")
        shown = say_share(value) if name.endswith("_basis_points") else _plain(value)
        rows.append(row(PAPER.get(f"coverage_{stem}", Words(stem, "")), shown))
    return {"title": pair(PAPER["coverage"]), "lead": pair(PAPER["coverage_lead"]), "rows": rows}


def _strongest_first(model: tuple[str, object]) -> int:
    return next((place for place, stem in enumerate(_MODELS) if model[0].startswith(stem)), len(_MODELS))


def _evidence(content: Mapping[str, Any], digest: str) -> Row:
    ledger = content["ledger"]
    rows = [
        row(PAPER["facts_count"], f"{len(content['evidence']):,}"),
        row(PAPER["ledger_size"], f"{ledger['size']:,}"),
        _code(PAPER["ledger_root"], ledger["root"]),
        _code(PAPER["digest"], digest),
        _code(PAPER["rules_digest"], content["rules_digest"]),
        _code(PAPER["issuer"], content["issuer"]),
    ]
    return {"title": pair(PAPER["evidence"]), "rows": rows}


def _rules(content: Mapping[str, Any]) -> list[Row]:
    named = content.get("rules")
    if not isinstance(named, Mapping):
        return []
    rows = [_code(Words(name, ""), str(digest)) for name, digest in named.items()]
    return [{"title": pair(PAPER["rules"]), "rows": rows}]


def _code(name: Words, value: str) -> Row:
    return {"name": pair(name), "code": value}
