"""Server-rendered pages: `build_pages` gives a service its templates, its start page and a router for its own pages."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from ewaste.contracts.refusal import INVALID, NOT_FOUND, Refused
from ewaste.web.assets import ASSETS
from ewaste.web.environment import build_environment
from ewaste.web.headers import PAGE_HEADERS
from ewaste.web.language import Language, Texts, Words, choose_language
from ewaste.web.texts import SHARED_TEXTS
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

__all__ = ["Landing", "Link", "Pages", "build_pages"]

_log = structlog.get_logger(__name__)
_FOREVER: Final = "public, max-age=31536000, immutable"
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Link:
    """A page of this service; `path` from the service's root."""

    path: str
    label: Words


@dataclass(frozen=True, slots=True)
class Landing:
    """A service's start page: what it is called, what it is for, and its own pages, which every page also links."""

    title: Words
    purpose: Words
    links: tuple[Link, ...] = ()


class Pages:
    """Renders templates in the reader's language. Made by `build_pages`."""

    def __init__(self, package: str | None, texts: Texts, landing: Landing) -> None:
        if both := SHARED_TEXTS.keys() & texts.keys():
            raise ValueError(f"texts {', '.join(sorted(both))} exist in ewaste.web; name yours otherwise")
        self._environment = build_environment(package)
        self._texts = {**SHARED_TEXTS, **texts}
        self._landing = landing

    def router(self) -> APIRouter:
        """The start page `/` and `/assets`; routes added to it answer errors as pages. Kept out of OpenAPI."""
        router = APIRouter(route_class=self._route_class(), include_in_schema=False)

        @router.get("/")
        async def start(request: Request) -> Response:
            return self.render(request, "web/landing.html")

        @router.get("/assets/{name}")
        async def asset(name: str) -> Response:
            return _asset(name)

        return router

    def render(self, request: Request, template: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
        """The page; `values` are what the template names."""
        language = _language(request)
        text = self._environment.get_template(template).render(
            lang=language,
            landing=self._landing,
            switch=[(each, _switched(request, each)) for each in Language],
            t=lambda key, **parts: self._texts[key].of(language).format(**parts),
            href=lambda path: _href(request, path),
            asset=lambda name: f"{_root(request)}/assets/{ASSETS[name].name}",
            **values,
        )
        return HTMLResponse(text, status, headers={**PAGE_HEADERS, "Content-Language": language})

    def redirect(self, request: Request, path: str) -> Response:
        """Go on to another page of this service (303), in the same language."""
        return RedirectResponse(_href(request, path), HTTPStatus.SEE_OTHER, headers={**PAGE_HEADERS})

    def failure(self, request: Request, status: int) -> Response:
        """The page that says no: not found, not valid, or our own fault."""
        word = "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
        return self.render(request, "web/error.html", status, word="not_found" if status == NOT_FOUND else word)

    def _route_class(self) -> type[APIRoute]:
        pages = self

        class PageRoute(APIRoute):
            """Errors on pages are pages: a browser has no use for a problem document."""

            def get_route_handler(self) -> _Handler:
                return pages.answering(super().get_route_handler())

        return PageRoute

    def answering(self, handler: _Handler) -> _Handler:
        """The handler with every error answered by a page."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refusal:
                return self.failure(request, refusal.status)
            except RequestValidationError as error:
                # What can't be an id names nothing: for a reader the same as an unknown one.
                in_path = any(one["loc"][0] == "path" for one in error.errors())
                return self.failure(request, NOT_FOUND if in_path else INVALID)
            except Exception as error:
                _log.error("page failed", method=request.method, path=request.url.path, exc_info=error)
                return self.failure(request, HTTPStatus.INTERNAL_SERVER_ERROR)

        return answer


def build_pages(landing: Landing, texts: Texts | None = None, package: str | None = None) -> Pages:
    """The pages of a service. `package` holds its `templates/`, as `ewaste.dropoff`; None when it has none yet.

    Templates extend `web/base.html`. They are given the values of `render` and: `t(key, **parts)` a text of the
    catalogue, `href(path)` an address within the service, `asset(name)`, `lang`, the filters `date`, `datetime`,
    `grams`, `share_of`, `share` and `words`. Raises ValueError when a text would hide a shared one.
    """
    return Pages(package, texts or {}, landing)


def _language(request: Request) -> Language:
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))


def _href(request: Request, path: str) -> str:
    """Below the root path that a proxy gave us; a language that was asked for stays asked for."""
    asked = request.query_params.get("lang")
    address = _root(request) + path
    if asked not in tuple(Language):
        return address
    address, hash, fragment = address.partition("#")
    return f"{address}{'&' if '?' in address else '?'}lang={asked}{hash}{fragment}"


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _switched(request: Request, language: Language) -> str:
    """This very page in that language."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"?{urlencode([*others, ('lang', language.value)])}"


def _asset(name: str) -> Response:
    stem, _, rest = name.partition(".")
    found = ASSETS.get(f"{stem}.{rest.rpartition('.')[2]}")
    if found is None:
        return Response(status_code=NOT_FOUND)
    # During a roll-out a page of one version may ask another for its stylesheet: give ours, but not for good.
    caching = _FOREVER if name == found.name else "no-cache"
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    return Response(found.content, media_type=found.media_type, headers=headers)
