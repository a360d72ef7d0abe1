"""A plan that is made already, as the source that a run asks for it."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Planned:
    """The source of one plan."""

    made: object

    def plan(self):
        return self.made
