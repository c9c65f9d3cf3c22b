"""`ewaste` is a namespace that many distributions share."""

from importlib.resources import files
from pathlib import Path

import ewaste

CHECKOUT = Path(__file__).parents[3]


def test_nobody_owns_the_namespace() -> None:
    """One `__init__.py` beside the subpackages would hide every sibling distribution."""
    assert not list(CHECKOUT.glob("*/*/src/ewaste/__init__.py"))
    assert list(CHECKOUT.glob("shared/*/src/ewaste/contracts")), "the search looks where the distributions are"
    assert getattr(ewaste, "__file__", None) is None


def test_the_package_carries_its_types_and_its_data() -> None:
    package = files("ewaste.contracts")
    for name in ("py.typed", "asyncapi.json", "schemas", "released", "examples"):
        assert package.joinpath(name).is_file() or package.joinpath(name).is_dir()
