"""Whatever is sent, a service answers as its OpenAPI document says, and never with an error of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import httpx
import pytest
import schemathesis
from ewaste.runtime.app import Role
from ewaste.runtime.testing import Stack, client, prepared
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@contextmanager
def _service(name: str, stack: Stack) -> Iterator[tuple[asyncio.Runner, httpx.AsyncClient, Any]]:
    build_app = import_module(f"ewaste.{name}.app").build_app
    with asyncio.Runner() as runner:
        app = build_app(runner.run(prepared(stack, import_module(f"ewaste.{name}.settings").Settings)))
        running = client(app, Role.API)
        http = runner.run(running.__aenter__())
        try:
            yield runner, http, schemathesis.openapi.from_dict(app.api.openapi())
        finally:
            runner.run(running.__aexit__(None, None, None))


@pytest.mark.timeout(900)  # by itself 2 minutes for the largest; a busy machine takes longer
@pytest.mark.parametrize("name", ["dropoff", "logistics", "recycler", "education"])
def test_no_request_breaks_a_service(name: str, stack: Stack) -> None:
    with _service(name, stack) as (runner, http, schema):
        for result in schema.get_all_operations():
            operation = result.ok()

            @settings(
                max_examples=20,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def check(case: Any) -> None:
                asked = case.as_transport_kwargs(base_url="http://test")
                answer = runner.run(http.request(**{k: v for k, v in asked.items() if k in _HTTPX and v is not None}))
                case.validate_response(answer, checks=_CHECKS)

            check()


_HTTPX = {"method", "url", "params", "headers", "json", "content", "data"}
