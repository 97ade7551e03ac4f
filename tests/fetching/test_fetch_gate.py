"""What must hold of a file before it gets its name, and of one that has it already."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import fault_server as faults
import pytest
from fault_server import FaultServer
from fetch_checks import BODY, FAST, NAME, OTHER, names, policy, sha256, whole

from enformer_core.errors import Cancelled, DownloadError, FileFormatError
from enformer_core.fetching.fetch import Checksum, FetchProgress, RemoteFile, fetch


class TestChecksum:
    """What must hold of a whole file."""

    def test_a_wrong_file_is_set_aside_and_the_next_address_is_asked(
        self, server: FaultServer, folder: Path, path: str
    ) -> None:
        wrong, right = server.serve(path + "/w", OTHER, faults.good), server.serve(path, BODY, faults.good)
        fetched = fetch(RemoteFile(NAME, (wrong, right), checksum=sha256(BODY)), folder, policy=FAST)
        assert (fetched.url, fetched.path.read_bytes() == BODY) == (right, True)
        assert names(folder) == [NAME, f"{NAME}.bad"]
        assert (folder / f"{NAME}.bad").read_bytes() == OTHER

    def test_at_last_the_error_names_the_file_and_both_sums(self, server: FaultServer, folder: Path, path: str) -> None:
        first, second = server.serve(path + "/1", OTHER, faults.good), server.serve(path + "/2", BODY, faults.good)
        expected = sha256(b"something else")
        with pytest.raises(FileFormatError) as caught:
            fetch(RemoteFile(NAME, (first, second), checksum=expected), folder, policy=FAST)
        for part in (NAME, sha256(OTHER).hexdigest, sha256(BODY).hexdigest, expected.hexdigest, f"{NAME}.bad"):
            assert part in str(caught.value)
        assert names(folder) == [f"{NAME}.bad"]  # one, the last
        assert (folder / f"{NAME}.bad").read_bytes() == BODY

    def test_a_damaged_part_from_before_costs_one_more_download_and_no_more(
        self, server: FaultServer, folder: Path, path: str
    ) -> None:
        url = server.serve(path, BODY, faults.resets(0.5, times=1))
        file = RemoteFile(NAME, (url,), checksum=sha256(BODY))
        with pytest.raises(DownloadError):
            fetch(file, folder, policy=policy(retries=0))
        with (folder / f"{NAME}.partial").open("r+b") as part:
            part.write(b"damaged")
        assert fetch(file, folder, policy=FAST).path.read_bytes() == BODY
        assert server.ranges(path) == [None, "bytes=200000-", None]

    def test_so_does_a_damaged_file_that_a_kill_kept_from_its_name(
        self, server: FaultServer, folder: Path, path: str
    ) -> None:
        file = RemoteFile(NAME, (server.serve(path, BODY, faults.good),), checksum=sha256(BODY))

        def stop_at_the_end(progress: FetchProgress) -> None:
            if progress.done == len(BODY):
                raise Cancelled("it was stopped")

        with pytest.raises(Cancelled):
            fetch(file, folder, on_progress=stop_at_the_end, policy=FAST)
        part = folder / f"{NAME}.partial"
        assert part.read_bytes() == BODY
        whole(fetch(file, folder, policy=FAST), folder)  # undamaged, it needs no server
        assert len(server.ranges(path)) == 1
        os.replace(folder / NAME, part)
        (folder / f"{NAME}.partial.json").write_text(json.dumps({"url": file.urls[0], "length": len(BODY)}))
        with part.open("r+b") as handle:
            handle.write(b"damaged")
        assert fetch(file, folder, policy=FAST).path.read_bytes() == BODY
        assert len(server.ranges(path)) == 2

    def test_a_server_that_always_breaks_off_and_is_always_wrong_is_given_up(
        self, server: FaultServer, folder: Path, path: str
    ) -> None:
        url = server.serve(path, OTHER, faults.resets_each(150_000))
        with pytest.raises(FileFormatError):
            fetch(RemoteFile(NAME, (url,), checksum=sha256(BODY)), folder, policy=FAST)
        assert len(server.ranges(path)) == 6

    def test_a_publishers_md5_is_checked_and_named_as_his(self, server: FaultServer, folder: Path, path: str) -> None:
        url = server.serve(path, BODY, faults.good)
        md5 = Checksum("md5", hashlib.md5(BODY, usedforsecurity=False).hexdigest(), "publisher")
        fetched = fetch(RemoteFile(NAME, (url,), checksum=md5), folder, policy=FAST)
        whole(fetched, folder)
        assert fetched.verified == "publisher"
        (folder / NAME).unlink()
        url = server.serve(path, OTHER, faults.good)
        with pytest.raises(FileFormatError, match=f"the md5 .* where {md5.hexdigest} is expected"):
            fetch(RemoteFile(NAME, (url,), checksum=md5), folder, policy=FAST)


class TestHub:
    """A hub states a checksum on the way to the file; only a hub is believed."""

    HUB = policy(hubs=frozenset({"127.0.0.1"}))

    def linked(self, server: FaultServer, path: str, stated: bytes) -> str:
        blob = server.serve(path + "/blob", BODY, faults.resets(0.5))
        pointing = faults.points_to(blob, X_Linked_Etag=f'"{sha256(stated).hexdigest}"')
        return server.serve(path, b"", pointing)

    def test_its_word_is_kept_through_a_reset_and_later(self, server: FaultServer, folder: Path, path: str) -> None:
        file = RemoteFile(NAME, (self.linked(server, path, BODY),), hub=True)
        fetched = fetch(file, folder, policy=self.HUB)
        whole(fetched, folder)
        assert fetched.verified == "hub"
        assert server.sent(path + "/blob") == len(BODY)
        again = fetch(file, folder, policy=self.HUB)
        assert (again.verified, again.url) == ("hub", "")

    def test_a_file_that_is_not_the_stated_one_does_not_pass(
        self, server: FaultServer, folder: Path, path: str
    ) -> None:
        file = RemoteFile(NAME, (self.linked(server, path, OTHER),), hub=True)
        with pytest.raises(FileFormatError, match=sha256(OTHER).hexdigest):
            fetch(file, folder, policy=self.HUB)
        assert names(folder) == [f"{NAME}.bad"]

    def test_nobody_else_is_believed(self, server: FaultServer, folder: Path, path: str) -> None:
        file = RemoteFile(NAME, (self.linked(server, path, BODY),), hub=True)
        assert fetch(file, folder, policy=FAST).verified == "recorded"


class TestStanding:
    """A file that has the name already."""

    def test_the_right_one_is_used_without_asking_anybody(self, folder: Path) -> None:
        folder.mkdir()
        (folder / NAME).write_bytes(BODY)
        (folder / f"{NAME}.partial.json").write_text("{}")  # a kill right after the rename leaves it
        file = RemoteFile(NAME, ("http://127.0.0.1:9/nobody",), checksum=sha256(BODY))
        fetched = fetch(file, folder, policy=FAST)
        whole(fetched, folder)
        assert (fetched.url, fetched.verified) == ("", "manifest")

    def test_a_wrong_one_is_set_aside(self, server: FaultServer, folder: Path, path: str) -> None:
        folder.mkdir()
        (folder / NAME).write_bytes(OTHER)
        file = RemoteFile(NAME, (server.serve(path, BODY, faults.good),), checksum=sha256(BODY))
        assert fetch(file, folder, policy=FAST).path.read_bytes() == BODY
        assert (folder / f"{NAME}.bad").read_bytes() == OTHER

    def test_one_of_which_nothing_is_known_is_never_called_verified(self, folder: Path) -> None:
        folder.mkdir()
        (folder / NAME).write_bytes(BODY)
        assert fetch(RemoteFile(NAME, ("http://127.0.0.1:9/x",)), folder, policy=FAST).verified == "recorded"
        file = RemoteFile(NAME, ("http://127.0.0.1:9/x",), hub=True)
        assert fetch(file, folder, policy=policy(hubs=frozenset({"127.0.0.1"}))).verified == "recorded"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", ".hidden", "a\0", "a b", "x" * 151, "a.bad", "é"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(FileFormatError, match="cannot be the name of a fetched file"):
        RemoteFile(name, ("https://example.org/x",))


def test_what_makes_no_sense_is_refused_when_it_is_made() -> None:
    with pytest.raises(FileFormatError, match="no address is given for x"):
        RemoteFile("x", ())
    with pytest.raises(FileFormatError, match="-1 of x is negative"):
        RemoteFile("x", ("https://example.org/x",), size=-1)
    for algorithm, text in (("sha256", "00"), ("sha256", "A" * 64), ("md5", "0" * 64), ("crc32", "0" * 8)):
        with pytest.raises(FileFormatError, match="is not a checksum of the kind"):
            Checksum(algorithm, text)
