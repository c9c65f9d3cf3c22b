"""The EPCIS event hash of CBV 2.0 (§8.9): one fingerprint of an event for every way of writing it down.

The rules are those of the standard; where its released reference implementation (epcis-event-hash-generator 1.9.3)
differs from the table of property order, the reference is followed, because that is what others compute: sensor
elements come before business transactions, destinations before sources, and `certificationInfo` counts.
`eventID`, `recordTime` and `errorDeclaration` never count, so a withdrawn event keeps its hash.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from ewaste.evidence.epcis.digital_link import canonical

__all__ = ["event_hash", "namespaces_of", "pre_hash"]

_CBV: Final = "https://ref.gs1.org/cbv/"
_WELL_KNOWN: Final = {"gs1": "https://gs1.org/voc/", "cbv": _CBV, "epcis": "https://ref.gs1.org/epcis/"}
_VOCABULARY: Final[Mapping[str, str]] = {
    "bizStep": _CBV + "BizStep-",
    "disposition": _CBV + "Disp-",
    "set": _CBV + "Disp-",
    "unset": _CBV + "Disp-",
    "bizTransaction/type": _CBV + "BTT-",
    "source/type": _CBV + "SDT-",
    "destination/type": _CBV + "SDT-",
    "component": _CBV + "Comp-",
    "sensorReport/type": _WELL_KNOWN["gs1"],
    "exception": _WELL_KNOWN["gs1"],
}
"""What a bare word in this field is the end of."""
_CBV_URNS: Final = {
    "urn:epcglobal:cbv:bizstep:": _CBV + "BizStep-",
    "urn:epcglobal:cbv:disp:": _CBV + "Disp-",
    "urn:epcglobal:cbv:btt:": _CBV + "BTT-",
    "urn:epcglobal:cbv:sdt:": _CBV + "SDT-",
    "urn:epcglobal:cbv:er:": _CBV + "ER-",
}
_IGNORED: Final = frozenset(
    {"type", "@context", "eventID", "recordTime", "errorDeclaration", "rdfs:comment", "comment"}
)
_TIMES: Final = frozenset({"eventTime", "time", "startTime", "endTime"})
_QUANTITY: Final = ("epcClass", "quantity", "uom")
_METADATA: Final = (
    *("time", "startTime", "endTime", "deviceID", "deviceMetadata"),
    *("rawData", "dataProcessingMethod", "bizRules"),
)
_REPORT: Final = (
    *("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time"),
    *("microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue"),
    *("uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom"),
    "coordinateReferenceSystem",
)
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_FRACTION: Final = re.compile(r"\.([0-9]+)")

Namespaces = Mapping[str, str]


def event_hash(event: Mapping[str, Any], namespaces: Namespaces = _WELL_KNOWN) -> str:
    """The event's `ni:///sha-256;…?ver=CBV2.0` URI (RFC 6920 with the digest in hex, as CBV writes it)."""
    return f"ni:///sha-256;{sha256(pre_hash(event, namespaces).encode()).hexdigest()}?ver=CBV2.0"


def namespaces_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The prefixes that a document's `@context` gives, with those of the standard."""
    context = document.get("@context", ())
    found = [each for each in (context if isinstance(context, list) else [context]) if isinstance(each, Mapping)]
    return {**_WELL_KNOWN, **{key: value for each in found for key, value in each.items() if isinstance(value, str)}}


def pre_hash(event: Mapping[str, Any], namespaces: Namespaces = _WELL_KNOWN) -> str:
    """The text that is hashed: every property as key and value in one order, nothing between them."""
    known = "".join(
        write(_Writer(namespaces), name, event[name]) for name, write in _ORDER.items() if event.get(name) is not None
    )
    rest = {name: value for name, value in event.items() if name not in _ORDER and name not in _IGNORED}
    return f"eventType={event['type']}{known}{''.join(sorted(_Writer(namespaces).last(rest)))}"


class _Writer:
    """Properties as text, under the prefixes of one document."""

    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces

    def value(self, name: str, value: Any, within: str = "") -> str:
        """`name=value` in canonical form; `within` is the element that a `type` belongs to."""
        if isinstance(value, str) and name in _TIMES:
            return f"{name}={_moment(value.strip())}"
        bare = _VOCABULARY.get(f"{within}/{name}", _VOCABULARY.get(name))
        if bare and isinstance(value, str) and ":" not in value:
            return f"{name}={bare}{value.strip()}"
        return f"{name}={self.text(value)}"

    def text(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value).strip()
        if _NUMBER.fullmatch(text) or isinstance(value, float):
            return _number(text)
        for urn, web in _CBV_URNS.items():
            text = web + text.removeprefix(urn) if text.startswith(urn) else text
        prefix, colon, local = text.partition(":")
        if colon and prefix in self.namespaces:
            text = self.namespaces[prefix] + local
        return canonical(text) or text

    def fields(self, element: Mapping[str, Any], order: Sequence[str], within: str = "") -> str:
        """These fields of an element, then what else it holds: extensions at the end of their parent."""
        known = "".join(self.value(name, element[name], within) for name in order if element.get(name) is not None)
        return known + "".join(sorted(self.last({name: element[name] for name in element if name not in order})))

    def last(self, rest: Mapping[str, Any]) -> Iterator[str]:
        """What has no place in the order: pairs, master data of the instance, extensions."""
        for name, value in rest.items():
            if name in _PAIRS:
                yield self.pairs(name, value)
            elif name == "ilmd":
                yield name + "".join(sorted(self.last(value)))
            elif name not in _IGNORED:
                yield from self.extension(name, value)

    def pairs(self, name: str, elements: Sequence[Mapping[str, Any]]) -> str:
        key = _PAIRS[name]
        return name + "".join(sorted(self.fields(each, ("type", key), key) for each in elements))

    def extension(self, name: str, value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for each in value:
                yield from self.extension(name, each)
            return
        prefix, colon, local = name.partition(":")
        key = f"{{{self.namespaces[prefix]}}}{local}" if colon and prefix in self.namespaces else name
        yield key + "".join(sorted(self.last(value))) if isinstance(value, Mapping) else f"{key}={self.text(value)}"


_Write = Callable[[_Writer, str, Any], str]
_PAIRS: Final = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}


def _scalar(writer: _Writer, name: str, value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return "".join(sorted(writer.value(name, each) for each in values))


def _epcs(writer: _Writer, name: str, values: Sequence[str]) -> str:
    return name + "".join(sorted(writer.value("epc", each) for each in values)) if values else ""


def _quantities(writer: _Writer, name: str, elements: Sequence[Mapping[str, Any]]) -> str:
    written = sorted("quantityElement" + writer.fields(each, _QUANTITY) for each in elements)
    return name + "".join(written) if written else ""


def _dispositions(writer: _Writer, name: str, value: Mapping[str, Any]) -> str:
    return name + "".join(_scalar(writer, each, value[each]) for each in ("set", "unset") if each in value)


def _place(writer: _Writer, name: str, value: Mapping[str, Any]) -> str:
    return name + writer.fields(value, ("id",))


def _sensors(writer: _Writer, name: str, elements: Sequence[Mapping[str, Any]]) -> str:
    return name + "".join(sorted("sensorElement" + _sensor(writer, each) for each in elements))


def _sensor(writer: _Writer, element: Mapping[str, Any]) -> str:
    metadata = element.get("sensorMetadata")
    told = "sensorMetadata" + writer.fields(metadata, _METADATA) if metadata else ""
    reports = [
        "sensorReport" + writer.fields(each, _REPORT, "sensorReport") for each in element.get("sensorReport", ())
    ]
    rest = {key: value for key, value in element.items() if key not in ("sensorMetadata", "sensorReport")}
    return told + "".join(sorted(reports)) + "".join(sorted(writer.last(rest)))


_ORDER: Final[Mapping[str, _Write]] = {
    "eventTime": _scalar,
    "eventTimeZoneOffset": lambda writer, name, value: f"{name}={value}",
    "certificationInfo": _scalar,
    "epcList": _epcs,
    "parentID": _scalar,
    "inputEPCList": _epcs,
    "childEPCs": _epcs,
    "quantityList": _quantities,
    "childQuantityList": _quantities,
    "inputQuantityList": _quantities,
    "outputEPCList": _epcs,
    "outputQuantityList": _quantities,
    "action": _scalar,
    "transformationID": _scalar,
    "bizStep": _scalar,
    "disposition": _scalar,
    "persistentDisposition": _dispositions,
    "readPoint": _place,
    "bizLocation": _place,
    "sensorElementList": _sensors,
}


def _moment(text: str) -> str:
    """UTC with milliseconds, the fourth decimal rounded half up."""
    fraction = _FRACTION.search(text)
    digits = fraction[1] if fraction else ""
    whole = datetime.fromisoformat(_FRACTION.sub("", text, count=1)).astimezone(UTC)
    up = int(digits[3:4] or "0") >= 5
    moment = whole + timedelta(milliseconds=int(digits[:3].ljust(3, "0")) + up)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(text: str) -> str:
    """Without sign `+`, leading or trailing zeros."""
    number = Decimal(text)
    whole = number.to_integral_value()
    return str(whole if number == whole else number.normalize())
