"""`sample`: what to look at in the field, drawn so that neither side steers."""

import sys
from typing import Annotated

import typer
from ewaste.auditor.commands.common import Dir, Json, UntilText, print_json, progress, screen, told_errors
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import parse_until
from ewaste.auditor.sampling.draw import sample_size
from ewaste.auditor.sampling.population import Population
from ewaste.auditor.sampling.sample import sample as draw_sample
from ewaste.auditor.sampling.screen import show_sample, write_csv
from ewaste.auditor.screen import Language

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(sample)


def sample(
    folder: Dir,
    nonce: Annotated[str, typer.Option(metavar="TEXT", help="fixed after the root was, by neither side alone")],
    number: Annotated[int | None, typer.Option("-n", min=1, help="how many; default: from the two percents")] = None,
    of: Annotated[Population, typer.Option(help="what is drawn: all records, or what is certified")] = Population.ITEMS,
    confidence: Annotated[int, typer.Option(min=1, max=99, help="percent")] = 95,
    tolerable: Annotated[int, typer.Option(min=1, max=99, help="percent that may deviate unseen")] = 5,
    until: UntilText = None,
    lang: Annotated[Language, typer.Option(help="the language of the text")] = Language.BOTH,
    as_csv: Annotated[bool, typer.Option("--csv", help="a table on standard output, a row per fact")] = False,
    as_json: Json = False,
) -> None:
    """Draw from SHA-256(root ‖ nonce ‖ i). None deviates of 59: 95 % sure that less than 5 % of all do. Offline."""
    wanted = number or sample_size(confidence, tolerable)
    with told_errors(), progress("") as watch:
        if as_csv and as_json:
            raise CannotRun("give one of --csv and --json")
        found = draw_sample(Mirror.open(folder), of, wanted, nonce, parse_until(until), watch)
    if as_json:
        print_json(found.to_dict())
    elif as_csv:
        write_csv(sys.stdout, found)
    else:
        english, thai = lang is not Language.TH, lang is not Language.EN
        show_sample(screen(), found, thai=thai, english=english)
