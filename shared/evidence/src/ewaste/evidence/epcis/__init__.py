"""EPCIS 2.0 and CBV 2.0 (GS1) as a view of the ledger: the same facts in the words that other systems read.

`events` maps facts to EPCIS events, `document` writes documents, `event_hash` computes the CBV's event hash.
Nothing here extends GS1's schema: what its words can't say stays outside (docs/architecture/epcis.md).
"""
