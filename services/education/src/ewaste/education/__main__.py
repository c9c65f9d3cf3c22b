"""`python -m ewaste.education`, also installed as `ewaste-education`."""

from ewaste.education.app import build_app
from ewaste.education.content.commands import course_commands
from ewaste.education.people.commands import add_people_commands
from ewaste.education.results.commands import results_commands
from ewaste.education.settings import Settings
from ewaste.education.xapi.commands import client_commands
from ewaste.runtime.cli import service_cli

__all__ = ["main"]

main = service_cli(build_app, Settings)
main.add_typer(course_commands(Settings), name="course")
main.add_typer(client_commands(Settings), name="xapi-client")
main.add_typer(results_commands(Settings), name="results")
add_people_commands(main, Settings)

if __name__ == "__main__":
    main()
