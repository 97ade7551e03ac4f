"""Two processes at once, and processes that are killed."""

from __future__ import annotations

import threading
from pathlib import Path

import fault_server as faults
import pytest
from fault_server import FaultServer
from fetch_checks import BODY, FAST, NAME, sha256, whole
from killed_fetch import child, go, killed

from enformer_core.errors import Cancelled
from enformer_core.fetching.fetch import FetchProgress, RemoteFile, fetch


def test_a_second_process_waits_and_finds_the_whole_file(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.in_steps(20_000, 0.02))
    file, seen = RemoteFile(NAME, (url,), checksum=sha256(BODY)), list[FetchProgress]()
    with child(url, NAME, folder) as other:
        go(other)
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"

        def stop(_: FetchProgress) -> None:
            raise Cancelled("the download was stopped")

        with pytest.raises(Cancelled):  # also while it waits
            fetch(file, folder, on_progress=stop, policy=FAST)
        fetched = fetch(file, folder, on_progress=seen.append, policy=FAST)
        assert other.wait(5) == 0
    whole(fetched, folder)
    assert fetched.url == ""
    assert server.sent(path) == len(BODY)
    assert 0 < seen[0].done < len(BODY)  # it tells how far the other is


def test_many_threads_at_once_fetch_it_once(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.in_steps(100_000, 0.01))
    file = RemoteFile(NAME, (url,), checksum=sha256(BODY))
    threads = [threading.Thread(target=fetch, args=(file, folder), kwargs={"policy": FAST}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole(fetch(file, folder, policy=FAST), folder)
    assert server.sent(path) == len(BODY)


def test_a_process_killed_at_any_moment_loses_nothing_and_leaves_nothing(
    server: FaultServer, folder: Path, path: str
) -> None:
    url = server.serve(path, BODY, faults.in_steps(20_000, 0.02))
    seen = killed(10, url, NAME, folder, BODY, longest=0.3, seed=1)
    assert sum(seen.values()) == 10
    assert seen["part"] + seen["whole"] >= 5  # those that were killed after their first bytes
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder)
