"""The recycler service of E-waste Trace."""
