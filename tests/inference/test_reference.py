"""A window of which some tokens were kept is the window run whole; what is kept stays below a size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import TINY_CONFIG, tiny_model

from enformer_core.errors import Cancelled, SequenceError
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.codes import codes_of
from enformer_core.inference.onehot import encode
from enformer_core.inference.reference import ReferenceCache
from enformer_core.inference.trunk import Trunk, levels

L, T, BIN = TINY_CONFIG.input_length, TINY_CONFIG.n_tokens, TINY_CONFIG.bin_size
LARGE = 1 << 30
ONE = L + T * TINY_CONFIG.dim * 4  # bytes of a window: its codes and its tokens
ROUNDING = {"rtol": 1e-5, "atol": 5e-6}  # tokens have a standard deviation of 0.5; an edit changes them by 1e-2


class Watched(ReferenceCache):
    """Notes which tokens are computed."""

    def __init__(self, trunk: Trunk, max_bytes: int = LARGE) -> None:
        super().__init__(trunk, max_bytes)
        self.computed = 0
        self._real = trunk.tokens

    def _tokens(self, one_hot: torch.Tensor, lo: int = 0, hi: int | None = None, on_part: object = None):
        self.computed += (self.trunk.config.n_tokens if hi is None else hi) - lo
        return self._real(one_hot, lo, hi, on_part)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def cache(trunk: Trunk, monkeypatch: pytest.MonkeyPatch) -> Watched:
    watched = Watched(trunk)
    monkeypatch.setattr(trunk, "tokens", watched._tokens)
    return watched


@pytest.fixture
def codes() -> np.ndarray:
    codes = np.random.default_rng(0).integers(0, 4, L).astype(np.uint8)
    codes[3_000:3_300] = 4
    return codes


def whole(trunk: Trunk, codes: np.ndarray) -> torch.Tensor:
    with torch.inference_mode():
        return trunk.levels.tokens(encode(codes)[None], 0, trunk.config.n_tokens)[0]


def edited(codes: np.ndarray, *places: int) -> np.ndarray:
    changed = codes.copy()
    for at in places:
        changed[at] = (changed[at] + 1) % 4
    return changed


def near(tokens: torch.Tensor, wanted: torch.Tensor, at: int) -> None:
    torch.testing.assert_close(tokens, wanted, **ROUNDING, msg=lambda text: f"edit at {at}: {text}")


@pytest.mark.parametrize("first", [10 * BIN, 0, L - BIN, 24 * BIN])
def test_one_base_at_every_phase(first: int, cache: Watched, codes: np.ndarray) -> None:
    cache.max_bytes = 3 * ONE
    reference = cache.tokens(codes)
    assert cache.computed == T
    for at in range(first, first + BIN, 1 if first == 10 * BIN else 21):
        before = cache.computed
        alternative = edited(codes, at)
        found = cache.tokens(alternative)
        assert 3 <= cache.computed - before <= 6, "only what the edit reaches is computed"
        near(found, whole(cache.trunk, alternative), at)
        assert float((found - reference).abs().max()) > 1e-4, "weights that do not react would prove nothing"


def test_same_tokens_as_the_published_architecture(cache: Watched, codes: np.ndarray) -> None:
    plain = tiny_model()
    cache.tokens(codes)
    for places in ((0,), (L - 1,), (3_100,), (5_000, 5_001, 5_140), (0, 17, 2_999, 4_096, L - 1)):
        alternative = edited(codes, *places)
        with torch.inference_mode():
            wanted = plain.tokens(encode(alternative)[None])[0]
        torch.testing.assert_close(cache.tokens(alternative), wanted, rtol=1e-5, atol=1e-5)


def test_tiles_make_no_difference(cache: Watched, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", 4)
    monkeypatch.setitem(levels._ROWS, "cpu", 60)
    cache.tokens(codes)
    for at in (4 * BIN - 1, 4 * BIN, 16 * BIN + 5):
        near(cache.tokens(edited(codes, at)), whole(cache.trunk, edited(codes, at)), at)


def test_a_kept_window_is_given_as_it_is(cache: Watched, codes: np.ndarray) -> None:
    first = cache.tokens(codes)
    assert cache.tokens(codes.copy()) is first
    assert cache.missing(codes) == []
    assert cache.computed == T
    kept = first.clone()
    cache.tokens(edited(codes, 77, 4_000))
    assert torch.equal(cache.tokens(codes), kept), "splicing must not write into what is kept"


def test_the_window_that_shares_most_is_taken(cache: Watched, codes: np.ndarray) -> None:
    near_by, far = edited(codes, 4_000), edited(codes, *range(0, L, 700))
    for window in (far, codes, near_by):
        cache.tokens(window)
    both = edited(near_by, 4_100)
    before = cache.computed
    assert cache.missing(both) == cache.trunk.changed(near_by, both)
    near(cache.tokens(both), whole(cache.trunk, both), 4_100)
    assert cache.computed - before <= 6
    other = np.random.default_rng(9).integers(0, 4, L).astype(np.uint8)
    assert cache.missing(other) == [(0, T)]
    near(cache.tokens(other), whole(cache.trunk, other), 0)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.integers(0, L - 1), st.integers(1, 300), st.integers(0, 10**6)), min_size=1, max_size=5))
def test_edits_at_random(trunk: Trunk, edits: list[tuple[int, int, int]]) -> None:
    """Adjacent, overlapping, at the ends, to and from N; each list on one cache, each edit on top of the last."""
    cache = ReferenceCache(trunk, LARGE)
    codes = np.random.default_rng(0).integers(0, 5, L).astype(np.uint8)
    cache.tokens(codes)
    for at, width, seed in edits:
        codes = codes.copy()
        codes[at : at + width] = np.random.default_rng(seed).integers(0, 5, len(codes[at : at + width]))
        missing = cache.missing(codes)
        assert all(0 <= lo < hi <= T for lo, hi in missing)
        near(cache.tokens(codes), whole(trunk, codes), at)


def test_two_hundred_edits_in_a_row_add_no_error(cache: Watched, codes: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    cache.max_bytes = 3 * ONE  # so that each is made from the one before
    cache.tokens(codes)
    for _ in range(200):
        codes = edited(codes, int(rng.integers(0, L)))
        found = cache.tokens(codes)
    assert cache.computed <= T + 200 * 6
    error = float((found - whole(cache.trunk, codes)).abs().max())
    assert error < 2e-6, "as much as of one splice"


# --- Insertions and deletions --------------------------------------------------------------------------------------

WIDE = replace(TINY_CONFIG, input_length=16_384)
START = 20_000
CHROMOSOME = "".join(np.random.default_rng(7).choice(list("ACGT"), 60_000))


@pytest.fixture(scope="module")
def wide() -> Trunk:
    return Trunk(tiny_model(WIDE))


@pytest.fixture(scope="module")
def reference(wide: Trunk) -> torch.Tensor:
    return whole(wide, codes_of(CHROMOSOME[START : START + WIDE.input_length]))


def fetch(interval: Interval) -> str:
    return CHROMOSOME[interval.start : interval.end]


def variant(at: int, deleted: int, inserted: int) -> Variant:
    """Behind the base at 0-based ``at``."""
    bases = "".join(np.random.default_rng(inserted).choice(list("ACGT"), inserted))
    return Variant("chr1", at + 1, CHROMOSOME[at : at + 1 + deleted], CHROMOSOME[at] + bases)


@pytest.mark.parametrize("anchor", ["middle", "left"])
@pytest.mark.parametrize("at", [300, 8_191, 8_192, 16_300])
@pytest.mark.parametrize(
    ("deleted", "inserted"), [(1, 0), (0, 1), (384, 0), (0, 1_001), (5_000, 0), (0, 5_000), (70, 9)]
)
def test_indels(deleted: int, inserted: int, at: int, anchor: str, wide: Trunk, reference: torch.Tensor) -> None:
    window = Interval("chr1", START, START + WIDE.input_length)
    deleted = min(deleted, WIDE.input_length - at - 1)  # an edit lies in the window
    edit = variant(START + at, deleted, inserted)
    if edit.ref == edit.alt:
        pytest.fail("an edit that changes nothing")
    haplotype = Haplotype(window, (edit,), START if anchor == "left" else None)
    before, after = codes_of(fetch(window)), codes_of(haplotype.sequence(fetch))
    cache = ReferenceCache(wide, LARGE)
    cache._keep(before.tobytes(), reference)
    missing = cache.missing(after)
    near(cache.tokens(after), whole(wide, after), at)
    count = sum(hi - lo for lo, hi in missing)
    # On the anchor's side nothing moves: only what lies behind the edit, seen from there, is computed.
    middle = WIDE.input_length // 2
    kept = at if anchor == "left" or at >= middle else WIDE.input_length - at - 1 - deleted
    kept = 0 if anchor == "middle" and at < middle <= at + deleted else kept
    spare = 2 * wide.margin + 1 + (inserted + 64) // BIN
    assert count <= WIDE.n_tokens - kept // BIN + spare
    assert count > 0


def test_several_edits_of_one_haplotype(wide: Trunk) -> None:
    window = Interval("chr1", START, START + WIDE.input_length)
    edits = (variant(START + 500, 3, 0), variant(START + 7_000, 0, 12), variant(START + 15_000, 40, 40))
    for some in (edits[:1], edits[1:], edits):
        after = codes_of(Haplotype(window, some).sequence(fetch))
        cache = ReferenceCache(wide, LARGE)
        cache.tokens(codes_of(fetch(window)))
        near(cache.tokens(after), whole(wide, after), 0)


# --- What is kept --------------------------------------------------------------------------------------------------


def test_least_recently_used_goes_first(cache: Watched, codes: np.ndarray) -> None:
    cache.max_bytes = 3 * ONE
    windows = list(np.random.default_rng(1).integers(0, 4, (4, L)).astype(np.uint8))
    for window in windows[:3]:
        cache.tokens(window)
    cache.tokens(windows[0])
    cache.tokens(windows[3])
    assert cache.n_bytes == 3 * ONE
    assert cache.missing(windows[0]) == []
    assert cache.missing(windows[1]) != []


def test_what_edits_are_made_from_outlives_them(cache: Watched, codes: np.ndarray) -> None:
    cache.max_bytes = 2 * ONE
    cache.tokens(codes)
    for at in range(100, 2_500, 300):
        cache.tokens(edited(codes, at))
    assert cache.missing(codes) == []


@pytest.mark.parametrize("max_bytes", [0, ONE - 1])
def test_nothing_is_kept_where_nothing_fits(max_bytes: int, cache: Watched, codes: np.ndarray) -> None:
    cache.max_bytes = max_bytes
    first = cache.tokens(codes)
    assert cache.n_bytes == 0
    torch.testing.assert_close(cache.tokens(codes), first)
    assert cache.computed == 2 * T


def stopping(after: float) -> Callable[[float], None]:
    def on_part(part: float) -> None:
        if part > after:
            raise Cancelled("the work was cancelled")

    return on_part


def test_progress_and_a_run_that_is_stopped(cache: Watched, codes: np.ndarray) -> None:
    parts: list[float] = []
    cache.tokens(codes, parts.append)
    alternative = edited(codes, 300, 3_500, 7_000)
    with pytest.raises(Cancelled):
        cache.tokens(alternative, stopping(0.5))
    assert cache.n_bytes == ONE, "nothing of a run that was stopped is kept"
    parts.clear()
    near(cache.tokens(alternative, parts.append), whole(cache.trunk, alternative), 300)
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0)
    assert len(parts) == 3


def test_tokens_can_be_asked_for_gradients(cache: Watched, codes: np.ndarray) -> None:
    """Even those computed in inference mode."""
    with torch.inference_mode():
        tokens = cache.tokens(codes)
    assert not tokens.requires_grad
    asked = tokens[None].requires_grad_()
    cache.trunk.embed(asked).sum().backward()
    assert asked.grad is not None
    assert float(asked.grad.abs().max()) > 0


def test_a_window_of_another_length(cache: Watched, codes: np.ndarray) -> None:
    cache.tokens(codes)
    with pytest.raises(SequenceError, match=r"8,191 bp cannot be read"):
        cache.tokens(codes[:-1])


def test_bfloat16_is_spliced_like_float32(codes: np.ndarray) -> None:
    half = Trunk(tiny_model(), "bfloat16")
    cache = ReferenceCache(half, LARGE)
    cache.tokens(codes)
    alternative = edited(codes, 4_000)
    with torch.inference_mode():
        wanted = half.tokens(encode(alternative)[None])[0]
    torch.testing.assert_close(cache.tokens(alternative), wanted, rtol=1e-2, atol=1e-2)
