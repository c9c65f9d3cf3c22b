"""Samples that neither auditor nor operator can steer."""
