"""Many lines in one request, judged one by one: a bad line is refused with its reason and never stops the others."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from ewaste.contracts.refusal import Refused
from fastapi import Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

__all__ = ["AGAIN", "Bulk", "IdempotencyKey", "Input", "Line", "LineError", "Lines", "Moment", "check_size", "judge"]

R = TypeVar("R", bound=BaseModel)
M = TypeVar("M", bound=BaseModel)
Result = TypeVar("Result")

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
Moment = Annotated[AwareDatetime, Field(ge=_FIRST, lt=_LAST), AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A time as a device tells it, in UTC. A clock that was reset says 1970, and the ends of the calendar have no UTC."""


AGAIN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "It was recorded before just so; nothing changed"}
}
"""For the OpenAPI document of a request that may be sent again (`responses=`)."""


class Input(BaseModel):
    """A request's body: a field that is not known is refused, because a misspelt one would be lost."""

    model_config = ConfigDict(extra="forbid")


class Bulk(Input):
    """Lines are judged one by one: a bad one is refused with its reason and never stops the others."""

    lines: Annotated[list[dict[str, Any]], Field(min_length=1)]


class LineError(BaseModel):
    code: str
    detail: str
    field: str | None = None


class Line(BaseModel, Generic[R]):
    """The result of one line; `line` counts from 1."""

    line: int
    status: Literal["accepted", "refused"]
    receipt: R | None = None
    error: LineError | None = None


class Lines(BaseModel, Generic[R]):
    """The result of every line, in the order they came."""

    accepted: int
    refused: int
    lines: list[Line[R]]

    @classmethod
    def of(cls, results: Sequence[R | Refused | None]) -> "Lines[R]":
        """From what each line got: its receipt, nothing, or why it was refused."""
        lines: list[Line[R]] = [_line(number, result) for number, result in enumerate(results, 1)]
        refused = sum(line.status == "refused" for line in lines)
        return cls(accepted=len(lines) - refused, refused=refused, lines=lines)


def check_size(body: Bulk, most: int) -> None:
    """Raise `Refused` when there are more lines than one transaction should hold."""
    if len(body.lines) > most:
        detail = f"{len(body.lines)} lines; send at most {most} in one request"
        raise Refused("too-many-lines", detail, field="lines")


async def judge(
    body: Bulk, model: type[M], handle: Callable[[list[M]], Awaitable[Sequence[Result | Refused]]]
) -> list[Result | Refused]:
    """One result per line: `handle` gets the lines that can be read, all at once, and gives a result for each."""
    read = [_read(model, line) for line in body.lines]
    good = [one for one in read if not isinstance(one, Refused)]
    results = iter(await handle(good) if good else ())
    return [one if isinstance(one, Refused) else next(results) for one in read]


def _read(model: type[M], line: dict[str, Any]) -> M | Refused:
    try:
        return model.model_validate(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        return Refused("line-invalid", first["msg"], field=".".join(map(str, first["loc"])) or None)


def _line(number: int, result: R | Refused | None) -> Line[R]:
    if isinstance(result, Refused):
        error = LineError(code=result.code, detail=result.detail, field=result.field)
        return Line(line=number, status="refused", error=error)
    return Line(line=number, status="accepted", receipt=result)
