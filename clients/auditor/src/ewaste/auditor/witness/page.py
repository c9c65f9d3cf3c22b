"""What a witness says of itself: its key, and per log the last checkpoint that it cosigned."""

from datetime import UTC, datetime, timedelta, timezone
from html import escape
from typing import Final

from ewaste.auditor.witness.desk import Desk
from ewaste.auditor.witness.memory import LogMemory

__all__ = ["html_page", "text_page"]

_THAI_TIME: Final = timezone(timedelta(hours=7))
_BUDDHIST_YEARS: Final = 543
_TITLE_TH: Final = "พยานของบันทึกขยะอิเล็กทรอนิกส์"
_TITLE_EN: Final = "A witness of the e-waste records"
_WHAT_TH: Final = (
    "พยานนี้ลงนามร่วมเฉพาะบันทึกที่ต่อยอดจากฉบับที่เคยลงนามไว้เท่านั้น "
    "จึงไม่มีใครแก้ ลบ หรือสลับรายการเก่าได้โดยไม่ถูกพบ พยานไม่ได้รับรองว่าข้อมูลในแต่ละรายการถูกต้อง"
)
_WHAT_EN: Final = (
    "It cosigns a log only where the log grew from what it cosigned before, so nobody can change, drop or reorder old "
    "records unseen. It does not say that what the records tell is true."
)
_REFUSED_TH: Final = "ไม่ได้ลงนาม เก็บไว้ให้ตรวจสอบ"
_REFUSED_EN: Final = "not cosigned, kept to be looked at"
_STYLE: Final = (
    "body{font-family:system-ui,sans-serif;line-height:1.6;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2b24;background:#fff}code{overflow-wrap:anywhere}dt{font-weight:600;margin-top:.6rem}dd{margin:0}"
    "@media(prefers-color-scheme:dark){body{color:#e8efe9;background:#15201a}a{color:#9fd8b4}}"
)


def text_page(desk: Desk) -> str:
    """For programs and terminals: one line per log with origin, size, root in hex, UTC time and address."""
    lines = [_TITLE_TH, _TITLE_EN, "", _WHAT_TH, _WHAT_EN, "", f"key {desk.key}", ""]
    lines += [f"log {memory.origin}  {_said(memory)}  /log/{memory.id}/checkpoint" for memory in desk.memories.values()]
    return "\n".join(lines) + "\n"


def html_page(desk: Desk) -> str:
    """For people: Thai first, no script, nothing loaded from elsewhere."""
    logs = "".join(_section(memory) for memory in desk.memories.values())
    return (
        f'<!doctype html><html lang="th"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{_TITLE_TH}</title>'
        f"<style>{_STYLE}</style><h1>{_TITLE_TH}</h1><p>{_WHAT_TH}</p>"
        f'<div lang="en"><h2>{_TITLE_EN}</h2><p>{_WHAT_EN}</p></div>'
        f"<dl><dt>กุญแจสาธารณะ · Public key<dd><code>{escape(str(desk.key))}</code></dl>{logs}"
    )


def _section(memory: LogMemory) -> str:
    rows = [("สถานะ · State", memory.broken or "ลงนามร่วมตามปกติ · cosigning")]
    if memory.last:
        checkpoint = memory.last.checkpoint
        rows += [
            ("จำนวนรายการ · Records", f"{checkpoint.size:,}"),
            ("ราก · Root", checkpoint.root.hex()),
            ("ลงนามเมื่อ · Cosigned", f"{_thai_time(memory.last.time)} · {_time(memory.last.time)}"),
        ]
    else:
        rows.append(("จำนวนรายการ · Records", "ยังไม่เคยลงนาม · none cosigned yet"))
    if memory.refused:
        rows.append(("คำขอที่ขัดกัน · Contradicting requests", f"{len(memory.refused)}: {_REFUSED_TH} · {_REFUSED_EN}"))
    told = "".join(f"<dt>{label}<dd><code>{escape(text)}</code>" for label, text in rows)
    link = f'<p><a href="log/{memory.id}/checkpoint">ฉบับที่ลงนามล่าสุด · last cosigned checkpoint</a>'
    return f"<h2><code>{escape(memory.origin)}</code></h2><dl>{told}</dl>{link if memory.last else ''}"


def _said(memory: LogMemory) -> str:
    if memory.broken:
        return f"stopped: {memory.broken}"
    if memory.last is None:
        return "nothing cosigned yet"
    checkpoint = memory.last.checkpoint
    refused = f" refused {len(memory.refused)}" if memory.refused else ""
    return f"{checkpoint.size} {checkpoint.root.hex()} {_time(memory.last.time)}{refused}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _thai_time(seconds: int) -> str:
    local = datetime.fromtimestamp(seconds, _THAI_TIME)
    return f"{local:%d/%m}/{local.year + _BUDDHIST_YEARS} {local:%H:%M:%S} น."
