"""The ledgers as tiled logs: files that anyone copies, checkpoints that witnesses cosign, receipts, and the alarms."""
