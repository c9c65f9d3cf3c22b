"""The contracts of E-waste Trace: envelope, event types, topics.

Start at `registry.EVENT_TYPES` for the facts, `topics.TOPICS` for where they travel, `envelope` for their form.
"""
