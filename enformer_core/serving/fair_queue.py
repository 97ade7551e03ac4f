"""Who is next: one after the other around the table, so that nobody waits for all that another has asked.

Whoever asks has a line of their own. Turns go around the lines; within a line, first come first served. Patient work
has lines of its own, which are only looked at where somebody asks for patient work.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from ..errors import QueueFull

MOST = 512
MOST_OF_ONE = 64


class Waiting(Protocol):
    """What waits: whose it is, and whether it lets others go first."""

    @property
    def owner(self) -> str:
        """Who asked."""
        ...

    @property
    def is_patient(self) -> bool:
        """Whether others go first."""
        ...


Item = TypeVar("Item", bound=Waiting)


class FairQueue(Generic[Item]):
    """Lines of those who wait. Not for several threads at once.

    Args:
        most: That may wait in all.
        most_of_one: That may wait of one person.
    """

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        # The line whose turn it is comes first; empty lines are not kept.
        self._lines: dict[bool, OrderedDict[str, deque[Item]]] = {False: OrderedDict(), True: OrderedDict()}

    def __len__(self) -> int:
        return sum(len(line) for lines in self._lines.values() for line in lines.values())

    def add(self, item: Item) -> None:
        """Take an item into its owner's line.

        Raises:
            QueueFull: Too many wait already, of this person or of all.
        """
        count = len(self)
        if count >= self._most:
            raise QueueFull(
                f"{count:,} questions wait for the model already, which is all that may",
                hint="Try again in a minute",
            )
        own = sum(len(lines.get(item.owner, ())) for lines in self._lines.values())
        if own >= self._most_of_one:
            raise QueueFull(
                f"{own:,} of your questions wait for the model already, and more than {self._most_of_one:,} may not",
                hint="Wait until some are answered, or cancel some",
            )
        self._lines[item.is_patient].setdefault(item.owner, deque()).append(item)

    def put_back(self, item: Item) -> None:
        """Take an item back that was given out before, as the very next one."""
        lines = self._lines[item.is_patient]
        lines.setdefault(item.owner, deque()).appendleft(item)
        lines.move_to_end(item.owner, last=False)

    def next(self, *, patient: bool) -> Item | None:
        """The item whose turn it is, which then waits no longer; None where none waits."""
        lines = self._lines[patient]
        if not lines:
            return None
        owner, line = next(iter(lines.items()))
        item = line.popleft()
        if line:
            lines.move_to_end(owner)
        else:
            del lines[owner]
        return item

    def remove(self, item: Item) -> bool:
        """Let an item go that waits no longer; False where it was not here."""
        lines = self._lines[item.is_patient]
        line = lines.get(item.owner)
        if line is None or item not in line:
            return False
        line.remove(item)
        if not line:
            del lines[item.owner]
        return True

    def in_order(self, *, patient: bool) -> Iterator[Item]:
        """All that wait, in the order in which their turns come as things stand."""
        lines = [list(line) for line in self._lines[patient].values()]
        for turn in range(max(map(len, lines), default=0)):
            yield from (line[turn] for line in lines if turn < len(line))
