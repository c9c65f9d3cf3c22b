"""What counts as ready, against servers that answer well, badly, or not at all. Kafka and PostgreSQL: test_infra."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from ewaste.local.checks import why_not_ready
from ewaste.local.ports import free_ports


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()
        self.wfile.write(b"the relay stands still")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def http_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_http_is_ready_when_it_says_so(http_url: str) -> None:
    assert why_not_ready(f"{http_url}/readyz") is None


def test_http_that_is_not_ready_says_why(http_url: str) -> None:
    reason = why_not_ready(f"{http_url}/other")
    assert reason is not None
    assert "503" in reason
    assert "the relay stands still" in reason


@pytest.mark.parametrize("scheme", ["http", "kafka", "postgresql"])
def test_nobody_listens(scheme: str) -> None:
    assert "refused" in (why_not_ready(f"{scheme}://127.0.0.1:{free_ports(1)[0]}") or "")


@pytest.mark.parametrize("scheme", ["http", "kafka", "postgresql"])
def test_one_that_accepts_and_stays_silent_is_not_ready(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert why_not_ready(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.2) is not None
