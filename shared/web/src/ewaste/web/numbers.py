"""Amounts as people read them."""

from ewaste.web.language import Language

__all__ = ["say_grams", "say_share", "share_of"]


def say_grams(grams: int, language: Language) -> str:
    """To the gram, as `44,865 g`: what was weighed is shown, not rounded."""
    return f"{grams:,} {'กรัม' if language is Language.THAI else 'g'}"


def share_of(part: int, whole: int) -> int:
    """Basis points, rounded half away from zero."""
    share = (abs(part) * 20_000 // whole + 1) // 2
    return -share if part < 0 else share


def say_share(basis_points: int) -> str:
    """Basis points as per cent, without a float: 9,950 is `99.50 %`."""
    whole, rest = divmod(abs(basis_points), 100)
    return f"{'-' if basis_points < 0 else ''}{whole}.{rest:02d} %"
