"""95 % intervals in closed form and whole numbers, so that everybody computes the same ones.

- A mean: Student's t with n-1 degrees of freedom (W. S. Gosset 1908; NIST/SEMATECH e-Handbook of Statistical
  Methods §1.3.5.2, critical values of §1.3.6.7.2). Between two degrees of the table the smaller one is taken, which
  is the wider interval.
- A share: Wilson's score interval (E. B. Wilson 1927), recommended for small n by Brown, Cai and DasGupta,
  Statistical Science 16 (2001) 101-133.

Ends are rounded outwards to basis points and stay in the scale.
"""

from dataclasses import dataclass
from math import isqrt
from typing import Final

__all__ = ["Interval", "mean_interval", "rounded_mean", "wilson_interval"]

# Two-sided 95 %: t × 1000 by degrees of freedom.
_T: Final = (
    12706, 4303, 3182, 2776, 2571, 2447, 2365, 2306, 2262, 2228, 2201, 2179, 2160, 2145, 2131,
    2120, 2110, 2101, 2093, 2086, 2080, 2074, 2069, 2064, 2060, 2056, 2052, 2048, 2045, 2042,
)  # fmt: skip
_T_BEYOND: Final = ((40, 2021), (60, 2000), (120, 1980))
_T_LARGE: Final = ((1000, 1962),)
# The normal quantile 1.959964, in millionths.
_Z: Final = 1_959_964
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    low: int
    high: int


def rounded_mean(total: int, n: int) -> int:
    """Rounded half up."""
    return (2 * total + n) // (2 * n)


def mean_interval(n: int, total: int, squares: int, *, least: int = 0, most: int = 10_000) -> Interval:
    """Of the mean of `n` ≥ 2 values in `least`..`most`, from their sum and the sum of their squares."""
    # half = t·sqrt((n·Q - S²) / (n²·(n-1))), so mean ± half = (S ± t·sqrt((n·Q - S²) / (n-1))) / n.
    spread = _root_up((n * squares - total * total) * _t(n - 1) ** 2, n - 1)
    low = (1000 * total - spread) // (1000 * n)
    high = -((-1000 * total - spread) // (1000 * n))
    return Interval(max(least, low), min(most, high))


def wilson_interval(n: int, k: int) -> Interval:
    """Of a share of `k` in `n` ≥ 1, in basis points."""
    # (2k + z² ± z·sqrt(z² + 4k(n-k)/n)) / (2(n + z²)), everything × 10¹².
    z2 = _Z * _Z
    below = 2 * (n * _MILLION**2 + z2)
    centre = 2 * k * _MILLION**2 + z2
    spread = _root_up(z2 * (z2 * n + 4 * k * (n - k) * _MILLION**2), n)
    low = 10_000 * (centre - spread) // below
    high = -(-10_000 * (centre + spread) // below)
    # At the ends the formula gives 0 and 1 exactly; rounding the root up must not leave the scale.
    return Interval(max(0, low), min(10_000, high))


def _t(degrees: int) -> int:
    if degrees <= len(_T):
        return _T[degrees - 1]
    reached = [value for least, value in (*_T_BEYOND, *_T_LARGE) if degrees >= least]
    return reached[-1] if reached else _T[-1]


def _root_up(above: int, below: int) -> int:
    """The smallest whole number that is at least the root of above/below."""
    if above <= 0:
        return 0
    quotient = -(-above // below)
    return isqrt(quotient - 1) + 1
