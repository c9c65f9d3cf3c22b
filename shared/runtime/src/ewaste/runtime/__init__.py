"""The plumbing that every service shares: delivery without loss, health, logs, metrics.

A service builds an `app.App` from `settings`, `database`, `outbox`, `http.build_api` and `subscription.Subscription`.
"""
