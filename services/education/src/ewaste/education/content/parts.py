"""What every part of a course is made of."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

__all__ = ["Content", "PartId", "Prose"]

Prose = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=20_000,
        strip_whitespace=True,
        pattern=r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+$",
    ),
    AfterValidator(lambda text: re.sub("\r\n?", "\n", text)),
]
"""Markdown of several paragraphs; no control characters but line ends and tabs. One kind of line ends, as in files."""
PartId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,55}$")]
"""An id that is also a file's name on every system, and leaves room in an `Identifier` for the number of a sitting."""


class Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
