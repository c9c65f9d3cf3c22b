"""The stylesheet: readable in both schemes, nothing from outside."""

import re

import pytest
from ewaste.web.assets import ASSETS

STYLE = ASSETS["ewaste.css"].content.decode()
TEXT_ON = [
    ("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("brand", "paper"), ("brand", "card"),
    ("on-brand", "brand"), ("good", "good-paper"), ("warn", "warn-paper"), ("bad", "bad-paper"), ("warn", "paper"),
]  # fmt: skip
CONTROL_ON = [("edge", "paper"), ("edge", "card"), ("brand", "paper")]


def _schemes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light, dark, printed = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", block)) for block in blocks)
    return {"light": light, "dark": light | dark, "print": light | printed}


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_contrast_is_enough(scheme: str) -> None:
    """WCAG 2.2, 1.4.3 (text, 4.5) and 1.4.11 (controls, 3)."""
    colours = _schemes()[scheme]
    weak = [
        (one, other, round(_contrast(colours[one], colours[other]), 2))
        for pairs, least in ((TEXT_ON, 4.5), (CONTROL_ON, 3.0))
        for one, other in pairs
        if _contrast(colours[one], colours[other]) < least
    ]
    assert weak == []


def test_nothing_is_loaded_but_our_own_fonts() -> None:
    assert "@import" not in STYLE
    loaded = re.findall(r"url\(([^)]*)\)", STYLE)
    assert sorted(loaded) == sorted(asset.name for name, asset in ASSETS.items() if name.endswith(".woff2"))


def test_everything_together_is_small() -> None:
    assert sum(len(asset.content) for asset in ASSETS.values()) < 200_000
