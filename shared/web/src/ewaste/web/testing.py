"""For tests of pages: what must hold for every one of them. Needs the extra `testing`."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from ewaste.web.environment import build_environment
from ewaste.web.language import Texts
from ewaste.web.texts import SHARED_TEXTS
from jinja2 import nodes

__all__ = ["check_page", "check_texts", "text_of"]

_OUTSIDE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_LOADED = {"script", "link", "img", "iframe", "object", "embed", "audio", "video", "source", "form"}


def check_page(html: str, headers: Mapping[str, str]) -> Element:
    """Parse a page strictly and hold it to the rules of every page; raises AssertionError naming what is wrong."""
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy, policy
    assert not re.search(r"unsafe|\*|http|data:", policy), policy
    assert headers["x-content-type-options"] == "nosniff"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Any = parser.parse(html)
    assert root.get("lang") in ("th", "en"), "the page does not say its language"
    assert (root.findtext("head/title") or "").strip(), "the page has no title"
    assert len(list(root.iter("h1"))) == 1, "a page has one h1"
    _loads_nothing_from_outside(root, policy)
    _is_operable(root)
    return root  # type: ignore[no-any-return]


def text_of(root: Element) -> str:
    """All text of the page's main part, each element's apart, white space collapsed."""
    main = root.find("body/main")
    assert main is not None, "the page has no main part"
    return " ".join(" ".join(main.itertext()).split())


def check_texts(package: str, texts: Texts) -> None:
    """Hold a catalogue to the templates of its package: no text is missing, none is left over.

    A key that is put together starts with a constant that ends in an underscore: `t("kind_" ~ kind)`.
    """
    environment = build_environment(None if package == "ewaste.web" else package)
    folder = files(package).joinpath("templates")
    sources = [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".html")]
    named = {key for source in sources for key in _keys(environment.parse(source))}
    beginnings = tuple(key for key in named if key.endswith("_"))
    missing = named - {*beginnings, *texts, *SHARED_TEXTS}
    assert not missing, f"the templates of {package} name texts that do not exist: {missing}"
    unused = {key for key in texts if key not in named and not key.startswith(beginnings)}
    assert not unused, f"no template of {package} names {unused}"


def _keys(template: nodes.Template) -> Iterator[str]:
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            first = call.args[0]
            constants = [first] if isinstance(first, nodes.Const) else first.find_all(nodes.Const)
            yield from (constant.value for constant in constants if isinstance(constant.value, str))


def _is_own_script(script: Element, policy: str) -> bool:
    """A file of ours, where the page's policy lets our files run: never text in the page."""
    return "script-src 'self'" in policy and bool(script.get("src")) and not script.text


def _loads_nothing_from_outside(root: Element, policy: str) -> None:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag != "style", "<style> in a page"
        assert element.tag != "script" or _is_own_script(element, policy), "<script> in a page that allows none"
        for name, value in element.attrib.items():
            assert not re.match(r"style$|on", name), f"{name}= on <{element.tag}>"
            assert not value.strip().lower().startswith("javascript:"), f"{name}={value!r}"
            if element.tag in _LOADED:
                assert not _OUTSIDE.match(value), f"<{element.tag} {name}={value!r}> is loaded from outside"


def _is_operable(root: Element) -> None:
    """WCAG 2.2: 1.1.1, 1.3.1, 2.4.1, 4.1.2, as far as markup shows them."""
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)), "an id is used twice"
    labelled = {label.get("for") for label in root.iter("label")}
    for field in (*root.iter("input"), *root.iter("select")):
        assert field.get("type") == "hidden" or field.get("id") in labelled, f"{field.attrib} has no label"
    assert all("alt" in image.attrib for image in root.iter("img")), "an image has no alt"
    assert all("".join(link.itertext()).strip() for link in root.iter("a")), "a link has no text"
    inner = [link.attrib["href"][1:] for link in root.iter("a") if link.attrib.get("href", "").startswith("#")]
    assert set(inner) <= set(ids), f"links lead to {set(inner) - set(ids)}, which is not on the page"
    levels = [int(element.tag[1]) for element in root.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    assert not jumps, f"headings jump: {jumps}"
