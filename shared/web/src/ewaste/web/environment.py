"""The template engine: everything escaped, a name that is not given is an error."""

from datetime import date, datetime
from typing import Any

from ewaste.web.dates import machine_time, say_date, say_datetime
from ewaste.web.language import Words
from ewaste.web.numbers import say_grams, say_share, share_of
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

__all__ = ["build_environment"]


def build_environment(package: str | None) -> Environment:
    """Finds `web/…` in this package and everything else in the `templates/` of `package`."""
    own = [PackageLoader(package)] if package else []
    environment = Environment(
        loader=ChoiceLoader([PrefixLoader({"web": PackageLoader("ewaste.web")}), *own]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "date": _date,
        "datetime": _datetime,
        "grams": _grams,
        "share": say_share,
        "share_of": share_of,
        "words": _words,
    }
    return environment


@pass_context
def _date(context: Context, when: date | datetime | str) -> Markup:
    day = date.fromisoformat(when) if isinstance(when, str) else when
    return _time(say_date(day, context["lang"]), day)


@pass_context
def _datetime(context: Context, when: datetime | str) -> Markup:
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    return _time(say_datetime(moment, context["lang"]), moment)


def _time(said: str, when: date | datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine_time(when), said)


@pass_context
def _grams(context: Context, grams: int) -> str:
    return say_grams(grams, context["lang"])


@pass_context
def _words(context: Context, both: Any) -> str:
    """The reader's side of `Words`, or of a fact that tells itself as `text_th` and `text_en`."""
    if isinstance(both, Words):
        return both.of(context["lang"])
    return str(getattr(both, f"text_{context['lang']}"))
