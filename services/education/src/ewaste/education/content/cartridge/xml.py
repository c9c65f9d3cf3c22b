"""XML from outsiders: no entities, no document types, and names without the namespaces of a version."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from ewaste.contracts.refusal import Refused
from ewaste.education.content.files.source import Source, read_file

__all__ = ["child", "children", "descendants", "local", "read_xml", "text_of"]

_MOST_BYTES: Final = 8 * 1024 * 1024


def read_xml(source: Source, name: str) -> Element:
    """The root of an XML file; raises `Refused` that names the file."""
    try:
        return fromstring(read_file(source, name, _MOST_BYTES), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Refused("xml-invalid", f"{name} is not plain XML: {error!r}", field=name) from None


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    return [one for one in element if local(one) == name]


def child(element: Element, name: str) -> Element | None:
    return next(iter(children(element, name)), None)


def descendants(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if local(one) == name)


def text_of(element: Element | None) -> str:
    """Its text with that of its parts, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
