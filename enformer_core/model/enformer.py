"""Enformer (Avsec et al. 2021, https://doi.org/10.1038/s41592-021-01252-x), to be read from top to bottom.

One-hot DNA -> convolutions that halve the length seven times -> a transformer over 128-bp bins -> tracks.

Shapes: B windows, L base pairs, C channels, T tokens (bins of the input window), N output bins, H attention heads,
K channels of a query or key, V channels of a value.

This is the published architecture, written to be read and to train, and it is the reference that faster paths are
tested against. Checkpoint names differ from attribute names; ``checkpoint.py`` translates.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import SequenceError
from .config import EnformerConfig
from .positional import positional_features


class Enformer(nn.Module):
    """From one-hot DNA to the tracks of each head."""

    positions: Tensor

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.filters
        self.stem = Stem(widths[0])
        self.tower = nn.ModuleList(TowerBlock(a, b) for a, b in pairwise(widths))
        self.transformer = nn.ModuleList(TransformerBlock(config) for _ in range(config.depth))
        self.final = FinalPointwise(config)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * config.dim, n) for name, n in config.output_heads.items()})
        self.register_buffer("positions", self._positions_for(config.n_tokens), persistent=False)

    def forward(self, one_hot: Tensor) -> dict[str, Tensor]:
        """Predict every track of every head.

        Args:
            one_hot: ``[B, L, 4]`` in the order ACGT; N is four zeros. L is a multiple of the bin size.

        Returns:
            For each head ``[B, N, tracks]``, not negative.
        """
        embedding = self.embed(one_hot)
        return {name: self.tracks(embedding, name) for name in self.heads}

    def embed(self, one_hot: Tensor) -> Tensor:
        """Everything before the heads: ``[B, L, 4]`` -> ``[B, N, 2 C]``."""
        x = self.tokens(one_hot)
        positions = self._positions(x.shape[1])
        for block in self.transformer:
            x = block(x, positions)
        return self.final(x)

    def tracks(self, embedding: Tensor, head: str, indices: Tensor | None = None) -> Tensor:
        """Apply a head, or only the rows ``indices`` of it: ``[B, N, 2 C]`` -> ``[B, N, tracks]``."""
        linear = cast(nn.Linear, self.heads[head])
        weight, bias = linear.weight, linear.bias
        if indices is not None:
            weight, bias = weight[indices], bias[indices]
        return F.softplus(F.linear(embedding, weight, bias))

    def attention(self, one_hot: Tensor) -> list[Tensor]:
        """Attention weights of every block, ``[B, H, T, T]`` each: rows are queries, and sum to 1."""
        x = self.tokens(one_hot)
        positions = self._positions(x.shape[1])
        maps = []
        for block in cast("list[TransformerBlock]", self.transformer):
            maps.append(block.attention.weights(block.attention_norm(x), positions))
            x = block(x, positions)
        return maps

    def tokens(self, one_hot: Tensor) -> Tensor:
        """Convolutions and pooling: ``[B, L, 4]`` -> ``[B, T, C]``.

        Raises:
            SequenceError: L is not whole bins, or fewer than the output has.
        """
        length, bin_size = one_hot.shape[1], self.config.bin_size
        if length % bin_size or length // bin_size < self.config.target_length:
            raise SequenceError(
                f"{length:,} bp cannot be read: not {self.config.target_length} or more whole bins of {bin_size} bp",
                hint=f"The model was made for {self.config.input_length:,} bp",
            )
        x = self.stem(one_hot.transpose(1, 2))
        for block in self.tower:
            x = block(x)
        return x.transpose(1, 2)

    def _positions(self, n_tokens: int) -> Tensor:
        if n_tokens == self.config.n_tokens:
            return self.positions
        return self._positions_for(n_tokens).to(self.positions.device)

    def _positions_for(self, n_tokens: int) -> Tensor:
        with torch.device("cpu"):  # real numbers even while the model is built on the meta device
            return positional_features(n_tokens, self.config.value_size)


# --- Convolutions: [B, C, L] -------------------------------------------------------------------------------------


class Stem(nn.Module):
    """First level: ``[B, 4, L]`` -> ``[B, C, L / 2]``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, width, 15, padding="same")
        self.pointwise = ConvBlock(width, width, 1)
        self.pool = AttentionPool(width)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.conv(x)
        return self.pool(x + self.pointwise(x))


class TowerBlock(nn.Module):
    """One further level: ``[B, C, L]`` -> ``[B, C', L / 2]``."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.conv = ConvBlock(width_in, width_out, 5)
        self.pointwise = ConvBlock(width_out, width_out, 1)
        self.pool = AttentionPool(width_out)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = self.conv(x)
        return self.pool(x + self.pointwise(x))


class ConvBlock(nn.Module):
    """Batch norm, GELU, convolution.

    Zero padding comes after the GELU: beyond the border there is 0, not GELU(BN(0)).
    """

    def __init__(self, width_in: int, width_out: int, kernel: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(width_in)
        self.conv = nn.Conv1d(width_in, width_out, kernel, padding="same")

    def forward(self, x: Tensor) -> Tensor:
        """``[B, C, L]`` -> ``[B, C', L]``."""
        return self.conv(gelu(self.norm(x)))


class AttentionPool(nn.Module):
    """Halve the length: of each pair the mean weighted by ``softmax(W x)``, per channel. Starts near max pooling."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.logits = nn.Conv2d(width, width, 1, bias=False)
        with torch.no_grad():
            nn.init.dirac_(self.logits.weight).mul_(2.0)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, C, L]`` -> ``[B, C, L / 2]``."""
        first, second = x.unflatten(-1, (-1, 2)).unbind(dim=-1)
        difference = first - second
        # Logits are linear and a softmax over two is a sigmoid of their difference: half the arithmetic.
        weight = self.logits(difference.unsqueeze(-2)).squeeze(-2).sigmoid()
        return second + weight * difference


# --- Transformer: [B, T, C] --------------------------------------------------------------------------------------


class TransformerBlock(nn.Module):
    """Attention, then an MLP, each behind a layer norm and around a residual."""

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        dim = config.dim
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = RelativeAttention(config)
        self.attention_dropout = nn.Dropout(config.dropout_rate)
        self.mlp_norm = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, 2 * dim)
        self.contract = nn.Linear(2 * dim, dim)
        self.mlp_dropout = nn.Dropout(config.dropout_rate)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """``[B, T, C]``, features of distances ``[2 T - 1, V]`` -> ``[B, T, C]``."""
        x = x + self.attention_dropout(self.attention(self.attention_norm(x), positions))
        hidden = F.relu(self.mlp_dropout(self.expand(self.mlp_norm(x))))
        return x + self.mlp_dropout(self.contract(hidden))


class RelativeAttention(nn.Module):
    """Attention whose logits are (q + u) k + (q + v) r: content and relative position (Transformer-XL)."""

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        self.n_heads = config.heads
        self.scale = config.attn_dim_key**-0.5
        inner_key, inner_value = config.heads * config.attn_dim_key, config.heads * config.value_size
        self.query = nn.Linear(config.dim, inner_key, bias=False)
        self.key = nn.Linear(config.dim, inner_key, bias=False)
        self.value = nn.Linear(config.dim, inner_value, bias=False)
        self.position_key = nn.Linear(config.value_size, inner_key, bias=False)
        self.content_bias = nn.Parameter(torch.empty(1, config.heads, 1, config.attn_dim_key))
        self.position_bias = nn.Parameter(torch.empty(1, config.heads, 1, config.attn_dim_key))
        if not self.content_bias.is_meta:  # where normal numbers mean nothing and cost half a second of imports
            nn.init.normal_(self.content_bias)
            nn.init.normal_(self.position_bias)
        self.out = nn.Linear(inner_value, config.dim)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.position_dropout = nn.Dropout(config.pos_dropout)
        self.weight_dropout = nn.Dropout(config.attn_dropout)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """``[B, T, C]``, ``[2 T - 1, V]`` -> ``[B, T, C]``."""
        weights = self.weight_dropout(self.weights(x, positions))
        mixed = weights @ self._split(self.value(x))  # [B, H, T, V]
        return self.out(mixed.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, positions: Tensor) -> Tensor:
        """Attention weights ``[B, H, T, T]``: how much each query (row) takes from each key (column)."""
        query = self._split(self.query(x)) * self.scale  # [B, H, T, K]
        key = self._split(self.key(x))
        position_key = self._split(self.position_key(self.position_dropout(positions))[None])  # [1, H, 2 T - 1, K]
        content = (query + self.content_bias) @ key.transpose(-1, -2)  # [B, H, T, T]
        relative = (query + self.position_bias) @ position_key.transpose(-1, -2)  # [B, H, T, 2 T - 1]
        return (content + relative_shift(relative)).softmax(dim=-1)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)  # [B, T, H * K] -> [B, H, T, K]


def relative_shift(x: Tensor) -> Tensor:
    """From distance to key: row i, column j of the result is row i, column ``(j - i) + T - 1`` of ``x``.

    ``[..., T, 2 T - 1]`` -> ``[..., T, T]``, by the padding trick of Transformer-XL.
    """
    *batch, rows, columns = x.shape
    padded = F.pad(x, (1, 0)).reshape(*batch, columns + 1, rows)
    return padded[..., 1:, :].reshape(*batch, rows, columns)[..., :rows]


# --- Output ------------------------------------------------------------------------------------------------------


class FinalPointwise(nn.Module):
    """Crop to the output window and widen: ``[B, T, C]`` -> ``[B, N, 2 C]``."""

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        self.n_bins = config.target_length
        self.block = ConvBlock(config.dim, 2 * config.dim, 1)
        self.dropout = nn.Dropout(config.dropout_rate / 8)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        crop = (x.shape[1] - self.n_bins) // 2
        x = self.block(x[:, crop : crop + self.n_bins].transpose(1, 2))
        return gelu(self.dropout(x)).transpose(1, 2)


def gelu(x: Tensor) -> Tensor:
    """The sigmoid approximation that the authors use everywhere: ``x sigmoid(1.702 x)``."""
    return x * torch.sigmoid(1.702 * x)
