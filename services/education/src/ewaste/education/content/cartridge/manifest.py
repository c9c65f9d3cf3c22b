"""`imsmanifest.xml`: the tree of items and the resources that they refer to (Common Cartridge Profile, section 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from ewaste.contracts.refusal import Refused
from ewaste.education.content.cartridge.xml import child, children, descendants, read_xml, text_of
from ewaste.education.content.files.source import Source

__all__ = ["Item", "Manifest", "Resource", "read_manifest"]

MANIFEST_FILE: Final = "imsmanifest.xml"
_NAMESPACE: Final = re.compile(r"\{http://www\.imsglobal\.org/xsd/imsccv1p([123])/imscp_v1p1\}manifest")


@dataclass(frozen=True, slots=True)
class Resource:
    resource_id: str
    kind: str
    """As the manifest says it, such as `webcontent`."""
    href: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A folder, or a leaf that refers to a resource."""

    title: str
    resource_id: str | None
    items: tuple["Item", ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    version: str
    title: str
    items: tuple[Item, ...]
    """The top folders."""
    resources: Mapping[str, Resource]


def read_manifest(source: Source) -> Manifest:
    """Raises `Refused` where there is none, or it is of another version."""
    root = read_xml(source, MANIFEST_FILE)
    match = _NAMESPACE.fullmatch(str(root.tag))
    if not match:
        detail = f"{MANIFEST_FILE} is of {str(root.tag)[:80]}; export the course as Common Cartridge 1.1, 1.2 or 1.3"
        raise Refused("cartridge-version", detail, field=MANIFEST_FILE)
    organization = next(descendants(root, "organization"), None)
    tops = [_item(one) for one in children(organization, "item")] if organization is not None else []
    # The profile asks for one nameless item around all others.
    items = tops[0].items if len(tops) == 1 and tops[0].resource_id is None else tuple(tops)
    resources = (_resource(one) for one in descendants(root, "resource"))
    return Manifest(f"1.{match.group(1)}", _title(root), items, {one.resource_id: one for one in resources})


def _item(element: Element) -> Item:
    items = tuple(_item(one) for one in children(element, "item"))
    return Item(text_of(child(element, "title")), element.get("identifierref"), items)


def _resource(element: Element) -> Resource:
    href = element.get("href")
    file = child(element, "file")
    name = href or (file.get("href") if file is not None else None)
    return Resource(element.get("identifier") or "", element.get("type") or "", unquote(name) if name else None)


def _title(root: Element) -> str:
    metadata = child(root, "metadata")
    title = next(descendants(metadata, "title"), None) if metadata is not None else None
    return text_of(title)
