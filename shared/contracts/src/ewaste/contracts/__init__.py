"""Event types, envelope, topics and JSON Schemas of E-waste Trace."""
