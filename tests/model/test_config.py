from __future__ import annotations

import json

import pytest

from enformer_core.errors import WeightsMismatch
from enformer_core.model import EnformerConfig


def test_published_numbers() -> None:
    config = EnformerConfig()
    assert config.filters == (768, 768, 896, 1024, 1152, 1280, 1536)
    assert (config.n_tokens, config.crop, config.bin_size, config.output_offset) == (1536, 320, 128, 40_960)
    assert config.value_size == 192


def test_tower_at_other_widths() -> None:
    assert EnformerConfig(dim=384, depth=2).filters == (192, 256, 256, 256, 256, 384, 384)
    assert EnformerConfig(dim=192, heads=4, filters=(48, 48, 64, 80, 112, 144, 192)).filters[0] == 48


def test_json_round_trip_and_extra_keys() -> None:
    config = EnformerConfig(dim=192, heads=4, filters=(48, 48, 64, 80, 112, 144, 192), output_heads={"sim": 16})
    assert EnformerConfig.from_json(config.to_json()) == config
    published = '{"architectures": ["Enformer"], "model_type": "enformer", "dim": 1536, "use_checkpointing": false}'
    assert EnformerConfig.from_json(published) == EnformerConfig()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target_length": 10**9}, "target_length is '1000000000'"),
        ({"dim": -1}, "dim is"),
        ({"dim": 1536.0}, "dim is"),
        ({"depth": True}, "depth is"),
        ({"heads": 7}, "not a multiple of heads"),
        ({"heads": 24}, "not a multiple of 6"),
        ({"target_length": 895}, "not central"),
        ({"target_length": 2000}, "not central"),
        ({"input_length": 196_609}, "not whole bins"),
        ({"filters": [1, 2, 3]}, "not 7 widths"),
        ({"filters": "768"}, "not a list"),
        ({"filters": [768, 768, 896, 1024, 1152, 1280, 1280]}, "ends with width 1280"),
        ({"output_heads": {}}, "no output_heads"),
        ({"output_heads": {"../x": 5}}, "not a plain name"),
        ({"output_heads": {"human": 0}}, "human has '0' tracks"),
        ({"dropout_rate": "high"}, "dropout_rate"),
        ({"model_type": "borzoi"}, "type 'borzoi'"),
    ],
)
def test_row_65_numbers_out_of_bounds(changes: dict, words: str) -> None:
    raw = {"model_type": "enformer"} | changes
    with pytest.raises(WeightsMismatch, match=words):
        EnformerConfig.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"dim": NaN}', "null"])
def test_not_a_config(text: str) -> None:
    with pytest.raises(WeightsMismatch):
        EnformerConfig.from_json(text)
