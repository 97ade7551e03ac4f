"""Why an address did not give the file. ``fetch`` decides what follows; nothing of this leaves the package."""

from __future__ import annotations


class Refused(Exception):
    """This address does not have the file, or must not be asked: the next one is.

    Args:
        what: Why, as a clause whose subject is the server.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class NotTheFile(Refused):
    """The whole of a file came, and its checksum is another one.

    Args:
        what: Both checksums, as a clause whose subject is the server.
        glued: Whether it was put together from several answers, one of which may be to blame.
    """

    def __init__(self, what: str, *, glued: bool) -> None:
        self.glued = glued
        super().__init__(what)


class Broken(Exception):
    """It did not work this time and may the next.

    Args:
        what: Why, as a clause whose subject is the server.
        after: Seconds that the server asked to wait.
    """

    def __init__(self, what: str, *, after: float | None = None) -> None:
        self.what = what
        self.after = after
        super().__init__(what)
