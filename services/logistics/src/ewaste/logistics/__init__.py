"""The logistics service of E-waste Trace."""
