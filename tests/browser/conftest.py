"""The services' pages behind real addresses, with one piece at its certificate and one on its way; and a browser.

Nothing here needs Kafka: the facts of a day are appended to the ledger and projected by the service's own code.
"""

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from ewaste.contracts.envelope import with_sequence
from ewaste.contracts.events.traceability import GapKind
from ewaste.contracts.ids import uuid7
from ewaste.dropoff.storage import progress as drops
from ewaste.evidence.alerts.gaps import Gap
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.record import Record
from ewaste.evidence.notes.checkpoints import sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.runtime.app import App
from ewaste.runtime.database import driver
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.testing import Stack, client, prepared
from ewaste.traceability.alerts import storage as alerts
from ewaste.traceability.alerts.handlers import Watch
from ewaste.traceability.certificates import storage as certificates
from ewaste.traceability.certificates.handlers import Certifier
from ewaste.traceability.ledger.feed import Feed
from ewaste.traceability.ledger.handlers import sequencer
from ewaste.traceability.ledger.model import Ledger
from ewaste.traceability.log.folder import Follower, open_folder
from ewaste.traceability.log.model import origin_of
from ewaste.traceability.projector import Projector

ROOT = Path(__file__).parents[2]
SERVICES = ("dropoff", "logistics", "recycler", "education", "traceability")


@dataclass(frozen=True)
class Site:
    """Where pages are: `starts` by service, every other kind of page by a name."""

    starts: dict[str, str]
    pages: dict[str, str]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of the machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(
            "no Chromium on this machine: install it (Debian: apt-get install chromium) to test the pages in it"
        )
    return found


# Not for the whole run: while Playwright is open its event loop runs in this thread, and no other test could run one.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is a development dependency")
    with playwright.sync_playwright() as running:
        # Chromium has no sandbox for root, as whom containers and CI often run; it opens our own pages only.
        opened = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All five services, each served on a free port by one event loop beside the tests."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[uvicorn.Server] = []
    try:
        yield asyncio.run_coroutine_threadsafe(_serve(stack, servers, tmp_path_factory.mktemp("state")), loop).result(
            120
        )
    finally:
        for server in servers:
            server.should_exit = True
        asyncio.run_coroutine_threadsafe(_ended(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)


async def _serve(stack: Stack, servers: list[uvicorn.Server], state_dir: Path) -> Site:
    starts: dict[str, str] = {}
    pages: dict[str, str] = {}
    for name in reversed(SERVICES):
        module = __import__(f"ewaste.{name}.app", fromlist=["build_app"])
        settings = __import__(f"ewaste.{name}.settings", fromlist=["Settings"]).Settings
        more = {"traceability_url": starts["traceability"]} if name == "dropoff" else {}
        app: App = module.build_app(
            await prepared(stack, settings, database_connections=4, state_dir=state_dir, **more)
        )
        starts[name] = await _started(app, servers)
        if name == "traceability":
            pages |= {key: starts[name] + path for key, path in (await _a_day(app)).items()}
        if name == "dropoff":
            pages |= {key: starts[name] + path for key, path in (await _receipts(app)).items()}
    return Site(starts, pages)


async def _started(app: App, servers: list[uvicorn.Server]) -> str:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app.api, log_level="warning", lifespan="off"))
    servers.append(server)
    asyncio.get_running_loop().create_task(server.serve([listening]))
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


async def _ended() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


async def _publish_log(app: App) -> None:
    """What the ledger holds by now as files, under a checkpoint that nobody cosigned."""
    settings: Any = app.settings
    origin = origin_of(settings.city, Ledger.CUSTODY)
    follower = Follower(app.database, Ledger.CUSTODY, await open_folder(settings.log_folder(Ledger.CUSTODY), origin))
    while await follower.turn():
        pass
    signer = NoteSigner(origin, SigningKey(generate_key()), KeyKind.NOTE)
    await follower.publish(sign_checkpoint(follower.head, [signer]).to_bytes())
    await follower.close()


async def _a_day(app: App) -> dict[str, str]:
    """Two days in the ledger: one to its certificate, one that stops at the gate."""
    new_day = _days()
    done, waiting = new_day(), new_day()
    records = [
        Record(each.topic, 0, offset, 0, each.key, (), each.value)
        for offset, each in enumerate((*done.messages(), *waiting.registered(), *waiting.collected()))
    ]
    outbox = Outbox(app.settings)
    certifier = Certifier(app.settings.source, outbox)
    projector = Projector(app.database, certifier, Feed(), 4_000, Watch(outbox))
    async with app.database.transaction() as tx:
        await sequencer(Ledger.CUSTODY)(tx, records)
    while await projector.turn():
        pass
    await _announce(app, projector)
    await _publish_log(app)
    async with app.database.transaction() as tx:
        now = datetime.now(UTC)
        open_gaps = [Gap(f"gap-{kind}", kind, f"bag/{waiting.bag}", (3, 9), due_at=now) for kind in GapKind]
        await alerts.open_gaps(tx, open_gaps, len(records), now)
        looked = await certificates.certification(tx, done.batch)
    assert looked is not None
    assert looked.certificate_id, looked.open_lines
    return {
        "trace-form": "/pages/trace",
        "item": f"/pages/trace/item/{done.item}",
        "bag-waiting": f"/pages/trace/bag/{waiting.bag}",
        "load": f"/pages/trace/load/load-{done.tag}",
        "batch": f"/pages/trace/batch/{done.batch}",
        "certificates": "/pages/certificates",
        "certificate": f"/pages/certificates/{looked.certificate_id}",
        "verify": f"/pages/verify/{looked.certificate_id}",
        "verify-form": "/pages/verify",
        "alerts": "/pages/alerts",
        "exports": "/exports",
        "nothing": "/pages/certificates/nothing",
    }


async def _announce(app: App, projector: Projector) -> None:
    """What the outbox holds comes back into the ledger, as by Kafka."""
    async with app.database.transaction() as tx:
        rows = await (await driver(tx)).fetch(
            "SELECT aggregatetype, aggregateid, payload FROM outbox ORDER BY position"
        )
        records = [
            Record(
                row["aggregatetype"], 0, at, 0, row["aggregateid"].encode(), (), with_sequence(row["payload"], at + 1)
            )
            for at, row in enumerate(rows)
        ]
        await sequencer(Ledger.CUSTODY)(tx, records)
    while await projector.turn():
        pass


def _days() -> Any:
    """The day of facts that the traceability service's own tests tell."""
    spec = spec_from_file_location("days", ROOT / "services/traceability/tests/conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Dataclasses look their module up by name.
    __import__("sys").modules["days"] = module
    spec.loader.exec_module(module)
    return module.Day


async def _receipts(app: App) -> dict[str, str]:
    point = {
        "point_id": "b-1", "name_th": "ชุมชนวัดเกตการามและตลาดต้นลำไย", "name_en": "Wat Ket", "khwaeng": "kawila",
        "latitude_microdegrees": 18_790_000, "longitude_microdegrees": 99_003_000, "sample": True,
    }  # fmt: skip
    async with client(app) as http:
        codes = []
        await http.post("/drop-points/bulk", json={"lines": [point]})
        for bag in ("b-bag-1", "b-bag-2"):
            await http.post("/drop-points/b-1/bags", json={"bag_id": bag})
            drop = {"point_id": "b-1", "bag_id": bag, "category": "small_electronics"}
            codes.append((await http.post("/drops", json=drop)).json()["receipt_code"])
        async with app.database.transaction() as tx:
            certificate = "cert-b-batch-0123456789abcdef"
            told = [("b-bag-1", drops.Kind.BATCHED, "b-batch"), ("b-batch", drops.Kind.CERTIFIED, certificate)]
            at = datetime.now(UTC)
            await drops.hear(tx, [drops.Heard(uuid7(), subject, kind, at, detail) for subject, kind, detail in told])
    return {"receipt-form": "/r", "receipt": f"/r/{codes[0]}", "receipt-new": f"/r/{codes[1]}", "no-receipt": "/r/NONE"}
