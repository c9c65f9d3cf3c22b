"""Kafka, PostgreSQL and the services on one machine.

`ewaste up` starts them under a supervisor; `ewaste.local.infra.Infra` gives tests and benchmarks a broker and a
database of their own. No service is imported: every service is a process with an environment.
"""
