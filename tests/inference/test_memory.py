"""Memory that runs out: one error, nothing kept, and the same work with less at a time."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
import torch

from enformer_core.errors import Cancelled, OutOfDeviceMemory
from enformer_core.inference.memory import halving, memory_errors

CPU = torch.device("cpu")
RAN_OUT = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore words"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    MemoryError(),
]


@pytest.mark.parametrize("error", RAN_OUT, ids=["cuda", "linux", "windows", "apple", "cublas", "python"])
def test_every_way_of_running_out_is_one_error(error: Exception) -> None:
    def fails() -> None:
        raise error

    said = pytest.raises(OutOfDeviceMemory, match="^cpu has too little memory for one window: .+")
    with said as caught, memory_errors(CPU, "one window"):
        fails()
    assert "More words" not in str(caught.value)
    assert "device cpu" not in caught.value.hint  # it is there already


@pytest.mark.parametrize(
    "error", [RuntimeError("shape mismatch"), Cancelled("the work was cancelled"), KeyboardInterrupt()]
)
def test_other_errors_stay_what_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, memory_errors(CPU, "one window"):
        raise error
    assert caught.value is error


def test_work_that_fits_is_left_alone() -> None:
    with memory_errors(CPU, "one window"):
        result = torch.ones(3).sum()
    assert result == 3


def test_nothing_of_the_failed_work_is_kept_while_the_error_is() -> None:
    held: list[weakref.ref] = []

    def fails() -> None:
        inner = torch.zeros(1000)
        held.append(weakref.ref(inner))
        try:
            raise ValueError("an earlier error, whose traceback has the same variables")
        except ValueError:
            torch.empty(1 << 60)  # the real allocator, and its real words

    gc.disable()
    try:
        with pytest.raises(OutOfDeviceMemory, match="allocate") as caught, memory_errors(CPU, "one window"):
            fails()
        assert held[0]() is None
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
    finally:
        gc.enable()


def failing_at(k: int, most: int) -> Callable[[int], list[int]]:
    """Work of ``size`` items that makes one tensor for each, where the k-th tensor of all, and any above ``most`` at
    once, does not fit."""
    made = 0

    def run(size: int) -> list[int]:
        nonlocal made
        done = []
        with memory_errors(CPU, f"{size} items"):
            for item in range(size):
                made += 1
                if made == k or item >= most:
                    raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
                done.append(item)
        return done

    return run


@pytest.mark.parametrize(("most", "fitted"), [(16, 16), (15, 8), (5, 4), (1, 1)])
def test_halves_until_it_fits(most: int, fitted: int) -> None:
    assert halving(16, failing_at(0, most)) == (list(range(fitted)), fitted)


@pytest.mark.parametrize(("k", "fitted"), [(0, 7), (1, 3), (4, 3), (7, 3), (8, 7)])
def test_halves_wherever_it_fails(k: int, fitted: int) -> None:
    """The k-th allocation fails once: the same work is done again with half as much, and nothing twice."""
    assert halving(7, failing_at(k, 7)) == (list(range(fitted)), fitted)


def test_says_so_when_not_even_one_fits() -> None:
    with pytest.raises(OutOfDeviceMemory, match="too little memory for 1 items"):
        halving(64, failing_at(0, 0))


def test_the_failed_attempt_is_let_go_before_the_next_one() -> None:
    held: list[weakref.ref] = []

    def run(size: int) -> int:
        assert all(reference() is None for reference in held)
        with memory_errors(CPU, f"{size} items"):
            attempt(size)
        return size

    def attempt(size: int) -> None:
        large = torch.zeros(size)
        held.append(weakref.ref(large))
        if size > 2:
            raise MemoryError

    gc.disable()
    try:
        assert halving(8, run) == (2, 2)
    finally:
        gc.enable()
    assert len(held) == 3


def test_other_errors_are_not_tried_again() -> None:
    sizes = []

    def run(size: int) -> None:
        sizes.append(size)
        raise Cancelled("the work was cancelled")

    with pytest.raises(Cancelled):
        halving(8, run)
    assert sizes == [8]
