"""What the HTTP rooms share: strict input, moments, and bulk requests with a result per line."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from ewaste.contracts.refusal import Refused
from fastapi import Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

__all__ = ["Bulk", "IdempotencyKey", "Input", "Line", "LineError", "Lines", "Moment", "judge_lines"]

In = TypeVar("In", bound="Input")
Out = TypeVar("Out", bound=BaseModel)

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
# Bounds that also keep every offset's UTC inside the calendar.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]


class Input(BaseModel):
    """A request's body or one line of it; a field that isn't known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bulk(Input):
    """Lines are judged one by one: a bad one is refused with its reason and never stops the others."""

    lines: Annotated[list[dict[str, Any]], Field(min_length=1)]


class LineError(BaseModel):
    code: str
    detail: str
    field: str | None = None


class Line(BaseModel, Generic[Out]):
    """The result of one line of a bulk request; `line` counts from 1."""

    line: int
    status: Literal["accepted", "refused"]
    result: Out | None = None
    error: LineError | None = None


class Lines(BaseModel, Generic[Out]):
    accepted: int
    refused: int
    lines: list[Line[Out]]


async def judge_lines(
    body: Bulk,
    most: int,
    line_type: type[In],
    result_type: type[Out],
    work: Callable[[Sequence[In]], Awaitable[Sequence[Out | Refused]]],
) -> bytes:
    """The JSON of `Lines[result_type]`: `work` gets the readable lines in order and gives one result for each.

    Raises `Refused` when there are more than `most` lines.
    """
    if len(body.lines) > most:
        detail = f"{len(body.lines)} lines; send at most {most} in one request"
        raise Refused("too-many-lines", detail, field="lines")
    adapter = TypeAdapter(line_type)
    read = [_read(adapter, line) for line in body.lines]
    good = [one for one in read if not isinstance(one, Refused)]
    results = iter(await work(good) if good else ())
    judged = [one if isinstance(one, Refused) else next(results) for one in read]
    return _lines(result_type, judged).model_dump_json().encode()


def _read(adapter: TypeAdapter[In], line: dict[str, Any]) -> In | Refused:
    try:
        return adapter.validate_python(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return Refused("line-invalid", first["msg"], field=".".join(map(str, first["loc"])) or None)


def _lines(result_type: type[Out], judged: Sequence[Out | Refused]) -> Lines[Out]:
    lines = [_line(result_type, number, result) for number, result in enumerate(judged, 1)]
    refused = sum(line.status == "refused" for line in lines)
    return Lines[result_type](accepted=len(lines) - refused, refused=refused, lines=lines)  # type: ignore[valid-type]


def _line(result_type: type[Out], number: int, result: Out | Refused) -> Line[Out]:
    line = Line[result_type]  # type: ignore[valid-type]
    if isinstance(result, Refused):
        error = LineError(code=result.code, detail=result.detail, field=result.field)
        return line(line=number, status="refused", error=error)
    return line(line=number, status="accepted", result=result)
