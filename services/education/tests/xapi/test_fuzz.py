"""Whatever a client sends, the store answers as its OpenAPI document says, and never with an error of its own."""

import asyncio
import base64
import secrets
from datetime import UTC, datetime
from typing import Any

import schemathesis
from ewaste.education.app import build_app
from ewaste.education.settings import Settings
from ewaste.education.xapi.clients import add_client
from ewaste.education.xapi.model import Client
from ewaste.runtime.app import Role
from ewaste.runtime.testing import client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
_HTTPX = {"method", "url", "params", "headers", "json", "content", "data"}


def test_no_request_of_a_client_breaks_the_store(settings: Settings) -> None:
    with asyncio.Runner() as runner:
        app = build_app(settings)
        running = client(app, Role.API)
        http = runner.run(running.__aenter__())
        try:
            headers = runner.run(_known(app))
            schema = schemathesis.openapi.from_dict(app.api.openapi()).include(path_regex="^/xAPI/")
            for result in schema.get_all_operations():
                _try(runner, http, result.ok(), headers)
        finally:
            runner.run(running.__aexit__(None, None, None))


def _try(runner: asyncio.Runner, http: Any, operation: Any, headers: dict[str, str]) -> None:
    @hypothesis_settings(
        max_examples=15, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        asked = case.as_transport_kwargs(base_url="http://test")
        sent = {name: value for name, value in asked.items() if name in _HTTPX and value is not None}
        answer = runner.run(http.request(**{**sent, "headers": {**dict(asked.get("headers") or {}), **headers}}))
        case.validate_response(answer, checks=_CHECKS)

    check()


async def _known(app: Any) -> dict[str, str]:
    key = f"lms-{secrets.token_hex(4)}"
    async with app.database.transaction() as tx:
        secret = await add_client(tx, Client(key, "https://lms.example"), datetime.now(UTC))
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"}
