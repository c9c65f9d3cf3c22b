"""The education service of E-waste Trace."""
