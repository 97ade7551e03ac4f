"""A bigWig of which parts are here reads as the whole file does."""

from __future__ import annotations

import random
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
from range_server import RangeServer, authorities, serving

from enformer_core.errors import BigWigError, DownloadError, FileTooLarge
from enformer_core.genome.interval import Interval
from enformer_core.tracks.bigwig_header import HEADER_BYTES, INDEX_BYTES, read_header
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.remote import bigwigs
from enformer_core.tracks.remote.bigwigs import RemoteBigWigs
from enformer_core.tracks.remote.policy import Policy

HOST = "bigwigs.test"
WIDTH, BIN = 896 * 128, 128


@pytest.fixture(scope="module")
def reader() -> Iterator[BigWigReader]:
    with BigWigReader() as reader:
        yield reader


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bigWig of 4 MB, with an index of several levels and several chromosomes to a node."""
    path = tmp_path_factory.mktemp("large") / "large.bw"
    rng = np.random.default_rng(3)
    with pyBigWig.open(str(path), "w") as file:
        contigs = [(f"chr{n}", 60_000_000 if n < 3 else 20_000) for n in range(1, 60)]
        file.addHeader(contigs)
        for name, length in contigs:
            n = 240_000 if length > 1e6 else 300
            starts = np.sort(rng.choice(length // 40, n, replace=False)).astype(np.int64) * 40
            file.addEntries([name] * n, starts, ends=starts + 25, values=rng.random(n).astype(np.float64))
    return path


def policy_for(server: RangeServer, max_bytes: int = 64 << 20) -> Policy:
    ports, resolve = (server.port,), lambda host, port: ("127.0.0.1",)
    return Policy(schemes=("http",), ports=ports, resolve=resolve, max_bytes=max_bytes, tls=authorities())


def url(server: RangeServer, name: str, how: str = "good") -> str:
    return f"http://{HOST}:{server.port}/{how}/{name}"


def same(reader: BigWigReader, here: Path, whole: Path, interval: Interval) -> int:
    """Both read alike; the number of bins with data."""
    parts, file = reader.read([here, whole], interval, BIN)
    assert isinstance(parts, BinnedSignal)
    assert isinstance(file, BinnedSignal)
    np.testing.assert_array_equal(parts.values, file.values)
    assert parts.notes == file.notes
    return int(np.isfinite(file.values).sum())


def places(path: Path, rng: random.Random, n: int) -> list[Interval]:
    """Intervals at, across and beyond what the file holds."""
    contigs = read_header(path).contigs
    with pyBigWig.open(str(path)) as file:
        held = [(chrom, entries[0][0]) for chrom in contigs if (entries := file.intervals(chrom))]
    chosen = []
    for _ in range(n):
        chrom, first = rng.choice(held)
        start = first + rng.randrange(-WIDTH, 4 * WIDTH)
        if rng.random() < 0.2:
            start = rng.randrange(-WIDTH, contigs[chrom] + 1)
        chosen.append(Interval(chrom, start, start + WIDTH))
    return chosen


def everywhere(rng: random.Random, n: int) -> list[Interval]:
    """Intervals all over the two long chromosomes of the large file."""
    starts = [rng.randrange(60_000_000 - WIDTH) for _ in range(n)]
    return [Interval(rng.choice(("chr1", "chr2")), start, start + WIDTH) for start in starts]


def test_real_files_read_as_the_whole_does_wherever_one_looks(
    shared_data: Path, reader: BigWigReader, tmp_path: Path
) -> None:
    rng = random.Random(7)
    files = sorted((shared_data / "hg38_slices").glob("bigwig*/*.bw"))[::4]
    n_bins = 0
    contents = {file.name: file.read_bytes() for file in files}
    with serving(contents) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        for file in files:
            address = remote.add(url(server, file.name))
            assert address.name == file.name
            for interval in places(file, rng, 12):
                n_bins += same(reader, remote.path(address.text, interval), file, interval)
    assert n_bins > 5_000, "the places that were looked at hold data"


def test_only_what_is_needed_is_fetched_once(large: Path, reader: BigWigReader, tmp_path: Path) -> None:
    rng = random.Random(11)
    size, n_bins, path = large.stat().st_size, 0, large
    with serving({"large.bw": large.read_bytes()}) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        remote.add(url(server, "large.bw"))
        for n, interval in enumerate(places(large, rng, 5) + everywhere(rng, 10)):
            before = server.sent
            path = remote.path(url(server, "large.bw"), interval)
            n_bins += same(reader, path, large, interval)
            assert server.sent - before < 120_000, "some 450 entries, and the way to them"
            n_asked = len(server.asked)
            assert n_asked <= 4 + 5 * (n + 1)
            assert remote.path(url(server, "large.bw"), interval) == path
            assert len(server.asked) == n_asked, "what is here is not asked for"
        assert path.stat().st_size == size
        assert path.stat().st_blocks * 512 < size / 2
        assert server.sent < size / 2
    assert n_bins > 4_000


def test_a_small_chromosome_of_many_in_one_node(large: Path, reader: BigWigReader, tmp_path: Path) -> None:
    with serving({"large.bw": large.read_bytes()}) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        for chrom in ("chr3", "chr31", "chr59", "59", "chr60"):
            interval = Interval(chrom, -5_120, -5_120 + 200 * BIN)
            n = same(reader, remote.path(url(server, "large.bw"), interval), large, interval)
            assert bool(n) == (chrom != "chr60"), "which the file does not have"


def test_another_visitor_of_the_same_address_shares_it_and_of_another_does_not(large: Path, tmp_path: Path) -> None:
    interval = Interval("chr1", 1_000_000, 1_000_000 + WIDTH)
    with serving({"large.bw": large.read_bytes()}) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        mine = f"{url(server, 'large.bw')}?signature=mine"
        paths: set[Path] = set()
        threads = [threading.Thread(target=lambda: paths.add(remote.path(mine, interval))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        n_asked = len(server.asked)
        assert len(paths) == 1
        assert remote.path(url(server, "large.bw"), interval) not in paths
        assert len(server.asked) == 2 * n_asked, "six at once asked as much as one does"


def test_a_file_that_changes_is_begun_anew(shared_data: Path, reader: BigWigReader, tmp_path: Path) -> None:
    folder = shared_data / "hg38_slices" / "bigwig32_raw"
    first, second = folder / "ENCFF136DBS.bw", folder / "ENCFF154NSS.bw"
    here, there = places(first, random.Random(1), 40)[::39]
    with serving({"a.bw": first.read_bytes()}) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        text = url(server, "a.bw")
        old = remote.path(text, here)
        same(reader, old, first, here)
        server.files["a.bw"], server.tag = second.read_bytes(), '"two"'
        remote.add(text)
        same(reader, remote.path(text, here), second, here)
        same(reader, remote.path(text, there), second, there)
        same(reader, old, first, here)  # somebody may be reading it still


def test_more_than_the_cap_is_never_kept(large: Path, reader: BigWigReader, tmp_path: Path) -> None:
    cap, paths = 150_000, []
    with (
        serving({"large.bw": large.read_bytes()}) as server,
        RemoteBigWigs(tmp_path, policy_for(server, cap)) as remote,
    ):
        for interval in everywhere(random.Random(5), 12):
            path = remote.path(url(server, "large.bw"), interval)
            paths.append(path)
            assert same(reader, path, large, interval)
            assert path.stat().st_blocks * 512 < 1.6 * cap
        assert 1 < len(set(paths)) < len(paths), "begun anew, but not each time"
        with pytest.raises(FileTooLarge, match="more than 0 MB of the bigWig would have to be fetched"):
            remote.path(url(server, "large.bw"), Interval("chr1", 0, 60_000_000))


def test_what_is_old_or_one_too_many_goes(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (shared_data / "hg38_slices" / "bigwig32_raw" / "ENCFF136DBS.bw").read_bytes()
    monkeypatch.setattr(bigwigs, "MAX_FILES", 3)
    monkeypatch.setattr(bigwigs, "GRACE_S", -1.0)
    with serving({"a.bw": content}) as server:
        with RemoteBigWigs(tmp_path, policy_for(server)) as remote:
            for n in range(8):
                remote.add(f"{url(server, 'a.bw')}?{n}")
            kept = [path for path in tmp_path.glob("*/*") if path.is_file()]
            assert 1 <= len(kept) <= 4
            monkeypatch.setattr(bigwigs, "KEPT_S", -1.0)
            remote.add(url(server, "a.bw"))
            assert len([path for path in tmp_path.glob("*/*") if path.is_file()]) == 1
        assert not list(tmp_path.glob("*/*")), "the folder goes with the process"


def test_a_server_that_failed_is_left_alone_for_a_while(tmp_path: Path) -> None:
    with serving({}) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        for _ in range(5):
            with pytest.raises(DownloadError, match="404"):
                remote.path(url(server, "a.bw"), Interval("chr1", 0, WIDTH))
        assert len(server.asked) == 1
        with pytest.raises(DownloadError, match="404"):
            remote.add(url(server, "a.bw"))  # somebody asks for it by hand
        assert len(server.asked) == 2


def broken(content: bytes, offset: int, new: bytes) -> bytes:
    return content[:offset] + new + content[offset + len(new) :]


def test_counts_and_offsets_that_lie_are_refused_before_anything_is_fetched_for_them(
    shared_data: Path, tmp_path: Path
) -> None:
    file = shared_data / "hg38_slices" / "bigwig32_raw" / "ENCFF136DBS.bw"
    content, index = file.read_bytes(), read_header(file).index
    root, summary, tree = index + INDEX_BYTES, 44, 248
    lies = {
        "contigs": broken(content, tree + 16, struct.pack("<Q", 1 << 40)),
        "tree": broken(content, 8, struct.pack("<Q", 1 << 50)),
        "index": broken(content, 24, struct.pack("<Q", len(content) - 10)),
        "summary": broken(content, summary, struct.pack("<Q", len(content) + 5)),
        "count": broken(content, root + 2, struct.pack("<H", 65_535)),
        "kind": broken(content, root, b"\x07"),
        "circle": broken(content, root + 4 + 16, struct.pack("<Q", root)),
        "outside": broken(content, root + 4 + 16, struct.pack("<Q", 1 << 60)),
    }
    interval = Interval("chr1", 0, 248_000_000 - 248_000_000 % BIN)
    with serving(lies) as server, RemoteBigWigs(tmp_path, policy_for(server)) as remote:
        for name in lies:
            with pytest.raises(BigWigError, match="is damaged"):
                remote.path(url(server, name), interval)
            assert HEADER_BYTES < server.sent < 400_000, name
            server.sent = HEADER_BYTES + 1
