"""Edits as a list that can be reordered, switched on and off, undone and redone. Values only: no page, no assembly."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from enformer_core.errors import InputError
from enformer_core.genome.edit import Edit
from enformer_core.genome.variant import Variant

MAX_EDITS = 20
"""Edits that can be applied together."""

MAX_STEPS = 100
"""Steps that can be undone."""


@dataclass(frozen=True, slots=True)
class ListedEdit:
    """One line of the list.

    Attributes:
        variant: On a contig of what is on view, its REF checked.
        is_on: Whether it is applied.
    """

    variant: Variant
    is_on: bool = True


Items = tuple[ListedEdit, ...]


@dataclass(frozen=True, slots=True)
class EditList:
    """A list of edits and what it was before. Every change gives a new value, and is one step that can be undone.

    A change that changes nothing is no step.

    Attributes:
        items: In the order of the list, which need not be that of the genome.
        past: What the list was, the step before last, at most 100.
        future: What it was before each undo, the next to redo last.

    Raises:
        InputError: More than 20 edits are on.
    """

    items: Items = ()
    past: tuple[Items, ...] = ()
    future: tuple[Items, ...] = ()

    def __post_init__(self) -> None:
        if len(self.applied) > MAX_EDITS:
            raise InputError(
                f"{len(self.applied):,} edits cannot be applied together",
                hint=f"At most {MAX_EDITS} can: switch some off, or apply fewer",
            )

    @staticmethod
    def of(variants: Iterable[Variant]) -> EditList:
        """A list of these, each once and on, with nothing to undo."""
        return EditList(EditList().add(*variants).items)

    @property
    def applied(self) -> tuple[Variant, ...]:
        """The variants that are on, in the order of the list."""
        return tuple(item.variant for item in self.items if item.is_on)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step that was taken back."""
        return bool(self.future)

    def add(self, *variants: Variant) -> EditList:
        """With these at the end, as one step. One that is there already is switched on and not added again."""
        return self.exchanged((), variants)

    def remove(self, index: int) -> EditList:
        """Without one line, counted from 0.

        Raises:
            InputError: There is no such line; so for every method that takes one.
        """
        self._check(index)
        return self.exchanged({index}, ())

    def toggle(self, index: int) -> EditList:
        """With one line switched on if it was off, and off if it was on."""
        self._check(index)
        item = self.items[index]
        changed = replace(item, is_on=not item.is_on)
        return self._step((*self.items[:index], changed, *self.items[index + 1 :]))

    def moved(self, index: int, to: int) -> EditList:
        """With the line ``index`` taken out and put back as line ``to``."""
        self._check(index)
        self._check(to)
        rest = [*self.items[:index], *self.items[index + 1 :]]
        rest.insert(to, self.items[index])
        return self._step(tuple(rest))

    def replaced(self, variants: Iterable[Variant]) -> EditList:
        """These alone, each once and on, as one step."""
        return self._step(EditList.of(variants).items)

    def cleared(self) -> EditList:
        """An empty list, as one step."""
        return self._step(())

    def exchanged(self, gone: Collection[int], variants: Iterable[Variant]) -> EditList:
        """Without the lines ``gone`` and with ``variants`` where the first of those was, else at the end; one step."""
        kept = [item for index, item in enumerate(self.items) if index not in gone]
        place = min(gone) if gone else len(kept)
        new: list[ListedEdit] = []
        for variant in variants:
            known = next((i for i, item in enumerate(kept) if is_same(item.variant, variant)), None)
            if known is not None:
                kept[known] = replace(kept[known], is_on=True)
            elif not any(is_same(item.variant, variant) for item in new):
                new.append(ListedEdit(variant))
        return self._step((*kept[:place], *new, *kept[place:]))

    def undo(self) -> EditList:
        """As it was before the last step; the same where there is none."""
        if not self.past:
            return self
        return EditList(self.past[-1], self.past[:-1], (*self.future, self.items))

    def redo(self) -> EditList:
        """As it was before the last undo; the same where there is none since the last step."""
        if not self.future:
            return self
        return EditList(self.future[-1], (*self.past, self.items), self.future[:-1])

    def _step(self, items: Items) -> EditList:
        if items == self.items:
            return self
        return EditList(items, (*self.past, self.items)[-MAX_STEPS:])

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self.items):
            raise InputError(f"there is no edit {index + 1:,} in a list of {len(self.items):,}")


def is_same(one: Variant, other: Variant) -> bool:
    """Whether two variants change the same bases to the same, whatever they are called and however they are padded."""
    return one.chrom == other.chrom and Edit.of(one) == Edit.of(other)


def in_order(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """In the order of the genome, in which the figure numbers them from 1."""
    return tuple(sorted(variants, key=_place))


def _place(variant: Variant) -> tuple[int, int, Variant]:
    edit = Edit.of(variant)
    return edit.start, edit.end, variant
