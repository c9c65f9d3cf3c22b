"""Registers: bags, handovers, batches, certificates and alerts as rows, read from the fold and never stored."""
