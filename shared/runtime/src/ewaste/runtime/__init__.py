"""Delivery without loss: outbox, relay, inbox, positions, dead letters, health, telemetry."""
