"""How a decision says no."""

from typing import Final

__all__ = ["CONFLICT", "INVALID", "NOT_FOUND", "Refused"]

INVALID: Final = 422
NOT_FOUND: Final = 404
CONFLICT: Final = 409


class Refused(Exception):
    """The input will never be accepted as it is: tell the sender, change nothing.

    `code` is a stable word for machines (it becomes the problem type of RFC 9457), `detail` says what is wrong and what
    to do next, `field` is the dotted path of the input at fault, `status` the HTTP status that fits.
    """

    def __init__(self, code: str, detail: str, *, field: str | None = None, status: int = INVALID) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.field = field
        self.status = status
