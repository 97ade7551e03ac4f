"""Who is next: one after the other around the table, whatever is asked in whatever order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from enformer_core.errors import QueueFull
from enformer_core.serving.fair_queue import FairQueue

OWNERS = ("ada", "ben", "cleo", "dan")


@dataclass(eq=False, slots=True)
class Asked:
    owner: str
    is_patient: bool = False
    number: int = 0
    bound: int = 0


class Lines(RuleBasedStateMachine):
    """A queue beside a plain account of it: the lines, and how many turns each who waits may still see go by."""

    @initialize(most=st.integers(3, 12), of_one=st.integers(1, 5))
    def begin(self, most: int, of_one: int) -> None:
        self.most, self.of_one, self.numbers = most, of_one, 0
        self.queue: FairQueue[Asked] = FairQueue(most, of_one)
        self.lines: dict[bool, dict[str, list[Asked]]] = {False: defaultdict(list), True: defaultdict(list)}

    def waiting(self, *, patient: bool) -> list[Asked]:
        return [item for line in self.lines[patient].values() for item in line]

    @rule(owner=st.sampled_from(OWNERS), patient=st.booleans())
    def add(self, owner: str, patient: bool) -> None:
        self.numbers += 1
        item = Asked(owner, patient, self.numbers)
        held = sum(len(self.lines[kind][owner]) for kind in (False, True))
        if len(self.waiting(patient=False) + self.waiting(patient=True)) >= self.most or held >= self.of_one:
            with pytest.raises(QueueFull):
                self.queue.add(item)
            return
        self.queue.add(item)
        line = self.lines[patient][owner]
        line.append(item)
        item.bound = len(line) * len(OWNERS)  # its place in its own line, times all who may be at the table

    @precondition(lambda self: self.numbers)
    @rule(patient=st.booleans(), comes_back=st.booleans())
    def next(self, patient: bool, comes_back: bool) -> None:
        before = list(self.queue.in_order(patient=patient))
        item = self.queue.next(patient=patient)
        assert item is (before[0] if before else None)
        if item is None:
            assert not self.waiting(patient=patient)
            return
        assert self.lines[patient][item.owner][0] is item, "a line is not served in order"
        if comes_back:
            self.queue.put_back(item)
            assert next(iter(self.queue.in_order(patient=patient))) is item
            return
        self.lines[patient][item.owner].pop(0)
        for other in self.waiting(patient=patient):
            other.bound -= 1
            assert other.bound > 0, "somebody waits for more than one turn of each other"
        assert list(self.queue.in_order(patient=patient)) == before[1:], "the order that was told is not kept"

    @precondition(lambda self: self.numbers)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        every = self.waiting(patient=False) + self.waiting(patient=True)
        item = data.draw(st.sampled_from([*every, Asked("ada"), Asked("nobody", is_patient=True)]))
        before = list(self.queue.in_order(patient=item.is_patient))
        assert self.queue.remove(item) == (item in every)
        if item in every:
            self.lines[item.is_patient][item.owner].remove(item)
        left = [other for other in before if other is not item]
        assert set(self.queue.in_order(patient=item.is_patient)) == set(left)
        assert not self.queue.remove(item)

    @invariant()
    def all_are_there(self) -> None:
        for patient in (False, True):
            order = list(self.queue.in_order(patient=patient))
            assert sorted(order, key=id) == sorted(self.waiting(patient=patient), key=id)
            for owner, line in self.lines[patient].items():
                assert [item for item in order if item.owner == owner] == line
        assert len(self.queue) == sum(len(self.waiting(patient=kind)) for kind in (False, True))


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


def test_whoever_asks_once_waits_for_one_turn_of_each_other() -> None:
    queue: FairQueue[Asked] = FairQueue()
    greedy = [Asked("ada", number=n) for n in range(50)]
    for item in greedy:
        queue.add(item)
    queue.next(patient=False)
    late = [Asked(owner) for owner in ("ben", "cleo")]
    for item in late:
        queue.add(item)
    assert [queue.next(patient=False) for _ in range(4)] == [greedy[1], *late, greedy[2]]


def test_patient_work_has_lines_of_its_own() -> None:
    queue: FairQueue[Asked] = FairQueue()
    patient, prompt = Asked("ada", is_patient=True), Asked("ben")
    queue.add(patient)
    queue.add(prompt)
    assert queue.next(patient=False) is prompt
    assert queue.next(patient=False) is None
    assert queue.next(patient=True) is patient


def test_the_words_tell_how_many_wait_and_what_to_do() -> None:
    queue: FairQueue[Asked] = FairQueue(most=3, most_of_one=2)
    queue.add(Asked("ada"))
    queue.add(Asked("ada", is_patient=True))
    with pytest.raises(QueueFull, match="2 of your questions wait for the model already") as found:
        queue.add(Asked("ada"))
    assert "cancel some" in found.value.hint
    queue.add(Asked("ben"))
    with pytest.raises(QueueFull, match="3 questions wait for the model already") as found:
        queue.add(Asked("cleo"))
    assert "in a minute" in found.value.hint
    queue.put_back(Asked("dan"))  # what was given out before is never refused
    assert len(queue) == 4
