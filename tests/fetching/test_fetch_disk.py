"""What the disk does, and what was left on it."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import fault_server as faults
import pytest
from fault_server import FaultServer
from fetch_checks import BODY, FAST, NAME, OTHER, sha256, whole

from enformer_core.errors import FileError, OutOfDisk
from enformer_core.fetching.fetch import RemoteFile, fetch, free_space


class _Failing:
    """A call of the operating system, of which one fails."""

    def __init__(self, real: Callable[..., object], failing: int, number: int) -> None:
        self.real, self.failing, self.number, self.count = real, failing, number, 0

    def __call__(self, *args: object, **more: object) -> object:
        self.count += 1
        if self.count == self.failing + 1:
            raise OSError(self.number, "as the test wants it")
        return self.real(*args, **more)


class TestDisk:
    """What the disk does."""

    def test_a_file_that_does_not_fit_is_not_begun(self, server: FaultServer, folder: Path, path: str) -> None:
        url = server.serve(path, BODY, faults.wrong_length(10**16))
        with pytest.raises(OutOfDisk, match=r"10,000,000\.0 GB are needed, and the disk .* has .* [MG]B free"):
            fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
        assert (folder / f"{NAME}.partial").stat().st_size == 0

    def test_room_is_looked_for_where_the_folder_will_be(self, tmp_path: Path) -> None:
        free_space(tmp_path / "not" / "yet", 1)
        with pytest.raises(OutOfDisk):
            free_space(tmp_path / "not" / "yet", 10**18)

    @pytest.mark.parametrize("limit", [0, 100, 1_000, 150_001])
    def test_a_disk_that_fills_up_keeps_what_came(
        self, server: FaultServer, folder: Path, path: str, limit: int
    ) -> None:
        file = RemoteFile(NAME, (server.serve(path, BODY, faults.good),), checksum=sha256(BODY))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(OutOfDisk, match=r"is full after .* bytes of genome\.2bit"):
                fetch(file, folder, policy=FAST)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        whole(fetch(file, folder, policy=FAST), folder)
        kept = limit if limit >= 1_000 else 0  # below that even the record does not fit
        assert server.ranges(path) == [None, f"bytes={kept}-" if kept else None]

    @pytest.mark.parametrize("call", ["fsync", "replace", "unlink"])
    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=["ENOSPC", "EIO", "EACCES"])
    def test_the_nth_call_that_fails_leaves_what_the_next_fetch_goes_on_from(
        self, server: FaultServer, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch, call: str, number: int
    ) -> None:
        """For every n, until there is no n-th call any more."""
        file = RemoteFile(NAME, (server.serve(path, BODY, faults.good),), checksum=sha256(BODY))
        refused = 0
        for failing in itertools.count():
            calls = _Failing(getattr(os, call), failing, number)
            with monkeypatch.context() as patch:
                patch.setattr(os, call, calls)
                try:
                    fetch(file, folder, policy=FAST)
                except (FileError, OutOfDisk):
                    refused += 1
            assert not (folder / NAME).exists() or (folder / NAME).read_bytes() == BODY
            whole(fetch(file, folder, policy=FAST), folder)
            (folder / NAME).unlink()
            if calls.count <= failing:
                break
        assert refused >= 1

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(FileError, match="cannot be written") as caught:
            fetch(RemoteFile(NAME, ("http://127.0.0.1:9/x",)), tmp_path / "file", policy=FAST)
        assert str(tmp_path / "file") in caught.value.what

    def test_a_folder_that_may_not_be_written_is_named_and_read(self, reader: Path) -> None:
        file = RemoteFile(NAME, ("http://127.0.0.1:9/x",), checksum=sha256(BODY))
        assert fetch(file, reader, policy=FAST).verified == "manifest"
        with pytest.raises(FileError, match="cannot be written: Permission denied"):
            fetch(RemoteFile("other", ("http://127.0.0.1:9/x",)), reader, policy=FAST)


@pytest.fixture
def reader() -> Iterator[Path]:
    """A folder with the file, which this process may read and not write; also where the superuser runs the tests."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / NAME).write_bytes(BODY)
        os.chmod(name, 0o555)  # noqa: S103  (that others may read it is the point)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield Path(name)
        if user == 0:
            os.seteuid(0)
        os.chmod(name, 0o700)


@pytest.mark.parametrize(
    "record", ["", "{", "[]", '{"url": 3}', '{"url": "x", "length": "5"}', '{"url": "x", "more": 1}', "[" * 100_000]
)
def test_a_part_whose_record_cannot_be_read_is_dropped(
    server: FaultServer, folder: Path, path: str, record: str
) -> None:
    folder.mkdir()
    (folder / f"{NAME}.partial").write_bytes(OTHER[:1000])
    (folder / f"{NAME}.partial.json").write_text(record)
    whole(fetch(RemoteFile(NAME, (server.serve(path, BODY, faults.good),)), folder, policy=FAST), folder)
