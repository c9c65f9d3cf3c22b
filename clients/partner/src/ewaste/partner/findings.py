"""What is wrong with an input file, by line and field."""

from dataclasses import dataclass

__all__ = ["Finding", "InputRefused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to correct. `line` counts from 1; `field` is a column, or a dotted path inside the line."""

    line: int
    message: str
    field: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.message}" if self.field else f"line {self.line}: {self.message}"


class InputRefused(Exception):
    """The file has errors: nothing was signed or sent; correct the lines and run again."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} errors, the first: {findings[0]}")
        self.findings = findings
