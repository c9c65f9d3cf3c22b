"""Published versions as they are read again and again: immutable, so kept in memory."""

from collections import OrderedDict
from typing import Final

from ewaste.education.content.handlers import read_course
from ewaste.education.content.model import Course, CourseKey
from ewaste.runtime.database import Transaction

__all__ = ["Library"]

_MOST_KEPT: Final = 64


class Library:
    """Read only what is committed: never in a transaction that published the version itself."""

    def __init__(self) -> None:
        self._kept: OrderedDict[CourseKey, Course] = OrderedDict()

    async def course(self, tx: Transaction, key: CourseKey) -> Course:
        """The version; raises `Refused` where it was never published."""
        if key not in self._kept:
            self._kept[key] = await read_course(tx, *key)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]
