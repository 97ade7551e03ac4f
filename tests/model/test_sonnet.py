"""The authors' checkpoint: rows 62 to 64, and the authors' own numbers from converted weights."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import bundles
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import WeightsCorrupt, WeightsMismatch, WeightsMissing
from enformer_core.model import Enformer, EnformerConfig, checkpoint
from enformer_core.model.sonnet import read_sonnet_checkpoint
from enformer_core.model.tensor_bundle import TensorBundle

SONNET = Path(__file__).parent / "fixtures" / "sonnet"
PREFIX = SONNET / "enformer-1"
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
# As in fixtures/make_sonnet_checkpoint.py.
CONFIG = EnformerConfig(
    dim=24,
    depth=3,
    heads=2,
    attn_dim_key=8,
    output_heads={"human": 5, "mouse": 3},
    dim_divisible_by=2,
    input_length=2_048,
    target_length=10,
)


def variables() -> dict[str, np.ndarray]:
    """All variables of the fixture by name; the object graph, which is text, stands as two bytes of another type."""
    bundle = TensorBundle(PREFIX)
    return {GRAPH: np.zeros(1, dtype=np.float16)} | {
        name: bundle.read(name) for name in bundle.entries if name != GRAPH
    }


def published_shapes(config: EnformerConfig) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        state = Enformer(config).state_dict()
    named = ((checkpoint.published_name(name), tuple(tensor.shape)) for name, tensor in state.items())
    return {name: shape for name, shape in named if name}


def test_every_value_is_what_tensorflow_reads():
    expected = json.loads((SONNET / "variables.json").read_text())
    bundle = TensorBundle(PREFIX)
    assert set(bundle.entries) - {GRAPH} == set(expected)
    for name, (dtype, shape, digest) in expected.items():
        value = bundle.read(name)
        assert (str(value.dtype), list(value.shape)) == (dtype, shape)
        assert hashlib.sha256(value.tobytes()).hexdigest()[:16] == digest, name


def test_names_and_shapes_are_the_published_ones():
    weights = read_sonnet_checkpoint(PREFIX)
    assert {name: value.shape for name, value in weights.items()} == published_shapes(CONFIG)
    assert all(value.dtype == np.float32 and value.flags.c_contiguous for value in weights.values())


def test_layouts():
    stored = variables()

    def get(path: str) -> np.ndarray:
        return stored[f"module/{path}{SUFFIX}"]

    weights = read_sonnet_checkpoint(PREFIX)
    tower = "_trunk/_layers/1/_layers/3/_layers/"
    block = "_trunk/_layers/2/_layers/1/_layers/"
    expected = {
        "stem.0.weight": get("_trunk/_layers/0/_layers/0/w").transpose(2, 1, 0),
        "conv_tower.3.0.2.bias": get(f"{tower}0/_layers/2/b"),
        "conv_tower.3.1.fn.0.weight": get(f"{tower}1/_module/_layers/0/scale"),
        "conv_tower.3.1.fn.0.bias": get(f"{tower}1/_module/_layers/0/offset"),
        "conv_tower.3.1.fn.0.running_var": get(f"{tower}1/_module/_layers/0/moving_variance/average")[0, 0],
        "conv_tower.3.2.to_attn_logits.weight": get(f"{tower}2/_logit_linear/w").T[:, :, None, None],
        "transformer.1.0.fn.1.to_rel_k.weight": get(f"{block}0/_module/_layers/1/_r_k_layer/w").T,
        "transformer.1.0.fn.1.rel_content_bias": get(f"{block}0/_module/_layers/1/_r_w_bias"),
        "transformer.1.0.fn.1.rel_pos_bias": get(f"{block}0/_module/_layers/1/_r_r_bias"),
        "transformer.1.1.fn.1.weight": get(f"{block}1/_module/_layers/1/w").T,
        "transformer.1.1.fn.4.weight": get(f"{block}1/_module/_layers/4/w").T,
        "_heads.mouse.0.weight": get("_heads/mouse/_layers/0/w").T,
    }
    for name, value in expected.items():
        np.testing.assert_array_equal(weights[name], value, err_msg=name)


def test_the_corrected_moving_average_is_taken():
    stored, weights = variables(), read_sonnet_checkpoint(PREFIX)
    path = "module/_trunk/_layers/4/_layers/0/_layers/0/moving_mean/"
    assert stored[f"{path}_counter{SUFFIX}"] == 3
    hidden = stored[f"{path}_hidden{SUFFIX}"][0, 0]
    np.testing.assert_allclose(weights["final_pointwise.1.0.running_mean"] * (1 - 0.9**3), hidden, rtol=1e-4)


def test_converted_weights_give_the_authors_numbers():
    """The authors' TensorFlow model and ours, from the same checkpoint and sequence."""
    weights = read_sonnet_checkpoint(PREFIX)
    model = Enformer(CONFIG).eval()
    state = {name: weights[published] for name in model.state_dict() if (published := checkpoint.published_name(name))}
    missing, _ = model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()}, strict=False)
    assert all(name.endswith("num_batches_tracked") for name in missing)
    with np.load(SONNET / "output.npz") as expected:
        sequence = np.eye(5, dtype=np.float32)[expected["sequence"], :4]
        with torch.inference_mode():
            output = model(torch.from_numpy(sequence)[None])
        for head, tracks in CONFIG.output_heads.items():
            assert expected[head].shape == (10, tracks)
            assert expected[head].std(axis=0).min() > 0.05
            np.testing.assert_allclose(output[head][0].numpy(), expected[head], atol=1e-5)


def test_the_packed_index_of_the_published_checkpoint(tmp_path: Path):
    shutil.copy(SONNET / "packed.index", tmp_path / "enformer-1.index")
    shutil.copy(f"{PREFIX}.data-00000-of-00001", tmp_path)
    plain, packed = read_sonnet_checkpoint(PREFIX), read_sonnet_checkpoint(tmp_path)
    assert list(plain) == list(packed)
    assert all(np.array_equal(plain[name], packed[name]) for name in plain)


@pytest.mark.parametrize(("layers", "heads"), [(1, ["human"]), (12, ["fly", "human", "mouse", "yeast"])])
def test_any_number_of_layers_and_heads(tmp_path: Path, layers: int, heads: list[str]):
    stored = variables()
    first, human = "module/_trunk/_layers/2/_layers/0/", "module/_heads/human/"
    kept = {
        name: a for name, a in stored.items() if "/_layers/2/_layers/" not in name or "_trunk/_layers/2" not in name
    }
    kept = {name: a for name, a in kept.items() if "/_heads/" not in name}
    for i in range(layers):
        kept |= {n.replace(first, first[:-2] + f"{i}/"): a for n, a in stored.items() if n.startswith(first)}
    for head in heads:
        kept |= {n.replace("human", head): a for n, a in stored.items() if n.startswith(human)}
    weights = read_sonnet_checkpoint(bundles.write_bundle(tmp_path / "x", kept))
    names = set(weights)
    assert {name.split(".")[1] for name in names if name.startswith("transformer.")} == {str(i) for i in range(layers)}
    assert {name.split(".")[1] for name in names if name.startswith("_heads.")} == set(heads)


def test_row_64_missing_variables(tmp_path: Path):
    stored = variables()
    for name in [n for n in stored if "/_layers/2/_layers/1/_layers/1/" in n]:
        del stored[name]
    with pytest.raises(WeightsMismatch, match="not an Enformer: .*; and 1 more") as caught:
        read_sonnet_checkpoint(bundles.write_bundle(tmp_path / "x", stored))
    assert caught.value.differences == (
        "transformer.1.1.fn.0.weight is missing",
        "transformer.1.1.fn.0.bias is missing",
        "transformer.1.1.fn.1.weight is missing",
        "transformer.1.1.fn.1.bias is missing",
        "transformer.1.1.fn.4.weight is missing",
    )


def test_row_64_a_layer_left_out_in_the_middle(tmp_path: Path):
    stored = {name: a for name, a in variables().items() if "/_layers/2/_layers/1/_layers/" not in name}
    with pytest.raises(WeightsMismatch) as caught:
        read_sonnet_checkpoint(bundles.write_bundle(tmp_path / "x", stored))
    assert caught.value.differences[0] == "transformer.1.0.fn.0.weight is missing"


@pytest.mark.parametrize(
    "name",
    [
        f"optimizer/learning_rate{SUFFIX}",
        f"module/_trunk/_layers/0/_layers/3/w{SUFFIX}",
        f"module/_trunk/_layers/2/_layers/x/w{SUFFIX}",
        "module/_trunk/_layers/0/_layers/0/w",  # without the suffix
        f"module/_heads/a b/_layers/0/w{SUFFIX}",
    ],
)
def test_row_64_unknown_variable(tmp_path: Path, name: str):
    stored = variables() | {name: np.zeros((2, 2), dtype=np.float32)}
    with pytest.raises(WeightsMismatch) as caught:
        read_sonnet_checkpoint(bundles.write_bundle(tmp_path / "x", stored))
    assert f"'{name.removesuffix(SUFFIX)}' is not part of Enformer" in caught.value.differences


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.zeros(12), "stored as float64 [12]"),
        (np.zeros(12, dtype=np.float16), "stored as TensorFlow type 19 [12]"),
        (np.zeros((1, 12), dtype=np.float32), "stored as float32 [1, 12]"),
    ],
)
def test_row_64_another_type_or_rank(tmp_path: Path, value: np.ndarray, found: str):
    stored = variables() | {f"module/_trunk/_layers/0/_layers/0/b{SUFFIX}": value}
    with pytest.raises(WeightsMismatch) as caught:
        read_sonnet_checkpoint(bundles.write_bundle(tmp_path / "x", stored))
    assert caught.value.differences == (f"stem.0.bias is {found}, not as float32 with 1 dimensions",)


def test_row_64_another_model():
    with pytest.raises(
        WeightsMismatch, match=r"stem\.0\.weight is missing.* and \d+ more.*as the authors do it"
    ) as caught:
        read_sonnet_checkpoint(SONNET.parent / "shards")
    assert len(caught.value.differences) == 5


def test_row_62_missing_checkpoint(tmp_path: Path):
    with pytest.raises(WeightsMissing):
        read_sonnet_checkpoint(tmp_path)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the fixture to damage; tests put back what they change."""
    folder = tmp_path_factory.mktemp("copy")
    for file in SONNET.glob("enformer-1.*"):
        shutil.copy(file, folder)
    yield folder / PREFIX.name
    shutil.rmtree(folder)


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 1, exclude_max=True), st.sampled_from([".index", ".data-00000-of-00001"]))
def test_row_62_truncations(copy: Path, part: float, ending: str):
    file = Path(f"{copy}{ending}")
    whole = file.read_bytes()
    file.write_bytes(whole[: int(part * len(whole))])
    try:
        with pytest.raises(WeightsCorrupt):
            read_sonnet_checkpoint(copy)
    finally:
        file.write_bytes(whole)


@settings(deadline=None, max_examples=60)
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7), st.sampled_from([".index", ".data-00000-of-00001"]))
def test_row_62_bit_flips(copy: Path, part: float, bit: int, ending: str):
    """Either refused, or in bytes that do not matter: padding, the object graph, what only training needs."""
    file = Path(f"{copy}{ending}")
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[int(part * len(whole))] ^= 1 << bit
    file.write_bytes(damaged)
    try:
        weights = read_sonnet_checkpoint(copy)
    except (WeightsCorrupt, WeightsMismatch):
        return
    finally:
        file.write_bytes(whole)
    assert all(np.array_equal(weights[name], value) for name, value in read_sonnet_checkpoint(PREFIX).items())
