"""The SQL of `loading.py` and `storage.py`: every statement takes whole columns."""

from typing import Final

CLAIMS: Final = """
SELECT c.partner_id, c.event_id, c.digest, c.kind, c.aggregate_id, c.part_id, c.fact_id, c.withdrawn FROM claim c
JOIN unnest($1::text[], $2::uuid[]) AS t(partner_id, event_id) USING (partner_id, event_id)
"""
LOADS: Final = "SELECT * FROM load WHERE load_id = ANY($1::text[])"
RECEIVED: Final = """
SELECT load_id, bag_id, gross_grams FROM received_bag WHERE load_id = ANY($1::text[])
UNION SELECT load_id, bag_id, gross_grams FROM received_bag WHERE bag_id = ANY($2::text[])
"""
REJECTED: Final = "SELECT * FROM rejected_bag WHERE load_id = ANY($1::text[]) ORDER BY bag_id"
STATED: Final = "SELECT * FROM stated_bag WHERE load_id = ANY($1::text[])"
BATCHES: Final = "SELECT * FROM batch WHERE batch_id = ANY($1::text[])"
BAG_USES: Final = """
SELECT bag_id, batch_id, grams FROM bag_use WHERE batch_id = ANY($1::text[])
UNION SELECT bag_id, batch_id, grams FROM bag_use WHERE bag_id = ANY($2::text[])
"""
FRACTIONS: Final = "SELECT * FROM fraction WHERE batch_id = ANY($1::text[])"
TREATMENTS: Final = "SELECT * FROM treatment WHERE batch_id = ANY($1::text[])"

# A correction counts unless it was taken back itself; it may be learned before the event that it takes back.
_STANDS: Final = """
NOT EXISTS (
  SELECT 1 FROM logistics_correction c WHERE c.corrected_id = {table}.event_id
  AND NOT EXISTS (SELECT 1 FROM logistics_correction again WHERE again.corrected_id = c.event_id))
"""
# Event ids rise with time (UUID version 7): of several words about the same the first stands.
DISPATCHED: Final = f"""
SELECT DISTINCT ON (load_id, bag_id) load_id, bag_id, seal_number, gross_grams FROM dispatched_bag d
WHERE load_id = ANY($1::text[]) AND {_STANDS.format(table="d")} ORDER BY load_id, bag_id, event_id
"""
COLLECTED: Final = f"""
SELECT DISTINCT ON (bag_id) bag_id, gross_grams, tare_grams FROM weighing w
WHERE bag_id = ANY($1::text[]) AND {_STANDS.format(table="w")} ORDER BY bag_id, event_id
"""
SENT_GRAMS: Final = f"""
SELECT bag_id, max(gross_grams) AS gross_grams FROM dispatched_bag d
WHERE bag_id = ANY($1::text[]) AND {_STANDS.format(table="d")} GROUP BY bag_id
"""
SETTLED: Final = f"""
SELECT bag_id, load_id, gross_grams, decided FROM settled_bag s
WHERE bag_id = ANY($1::text[]) AND {_STANDS.format(table="s")} ORDER BY bag_id, event_id DESC
"""

DROP_LOADS: Final = "DELETE FROM load WHERE load_id = ANY($1::text[])"
DROP_RECEIVED: Final = """
DELETE FROM received_bag r USING unnest($1::text[], $2::text[]) AS t(load_id, bag_id)
WHERE r.load_id = t.load_id AND r.bag_id = t.bag_id
"""
_DROP_ANSWERS: Final = """
DELETE FROM {table} r USING unnest($1::text[], $2::text[], $3::uuid[], $4::text[])
  AS t(load_id, partner_id, event_id, bag_id)
WHERE r.load_id = t.load_id AND r.partner_id = t.partner_id AND r.event_id = t.event_id AND r.bag_id = t.bag_id
"""
DROP_REJECTED: Final = _DROP_ANSWERS.format(table="rejected_bag")
DROP_STATED: Final = _DROP_ANSWERS.format(table="stated_bag")
DROP_BATCHES: Final = "DELETE FROM batch WHERE batch_id = ANY($1::text[])"
DROP_BAG_USES: Final = """
DELETE FROM bag_use u USING unnest($1::text[], $2::text[]) AS t(bag_id, batch_id)
WHERE u.bag_id = t.bag_id AND u.batch_id = t.batch_id
"""
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
PUT_RECEIVED: Final = """
INSERT INTO received_bag (load_id, bag_id, gross_grams) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (load_id, bag_id) DO UPDATE SET gross_grams = excluded.gross_grams
"""
PUT_REJECTED: Final = """
INSERT INTO rejected_bag (load_id, partner_id, event_id, bag_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) ON CONFLICT DO NOTHING
"""
PUT_STATED: Final = """
INSERT INTO stated_bag (load_id, partner_id, event_id, bag_id, gross_grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[]) ON CONFLICT DO NOTHING
"""
PUT_BATCHES: Final = """
INSERT INTO batch (batch_id, partner_id, facility_id, other_client_grams, opened_at, sorted, recycled_at,
                   process_loss_grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::jsonb[],
                     $7::timestamptz[], $8::bigint[])
ON CONFLICT (batch_id) DO UPDATE SET partner_id = excluded.partner_id, facility_id = excluded.facility_id,
  other_client_grams = excluded.other_client_grams, opened_at = excluded.opened_at, sorted = excluded.sorted,
  recycled_at = excluded.recycled_at, process_loss_grams = excluded.process_loss_grams
"""
PUT_BAG_USES: Final = """
INSERT INTO bag_use (bag_id, batch_id, grams) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (bag_id, batch_id) DO UPDATE SET grams = excluded.grams
"""
PUT_FRACTIONS: Final = """
INSERT INTO fraction (batch_id, fraction_id, material, grams, operation, facility_id, treatment_id, waste_code,
                      facility_country, prepared_for_reuse, pieces)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::bool[], $11::bigint[])
ON CONFLICT (batch_id, fraction_id) DO UPDATE SET material = excluded.material, grams = excluded.grams,
  operation = excluded.operation, facility_id = excluded.facility_id, treatment_id = excluded.treatment_id,
  waste_code = excluded.waste_code, facility_country = excluded.facility_country,
  prepared_for_reuse = excluded.prepared_for_reuse, pieces = excluded.pieces
"""
PUT_TREATMENTS: Final = """
INSERT INTO treatment (batch_id, treatment_id, fraction_id, grams, process_loss_grams, facility_id, facility_country,
                       treated_at, basel_notification_number, basel_movement_number)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::text[], $10::text[])
ON CONFLICT (batch_id, treatment_id) DO UPDATE SET fraction_id = excluded.fraction_id, grams = excluded.grams,
  process_loss_grams = excluded.process_loss_grams, facility_id = excluded.facility_id,
  facility_country = excluded.facility_country, treated_at = excluded.treated_at,
  basel_notification_number = excluded.basel_notification_number,
  basel_movement_number = excluded.basel_movement_number
"""
PUT_REFUSALS: Final = """
INSERT INTO refusal (topic, partition, record_offset, value_sha256, reason, detail, field, partner_id, event_id,
                     refused_at)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::uuid[], $10::timestamptz[])
"""
PUT_DISPATCHED: Final = """
INSERT INTO dispatched_bag (load_id, bag_id, event_id, seal_number, gross_grams)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[]) ON CONFLICT DO NOTHING
"""
PUT_WEIGHINGS: Final = """
INSERT INTO weighing (bag_id, event_id, gross_grams, tare_grams)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[]) ON CONFLICT DO NOTHING
"""
PUT_SETTLED: Final = """
INSERT INTO settled_bag (bag_id, event_id, load_id, gross_grams, decided)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bool[]) ON CONFLICT DO NOTHING
"""
PUT_CORRECTIONS: Final = """
INSERT INTO logistics_correction (corrected_id, event_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING
"""
