"""What the certificate says on paper: its content put into words, amounts and shares, ready to be laid out.

Every figure comes from the certificate's content. What this version does not know is shown under its own name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ewaste.traceability.certificates.assessments import levels
from ewaste.traceability.certificates.paper_details import Row, facts, row, sections
from ewaste.traceability.certificates.words import PAPER, Pair, pair
from ewaste.traceability.texts import MATERIALS, OPERATION_NAMES
from ewaste.web.dates import BANGKOK, english_date, english_datetime, thai_date, thai_datetime
from ewaste.web.language import Words
from ewaste.web.numbers import say_share, share_of

__all__ = ["told"]

_MOST_ROWS: Final = 6


def told(
    content: Mapping[str, Any], *, certificate_id: str, digest: str, issued_at: datetime, verify_url: str
) -> dict[str, Any]:
    """The values that `certificate.typ` names: JSON values only. `issued_at` is the time of the issuing event."""
    grams, local = content["grams"], issued_at.astimezone(BANGKOK)
    operations, materials = _operations(content), _materials(content)
    return {
        "certificate_id": certificate_id,
        "digest": digest,
        "issuer": content["issuer"],
        "city": content["issuer"].split(":")[2] if content["issuer"].count(":") > 2 else content["issuer"],
        "date": {"year": local.year, "month": local.month, "day": local.day},
        "sample": bool(content["partner"].get("sample")),
        "zero_landfill": grams["landfill"] == 0,
        "title_th": PAPER["title"].th,
        "title_en": PAPER["title"].en,
        "statement": _statement(content, grams),
        "figures": _figures(content, grams),
        "whole": grams["input"],
        "operations": operations,
        "outcome_alt": ", ".join(f"{each['name']['th']} {each['share']}" for each in operations),
        "materials": materials,
        "largest": max((each["grams"] for each in materials), default=1),
        "issued": {"th": thai_date(issued_at), "en": english_date(issued_at)},
        "wall": _who(content),
        "facts": [*_who(content), _issued(issued_at), *facts(content)],
        "sections": sections(content, digest),
        "bags": [{"bag": each["bag_id"], "grams": f"{each['grams']:,}"} for each in content["inputs"]],
        "how": [pair(PAPER[f"how_{number}"]) for number in range(1, 5)],
        "words": {name: pair(words) for name, words in PAPER.items()},
        "verify_url": verify_url,
    }


def _kilograms(grams: int) -> str:
    whole, rest = divmod(grams, 1_000)
    return f"{whole:,}" + (f".{rest:03d}".rstrip("0") if rest else "")


def _statement(content: Mapping[str, Any], grams: Mapping[str, int]) -> Pair:
    partner = content["partner"]
    names = {"recycler_th": partner["name_th"], "recycler_en": partner.get("name_en") or partner["name_th"]}
    key = "statement_zero" if grams["landfill"] == 0 else "statement"
    amounts = {"kilograms": _kilograms(grams["own"]), "landfill": _kilograms(grams["landfill"])}
    return {
        "th": PAPER[key].th.format(recycler=names["recycler_th"], **amounts),
        "en": PAPER[key].en.format(recycler=names["recycler_en"], **amounts),
    }


def _figures(content: Mapping[str, Any], grams: Mapping[str, int]) -> list[Row]:
    recovered = sum(content["outcome"]["by_operation"].values())
    figures = [
        ("figure_input", _kilograms(grams["own"]), "kg"),
        ("figure_recovered", say_share(share_of(recovered, grams["input"])).removesuffix(" %"), "percent"),
        ("figure_landfill", _kilograms(grams["landfill"]), "kg"),
        ("figure_pieces", f"{content['items']['total']:,}", "pieces"),
    ]
    return [{"name": pair(PAPER[key]), "value": value, "unit": pair(PAPER[unit])} for key, value, unit in figures]


def _part(name: Words, grams: int, whole: int, kind: str = "") -> Row:
    share = say_share(share_of(grams, whole))
    return {"name": pair(name), "grams": grams, "amount": f"{grams:,} g", "share": share, "kind": kind}


def _operations(content: Mapping[str, Any]) -> list[Row]:
    whole, grams = content["grams"]["input"], content["grams"]
    found = [
        _part(_operation(code), amount, whole) for code, amount in _largest_first(content["outcome"]["by_operation"])
    ]
    if grams["process_loss"]:
        found.append(_part(PAPER["loss"], grams["process_loss"], whole, "loss"))
    if grams["difference"]:
        found.append(_part(PAPER["difference"], grams["difference"], whole, "loss"))
    return found


def _operation(code: str) -> Words:
    if not code:
        return PAPER["other_operations"]
    names = OPERATION_NAMES.get(code, Words("", ""))
    return Words(f"{code} {names.th}".strip(), names.en)


def _materials(content: Mapping[str, Any]) -> list[Row]:
    whole = content["grams"]["input"]
    named = _largest_first(content["outcome"]["by_material"])
    return [_part(_material(name), amount, whole) for name, amount in named]


def _material(name: str) -> Words:
    return MATERIALS.get(name, Words(name, name)) if name else PAPER["other_materials"]


def _largest_first(amounts: Mapping[str, int]) -> list[tuple[str, int]]:
    """With the smallest in one row where there are more than the wall has room for."""
    ranked = sorted(amounts.items(), key=lambda each: (-each[1], each[0]))
    rest = ranked[_MOST_ROWS - 1 :]
    return ranked if len(rest) < 2 else [*ranked[: _MOST_ROWS - 1], ("", sum(grams for _, grams in rest))]


def _issued(at: datetime) -> Row:
    return row(PAPER["issued"], thai_datetime(at), english_datetime(at))


def _who(content: Mapping[str, Any]) -> list[Row]:
    partner, period = content["partner"], content["period"]
    begun, ended = datetime.fromisoformat(period["from"]), datetime.fromisoformat(period["until"])
    until = datetime.fromisoformat(partner["licence_valid_until"]).date()
    licence = partner["licence_number"]
    thai, english = (_span(say(begun), say(ended)) for say in (thai_date, english_date))
    rows = [
        row(PAPER["recycler"], partner["name_th"], partner.get("name_en")),
        row(PAPER["licence"], f"{licence} ถึง {thai_date(until)}", f"{licence} until {english_date(until)}"),
        row(PAPER["period"], thai, english),
    ]
    reached = levels(content.get("assessments", {}))
    return [*rows, row(PAPER["levels"], reached["th"], reached["en"])] if reached else rows


def _span(begun: str, ended: str) -> str:
    return begun if begun == ended else f"{begun} – {ended}"
