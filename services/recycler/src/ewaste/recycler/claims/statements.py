"""The SQL of `storage.py`: every statement takes whole columns."""

from typing import Final

CLAIMS: Final = """
SELECT c.partner_id, c.event_id, c.digest, c.kind, c.aggregate_id, c.part_id, c.fact_id, c.withdrawn FROM claim c
JOIN unnest($1::text[], $2::uuid[]) AS t(partner_id, event_id) USING (partner_id, event_id)
"""
LOADS: Final = "SELECT * FROM load WHERE load_id = ANY($1::text[])"
DISPATCHED: Final = "SELECT * FROM dispatched_bag WHERE load_id = ANY($1::text[])"
BATCHES: Final = "SELECT * FROM batch WHERE batch_id = ANY($1::text[])"
BAG_USES: Final = """
SELECT bag_id, batch_id, grams FROM bag_use WHERE batch_id = ANY($1::text[])
UNION SELECT bag_id, batch_id, grams FROM bag_use WHERE bag_id = ANY($2::text[])
"""
FRACTIONS: Final = "SELECT * FROM fraction WHERE batch_id = ANY($1::text[])"
TREATMENTS: Final = "SELECT * FROM treatment WHERE batch_id = ANY($1::text[])"

DROP_LOADS: Final = "DELETE FROM load WHERE load_id = ANY($1::text[])"
DROP_BATCHES: Final = "DELETE FROM batch WHERE batch_id = ANY($1::text[])"
DROP_BAG_USES: Final = "DELETE FROM bag_use WHERE bag_id = ANY($1::text[])"
DROP_FRACTIONS: Final = """
DELETE FROM fraction f USING unnest($1::text[], $2::text[]) AS t(batch_id, fraction_id)
WHERE f.batch_id = t.batch_id AND f.fraction_id = t.fraction_id
"""
DROP_TREATMENTS: Final = """
DELETE FROM treatment f USING unnest($1::text[], $2::text[]) AS t(batch_id, treatment_id)
WHERE f.batch_id = t.batch_id AND f.treatment_id = t.treatment_id
"""

PUT_CLAIMS: Final = """
INSERT INTO claim (partner_id, event_id, digest, kind, aggregate_id, part_id, fact_id, withdrawn)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bool[])
ON CONFLICT (partner_id, event_id) DO UPDATE SET fact_id = excluded.fact_id, withdrawn = excluded.withdrawn
"""
PUT_LOADS: Final = """
INSERT INTO load (load_id, partner_id, received_grams, difference, received_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[])
ON CONFLICT (load_id) DO UPDATE SET partner_id = excluded.partner_id, received_grams = excluded.received_grams,
  difference = excluded.difference, received_at = excluded.received_at
"""
PUT_BATCHES: Final = """
INSERT INTO batch (batch_id, partner_id, facility_id, other_client_grams, opened_at, recycled_at, process_loss_grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                     $7::bigint[])
ON CONFLICT (batch_id) DO UPDATE SET partner_id = excluded.partner_id, facility_id = excluded.facility_id,
  other_client_grams = excluded.other_client_grams, opened_at = excluded.opened_at,
  recycled_at = excluded.recycled_at, process_loss_grams = excluded.process_loss_grams
"""
PUT_BAG_USES: Final = """
INSERT INTO bag_use (bag_id, batch_id, grams) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (bag_id) DO UPDATE SET batch_id = excluded.batch_id, grams = excluded.grams
"""
PUT_FRACTIONS: Final = """
INSERT INTO fraction (batch_id, fraction_id, material, grams, operation, facility_id, treatment_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
ON CONFLICT (batch_id, fraction_id) DO UPDATE SET material = excluded.material, grams = excluded.grams,
  operation = excluded.operation, facility_id = excluded.facility_id, treatment_id = excluded.treatment_id
"""
PUT_TREATMENTS: Final = """
INSERT INTO treatment (batch_id, treatment_id, fraction_id, grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (batch_id, treatment_id) DO UPDATE SET fraction_id = excluded.fraction_id, grams = excluded.grams
"""
PUT_REFUSALS: Final = """
INSERT INTO refusal (topic, partition, record_offset, value_sha256, reason, detail, field, partner_id, event_id,
                     refused_at)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::uuid[], $10::timestamptz[])
"""
PUT_DISPATCHED: Final = """
INSERT INTO dispatched_bag (load_id, bag_id, seal_number, gross_grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING
"""
