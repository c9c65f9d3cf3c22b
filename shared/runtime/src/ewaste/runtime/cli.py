"""The command line that every service has: `python -m ewaste.<service> serve|migrate|redrive|openapi`."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final, TypeVar

import structlog
import typer
import uvicorn
from ewaste.contracts.topics import TOPICS
from ewaste.runtime.app import App, Role
from ewaste.runtime.broker import ensure_topics
from ewaste.runtime.logs import configure_logs
from ewaste.runtime.migrations import migrate as run_migrations
from ewaste.runtime.redrive import redrive as run_redrive
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["service_cli"]

_GRACE_SECONDS: Final = 4
"""For open requests; consumers have as long after them, so that all is over within 10 s."""
S = TypeVar("S", bound=RuntimeSettings)


def service_cli(build_app: Callable[[S], App], settings: Callable[[], S]) -> typer.Typer:
    """`build_app` is the service's composition root, `settings` reads its environment."""
    cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    def resolved() -> S:
        found = settings()
        configure_logs(found.context, found.log_level)
        return found

    @cli.command()
    def serve(role: Annotated[Role, typer.Option(help="what this process does")] = Role.ALL) -> None:
        """Run until SIGTERM or SIGINT."""
        app = build_app(resolved())
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            raise typer.Exit(runner.run(_serve(app, role)))

    @cli.command()
    def migrate(revision: str = "head") -> None:
        """Bring the service's database to a revision."""
        found = resolved()
        run_migrations(found, f"ewaste.{found.context}.migrations", revision)

    @cli.command()
    def topics(replication: Annotated[int, typer.Option(help="-1: as the cluster has it")] = -1) -> None:
        """Create the topics that are missing, with the settings of docs/architecture/contracts.md."""
        asyncio.run(ensure_topics(resolved(), *TOPICS, replication=replication))

    @cli.command()
    def redrive(
        reason: Annotated[str | None, typer.Option(help="only dead letters with this reason")] = None,
        dry_run: Annotated[bool, typer.Option(help="read and report, change nothing")] = False,
        limit: Annotated[int, typer.Option(min=1, help="look at this many dead letters at most")] = 100_000,
    ) -> None:
        """Handle the dead letters again, each once, after the fault was mended."""
        app = build_app(resolved())
        report = asyncio.run(run_redrive(app, reason=reason, dry_run=dry_run, limit=limit))
        typer.echo(json.dumps(report, ensure_ascii=False))

    @cli.command()
    def openapi() -> None:
        """Print the service's OpenAPI document."""
        json.dump(build_app(settings()).api.openapi(), sys.stdout, ensure_ascii=False, indent=2, sort_keys=True)
        sys.stdout.write("\n")

    return cli


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal again as soon as its own part has ended: consumers and relay come after it."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


async def _serve(app: App, role: Role) -> int:
    if role is not Role.API and role is not Role.ALL:
        _health_only(app)
    config = uvicorn.Config(
        app.api, host=app.settings.http_host, port=app.settings.http_port, log_config=None, access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS, lifespan="off",
    )  # fmt: skip
    server = _Server(config)
    try:
        async with app.running(role):
            await server.serve()
    except asyncio.CancelledError:
        structlog.get_logger(__name__).critical("stopped after a failure", role=role)
        return 1
    return 0


def _health_only(app: App) -> None:
    """A worker or relay answers health and metrics, nothing else."""
    kept = ("/livez", "/readyz", "/metrics")
    app.api.router.routes[:] = [route for route in app.api.router.routes if getattr(route, "path", "") in kept]
