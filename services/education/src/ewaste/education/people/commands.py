"""The command line of people: rosters, and the first code of an official."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import typer
from ewaste.education.people.rooms import sign_in_rules
from ewaste.education.people.roster.commands import roster_cli, run_in_transaction
from ewaste.education.people.signin import handlers
from ewaste.education.people.signin.codes import shown
from ewaste.education.settings import Settings
from ewaste.runtime.database import Transaction
from ewaste.runtime.logs import configure_logs

__all__ = ["add_people_commands"]


def add_people_commands(cli: typer.Typer, settings: Callable[[], Settings]) -> None:
    cli.add_typer(roster_cli(settings), name="roster")

    @cli.command("invite-staff")
    def invite_staff() -> None:
        """Print a personal code for somebody of the city, who then gives codes to the schools' teachers."""
        found = settings()
        configure_logs(found.context, found.log_level)

        async def work(tx: Transaction) -> tuple[UUID, str]:
            return await handlers.invite_official(tx, sign_in_rules(found), datetime.now(UTC))

        learner_id, code = run_in_transaction(found, work)
        typer.echo(f"{shown(code)}\nlearner {learner_id}; the code is shown this once")
