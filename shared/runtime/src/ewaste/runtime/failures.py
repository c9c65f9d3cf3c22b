"""Which failures pass by themselves: those are waited out; any other is the fault of what is being handled."""

from typing import Final

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = ["is_transient"]

# PostgreSQL, appendix A: connection, insufficient resources, operator intervention, system error, transaction rollback;
# refused authorization and a missing database, which an operator mends.
_PASSING_CLASSES: Final = frozenset({"08", "53", "57", "58", "40", "28", "3D"})
# A lock that was not to be had in time; a server that became a replica a moment ago; a table, a column or a privilege
# that the next migration brings.
_PASSING_STATES: Final = frozenset({"55P03", "25006", "42P01", "42703", "42501"})


def is_transient(error: BaseException) -> bool:
    """Whether trying the same again may go well.

    It must hold for every outage, or an outage would be taken for a bug and its records given to the dead letters; and
    must not hold for what a value causes (a number out of range), or one record would block its partition for ever.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_transient(_below(error))
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES
    if isinstance(error, asyncpg.InterfaceError):
        # The client's own complaints: a closed connection passes, a wrong number of arguments does not.
        return "closed" in str(error)
    return isinstance(error, KafkaError | PoolTimeout | OSError)


def _below(error: DBAPIError) -> BaseException:
    """The driver's own error; SQLAlchemy wraps it twice."""
    translated = error.orig
    if translated is None:
        return Exception()
    return translated.__cause__ or translated
