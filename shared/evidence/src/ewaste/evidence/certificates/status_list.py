"""W3C Bitstring Status List v1.0: which certificates hold no more, as a credential that is signed like any other."""

import base64
import binascii
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ewaste.contracts.fields import utc_text
from ewaste.evidence.certificates.credential import did_web
from ewaste.evidence.certificates.status_entry import LIST_ENTRIES, STATUS_PURPOSES, place_of, status_list_url

__all__ = ["StatusList", "StatusUnknown", "encode_bits", "read_status_list", "status_list_credential", "statuses_of"]

_VC_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
# RFC 1952 with neither time nor system in it: zlib's own header names the system it was built for.
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_MOST_BYTES: Final = 4 * 1_048_576
_TTL_MS: Final = 300_000


class StatusUnknown(ValueError):
    """The list does not say it: fetch it again from the address in the credential; treat the status as not known."""


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list as read, nothing of its signature verified (`credential.verify_secured` does that)."""

    id: str
    purpose: str
    bits: bytes

    def is_set(self, index: int) -> bool:
        """Raises StatusUnknown when the list is shorter than that."""
        if not 0 <= index < len(self.bits) * 8:
            raise StatusUnknown(f"{self.id} has {len(self.bits) * 8:,} entries and none at {index:,}")
        return bool(self.bits[index // 8] & (0x80 >> index % 8))


def status_list_credential(
    purpose: str, number: int, ordinals: Iterable[int], *, valid_from: datetime, url: str
) -> dict[str, Any]:
    """List `number` for one purpose, to be secured with `credential.secure`.

    `ordinals` are those of every certificate the purpose applies to; those of other lists are left out. `valid_from` is
    the time of the newest event that it follows from. Raises ValueError for another purpose.
    """
    if purpose not in STATUS_PURPOSES:
        raise ValueError(f"purpose {purpose!r}; lists exist for {', '.join(STATUS_PURPOSES)}")
    listed = status_list_url(url, purpose, number)
    here = [index for found, index in map(place_of, ordinals) if found == number]
    return {
        "@context": [_VC_CONTEXT],
        "id": listed,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_web(url),
        "validFrom": utc_text(valid_from),
        "credentialSubject": {
            "id": f"{listed}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_bits(here),
            "ttl": _TTL_MS,
        },
    }


def encode_bits(indices: Iterable[int]) -> str:
    """Multibase base64url of the gzipped bits; the first index is the left-most bit (§3.2)."""
    bits = bytearray(LIST_ENTRIES // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> index % 8
    packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packed.compress(bytes(bits)) + packed.flush()
    framed = _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(bits), len(bits))
    return "u" + base64.urlsafe_b64encode(framed).rstrip(b"=").decode()


def read_status_list(credential: Mapping[str, Any]) -> StatusList:
    """Raises StatusUnknown when it is no status list, or too short or too long to be one."""
    subject = credential.get("credentialSubject")
    if not isinstance(subject, Mapping) or subject.get("type") != "BitstringStatusList":
        raise StatusUnknown("this credential is no BitstringStatusList")
    id, purpose, encoded = credential.get("id"), subject.get("statusPurpose"), subject.get("encodedList")
    if not isinstance(id, str) or not isinstance(purpose, str) or not isinstance(encoded, str):
        raise StatusUnknown("the status list needs id, statusPurpose and encodedList")
    bits = _decode(encoded)
    if len(bits) * 8 < LIST_ENTRIES:
        raise StatusUnknown(f"{id} has {len(bits) * 8:,} entries; need {LIST_ENTRIES:,}")
    return StatusList(id, purpose, bits)


def statuses_of(credential: Mapping[str, Any], lists: Iterable[StatusList]) -> dict[str, bool | None]:
    """By purpose, whether the credential's bit is set; None where none of these lists is the one it names."""
    by_id = {each.id: each for each in lists}
    found: dict[str, bool | None] = {}
    for entry in _entries(credential):
        listed = by_id.get(str(entry.get("statusListCredential")))
        purpose, index = str(entry.get("statusPurpose")), str(entry.get("statusListIndex"))
        if listed is None or listed.purpose != purpose:
            found[purpose] = None
        elif index.isascii() and index.isdecimal() and len(index) <= 16:
            found[purpose] = listed.is_set(int(index))
        else:
            raise StatusUnknown(f"statusListIndex {index[:40]!r} is no number")
    return found


def _entries(credential: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    status = credential.get("credentialStatus")
    return [each for each in (status if isinstance(status, list) else [status]) if isinstance(each, Mapping)]


def _decode(encoded: str) -> bytes:
    unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        if not encoded.startswith("u"):
            raise StatusUnknown("encodedList is not multibase base64url: it must start with u")
        raw = base64.urlsafe_b64decode(encoded[1:].encode("ascii") + b"=" * (-(len(encoded) - 1) % 4))
        bits = unpacked.decompress(raw, _MOST_BYTES)
    except (zlib.error, binascii.Error, UnicodeEncodeError) as error:
        raise StatusUnknown(f"encodedList can't be unpacked: {error}") from error
    if not unpacked.eof:
        raise StatusUnknown("encodedList ends too early or holds more than a status list can")
    return bits
