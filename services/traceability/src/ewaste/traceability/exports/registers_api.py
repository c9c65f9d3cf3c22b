"""HTTP: registers as tables, for people with spreadsheets and for programs."""

from typing import Annotated, Any, Final

from ewaste.contracts.refusal import NOT_FOUND, Refused
from ewaste.evidence.registers.catalogue import REGISTERS, dictionary
from ewaste.evidence.registers.period import BadPeriod, Period
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.evidence.tables.model import MEDIA_TYPES, Stamp, UnknownFormat
from ewaste.evidence.tables.writers import check_format
from ewaste.runtime.database import Database
from ewaste.traceability.exports.registers import head_at, stream
from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

__all__ = ["router"]

_LAST_SIZE: Final = 2**53 - 1
_RULES_DIGEST: Final = DEFAULT_RULES.digest()
_TABLES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The table",
        "content": {media_type.split(";")[0]: {} for media_type in MEDIA_TYPES.values()},
        "headers": {
            "Ledger-Size": {"description": "The table is true for so many records", "schema": {"type": "integer"}},
            "Ledger-Root": {"description": "Root of the tree over them, hex", "schema": {"type": "string"}},
        },
    }
}

Name = Annotated[str, Path(description=f"one of {', '.join(REGISTERS)}")]
First = Annotated[str, Query(alias="from", description="the first Thai day, as 2026-11-01", max_length=40)]
Last = Annotated[str, Query(alias="until", description="the last Thai day, which is included", max_length=40)]
Size = Annotated[
    int | None,
    Query(ge=0, le=_LAST_SIZE, description="as of an earlier Ledger-Size: the same again; without it as of now"),
]


class Meta(BaseModel):
    """What a table is, and under which addresses the same table is had again."""

    register_name: str
    first_day: str
    last_day: str
    ledger_origin: str
    ledger_size: int
    ledger_root: str
    rules_digest: str
    """SHA-256 of the rules that classify differences and balances."""
    tables: list[str]


def router(database: Database, origin: str) -> APIRouter:
    """`origin` names the ledger."""
    api = APIRouter(tags=["exports"])

    @api.get("/exports/dictionary")
    async def read_dictionary() -> list[dict[str, Any]]:
        """Every register with its columns: name, kind, unit, and what it means in Thai and English."""
        return dictionary()

    @api.get("/exports/{register}.meta")
    async def read_meta(register: Name, first: First, last: Last, size: Size = None) -> Meta:
        """The ledger's size and root that a table is true for, for those who keep only the file."""
        stamp = await _stamp(database, origin, register, first, last, size)
        query = f"from={stamp.period.first}&until={stamp.period.last}&size={stamp.size}"
        return Meta(
            register_name=stamp.register.name,
            first_day=str(stamp.period.first),
            last_day=str(stamp.period.last),
            ledger_origin=stamp.origin,
            ledger_size=stamp.size,
            ledger_root=stamp.root,
            rules_digest=stamp.rules_digest,
            tables=[f"/exports/{stamp.register.name}.{format}?{query}" for format in MEDIA_TYPES],
        )

    @api.get("/exports/{register}.{format}", response_class=StreamingResponse, responses=_TABLES)
    async def export(
        register: Name,
        format: Annotated[str, Path(description=f"one of {', '.join(MEDIA_TYPES)}")],
        first: First,
        last: Last,
        size: Size = None,
        bom: Annotated[bool, Query(description="CSV with a byte order mark, which Excel needs")] = False,
    ) -> StreamingResponse:
        """A register of a period as a table, as of one ledger size, also while new records come in."""
        try:
            check_format(format)
        except UnknownFormat as unknown:
            raise Refused("format-unknown", str(unknown), field="format", status=NOT_FOUND) from None
        stamp = await _stamp(database, origin, register, first, last, size)
        headers = {
            "Content-Disposition": f'attachment; filename="{stamp.file_name(format)}"',
            "Ledger-Size": str(stamp.size),
            "Ledger-Root": stamp.root,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
        }
        return StreamingResponse(
            stream(database, stamp, format, bom=bom), headers=headers, media_type=MEDIA_TYPES[format]
        )

    return api


async def _stamp(database: Database, origin: str, name: str, first: str, last: str, size: int | None) -> Stamp:
    register = REGISTERS.get(name)
    if register is None:
        detail = f"no register {name!r}; registers are {', '.join(REGISTERS)}"
        raise Refused("register-unknown", detail, field="register", status=NOT_FOUND)
    try:
        period = Period.read(first, last)
    except BadPeriod as bad:
        raise Refused("period-invalid", str(bad), field=bad.field) from None
    async with database.transaction() as tx:
        head = await head_at(tx, size)
    if head is None:
        detail = f"no root is known for size {size}; give the Ledger-Size of an earlier export, or leave it out"
        raise Refused("ledger-size-unknown", detail, field="size")
    return Stamp(register, period, origin, head.size, head.root.hex(), _RULES_DIGEST)
