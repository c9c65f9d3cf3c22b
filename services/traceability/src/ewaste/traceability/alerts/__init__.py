"""Alerts: what is missing or contradicts itself in the chain of custody, as events that open and close."""
