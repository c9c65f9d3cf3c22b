"""A certificate's content as the pure function gives it, for tests of its paper; no ledger behind it."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from ewaste.evidence.canonical import canonical_json
from ewaste.evidence.certificates.credential import certificate_credential, secure
from ewaste.evidence.keys import SigningKey

__all__ = ["CERTIFICATE_ID", "ISSUED_AT", "VERIFY_URL", "content", "credential"]

CERTIFICATE_ID = "cert-batch-001-7-5547b23b64c8ee67"
ISSUED_AT = datetime(2026, 11, 22, 17, 37, 12, 255_949, tzinfo=UTC)
VERIFY_URL = f"https://trace.example/pages/verify/{CERTIFICATE_ID}"
_KEY = {
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
}  # fmt: skip


def content(**more: Any) -> dict[str, Any]:
    """8.225 kg of a batch, nothing landfilled."""
    return {
        "format": "ewaste.certificate.v1",
        "issuer": "urn:ewaste:chiangmai:traceability",
        "batch_id": "batch-001-7",
        "partner": {
            "partner_id": "green-metals", "name_th": "กรีนเมทัล", "name_en": "Green Metals",
            "licence_number": "3-106-33/50ลพ", "licence_valid_from": "2026-01-01",
            "licence_valid_until": "2027-12-31", "sample": False,
            "schemes": [{"name": "r2v3", "certificate_number": "S-1", "valid_from": "2026-01-01",
                         "valid_until": "2027-01-01"}],
        },
        "period": {"from": "2026-11-19T23:00:00Z", "until": "2026-11-20T20:06:00Z"},
        "inputs": [{"bag_id": f"bag-{number}", "grams": 1_645, "broken": False} for number in range(5)],
        "items": {"by_category": {"phone": 120, "cable": 106}, "total": 226, "in_two_bags": 0},
        "grams": {"own": 8_225, "other_clients": 0, "input": 8_225, "output": 8_140, "process_loss": 70,
                  "difference": 15, "tolerance": 164, "landfill": 0, "reuse": 0},
        "outcome": {"by_operation": {"R4": 5_740, "R3": 2_400}, "by_material": {"copper": 5_740, "plastics": 2_400}},
        "chain_of_custody": {"segregated_basis_points": 10_000, "own_share_basis_points": 10_000},
        "assessments": {
            "ul2799": {"level": "gold", "diverted_grams": 8_140, "diverted_basis_points": 9_897},
            "true": {"reached": True, "diverted_grams": 8_140, "diverted_basis_points": 9_897},
            "weee-eu": {"determined": False, "reason": "not_sorted"},
        },
        "evidence": list(range(57)),
        "ledger": {"size": 1_125, "root": sha256(b"root").hexdigest()},
        "rules": {"landfill.1": sha256(b"landfill").hexdigest()},
        "rules_digest": sha256(b"rules").hexdigest(),
        **more,
    }  # fmt: skip


def credential(canonical: bytes | None = None) -> str:
    """Its `vc+jwt`, signed with a key that everybody knows (RFC 8037, appendix A)."""
    made = certificate_credential(
        canonical or canonical_json(content()),
        certificate_id=CERTIFICATE_ID,
        issued_at=ISSUED_AT,
        ordinal=3,
        url="https://trace.example",
    )
    return secure(made, SigningKey(_KEY), "https://trace.example")
