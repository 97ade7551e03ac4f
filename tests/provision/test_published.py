"""Publishers' lists of checksums."""

from __future__ import annotations

from pathlib import Path

import pytest

from enformer_core.fetching.remote_file import Checksum
from enformer_core.provision.published import file_name, listed

A, B = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.mark.parametrize(
    "line", [f"{A}  x.gz", f"{A} *x.gz", f"{A}\tx.gz", f"{A.upper()}  ./folder/x.gz", f"  {A}  /data/x.gz  "]
)
def test_the_name_is_found_however_it_is_written(line: str, tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(f"# a comment\n{B}  other.gz\n{line}\r\n{B}  x.gz.tbi\n")
    assert listed(tmp_path / "sums", "x.gz") == Checksum("md5", A, source="publisher")


def test_sha256_is_told_by_its_length(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(f"{A * 2}  x.gz\n")
    assert listed(tmp_path / "sums", "x.gz") == Checksum("sha256", A * 2, source="publisher")


@pytest.mark.parametrize(
    "text", ["", f"{A}  y.gz", f"{A}  x.gz\n{B}  x.gz", f"{A[:-1]}  x.gz", f"{A}", "<html>x.gz</html>", "\x00\xff"]
)
def test_what_does_not_say_it_plainly_says_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "sums").write_text(text)
    assert listed(tmp_path / "sums", "x.gz") is None


def test_the_name_of_an_address() -> None:
    assert file_name("https://example.org/a/b.gz?download=true") == "b.gz"
