"""A city of its own: the index counts what its own source told, and tests share one broker."""

import asyncio
import secrets

import pytest
from ewaste.education.settings import Settings
from ewaste.runtime.testing import Stack, prepared


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    return asyncio.run(prepared(stack, Settings, city=f"city-{secrets.token_hex(4)}"))
