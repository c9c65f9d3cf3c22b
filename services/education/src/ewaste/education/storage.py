"""The base of this service's tables; each room has its own `storage.py`."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

__all__ = ["Table"]


class Table(SQLModel, registry=registry()):
    """Base of the tables of this service."""
