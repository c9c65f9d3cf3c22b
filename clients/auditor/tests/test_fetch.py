"""A fetch that was interrupted goes on; what comes out is the ledger, whole lines only."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ewaste.auditor.fetch import LedgerShrank, fetch
from ewaste.auditor.ledgerfile import CannotRun, heads_file
from ewaste.auditor.verify import verify
from ewaste.contracts.events.dropoff import BagInstalled
from ewaste.contracts.fields import Context

Books = Any


class Service:
    """Serves books as the traceability service does; `cut` ends an answer after so many bytes."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.cut: int | None = None
        self.asked: list[str] = []
        self.body: bytes | None = None
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                status, body = service.answer(self.path)
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if service.cut is None or "export" not in self.path else body[: service.cut])

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> tuple[int, bytes]:
        if path.startswith("/ledgers/custody/export?start="):
            start = int(path.rpartition("=")[2])
            lines = self.books.lines()
            return 200, self.body or b"".join([*lines[:-1][start:], lines[-1]])
        if path == "/ledgers/custody":
            return 200, self.books.lines()[-1]
        return 422, json.dumps({"detail": "Correct: path.ledger"}).encode()


@pytest.fixture
def service(books: Books) -> Iterator[Service]:
    found = Service(books)
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def test_the_file_is_the_ledger(service: Service, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "custody.jsonl"

    fetched = fetch(service.url + "/", path, "custody")

    assert path.read_bytes() == b"".join(books.lines())
    assert (fetched.kept, fetched.added, fetched.head.root) == (0, len(books.records), books.root())
    assert verify(path).clean


@pytest.mark.parametrize("cut", [0, 1, 700, 5_000, 9_999])
def test_an_interrupted_fetch_goes_on(service: Service, books: Books, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "custody.jsonl"
    service.cut = cut
    with pytest.raises(CannotRun, match="again"):
        fetch(service.url, path, "custody")
    with pytest.raises(CannotRun, match="interrupted"):
        verify(path)
    service.cut = None

    fetched = fetch(service.url, path, "custody")

    assert path.read_bytes() == b"".join(books.lines())
    assert service.asked[-1] == f"/ledgers/custody/export?start={fetched.kept}"


def test_a_file_killed_in_the_middle_of_a_line_goes_on(service: Service, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "custody.jsonl"
    path.write_bytes(b"".join(books.lines())[:3_000])

    assert fetch(service.url, path, "custody").kept > 0

    assert path.read_bytes() == b"".join(books.lines())


def test_a_second_fetch_adds_what_is_new_and_keeps_both_heads(service: Service, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "custody.jsonl"
    fetch(service.url, path, "custody")
    first = books.lines()[-1]
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-3", point_id="P-1"))

    fetched = fetch(service.url, path, "custody")

    assert fetched.added == 1
    assert path.read_bytes() == b"".join(books.lines())
    assert heads_file(path).read_bytes() == first + books.lines()[-1]
    assert verify(path).clean
    fetch(service.url, path, "custody")
    assert heads_file(path).read_bytes() == first + books.lines()[-1], "nothing new, nothing added"


def test_history_rewritten_between_two_fetches_is_found(service: Service, books: Books, tmp_path: Path) -> None:
    path = tmp_path / "custody.jsonl"
    fetch(service.url, path, "custody")
    last = books.records[-1]
    books.records[-1] = type(last)(last.topic, 0, last.offset, last.timestamp_ms, last.key, (), b"another")
    books.say(Context.DROPOFF, BagInstalled(bag_id="B-3", point_id="P-1"))

    fetch(service.url, path, "custody")

    codes = {code.value for code in verify(path).findings.counts}
    assert codes == {"root_differs"}, "the new head is over another record than the one that was fetched before"


def test_a_ledger_that_became_shorter_is_a_finding_and_the_file_stays(
    service: Service, books: Books, tmp_path: Path
) -> None:
    path = tmp_path / "custody.jsonl"
    fetch(service.url, path, "custody")
    before = path.read_bytes()
    del books.records[-1]

    with pytest.raises(LedgerShrank, match="records are gone"):
        fetch(service.url, path, "custody")

    assert path.read_bytes() == before


def test_what_is_no_ledger_is_told_and_never_written(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "custody.jsonl"
    service.body = b"<html>\n"
    with pytest.raises(CannotRun, match="is no ledger"):
        fetch(service.url, path, "custody")
    service.body = b'{"index":7,"leaf":""}\n'
    with pytest.raises(CannotRun, match="another record than 0"):
        fetch(service.url, path, "custody")
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("url", "said"),
    [("file:///etc/passwd", "is no address"), ("http://127.0.0.1:9", "can't be read"), ("trace", "is no address")],
)
def test_an_address_that_does_not_answer_is_told(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(CannotRun, match=said):
        fetch(url, tmp_path / "custody.jsonl", "custody")


def test_a_ledger_that_does_not_exist_is_told_in_the_services_words(service: Service, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"422: Correct: path\.ledger"):
        fetch(service.url, tmp_path / "x.jsonl", "planets")


def test_another_file_is_not_overwritten(service: Service, tmp_path: Path) -> None:
    path: Callable[[], Path] | Path = tmp_path / "notes.txt"
    assert isinstance(path, Path)
    path.write_text("my notes\n")
    with pytest.raises(CannotRun, match="give another file"):
        fetch(service.url, path, "custody")
    assert path.read_text() == "my notes\n"
