"""The dropoff service of E-waste Trace."""
