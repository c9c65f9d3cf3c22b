"""The traceability service of E-waste Trace."""
