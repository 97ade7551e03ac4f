"""A file comes through whatever a server does, or does not come at all: never half, never another one."""

from __future__ import annotations

import time
from pathlib import Path

import fault_server as faults
import pytest
from fault_server import FaultServer
from fetch_checks import BODY, FAST, NAME, OTHER, names, policy, sha256, whole

from enformer_core.errors import Cancelled, DownloadError
from enformer_core.fetching.fetch import FetchProgress, Policy, RemoteFile, fetch


@pytest.mark.parametrize(
    ("behaviour", "ranges"),
    [
        (faults.good, [None]),
        (faults.without_ranges, [None]),
        (faults.resets(0.1), [None, "bytes=40000-"]),
        (faults.resets(0.5), [None, "bytes=200000-"]),
        (faults.resets(0.99), [None, "bytes=396000-"]),
        (faults.resets_each(150_000), [None, "bytes=150000-", "bytes=300000-"]),
        (faults.wrong_length(100), [None, "bytes=400000-"]),
        (faults.chunked, [None]),
        (faults.until_closed, [None]),
        (faults.no_range_satisfies, [None, "bytes=200000-", None]),
        (faults.fails(500, times=2), [None, None, None]),
        (faults.fails(429, times=1), [None, None]),
    ],
    ids=["good", "no ranges", "10 %", "50 %", "99 %", "thrice", "too long", "chunked", "closed", "416", "500", "429"],
)
def test_a_file_with_a_known_checksum_comes_through(
    server: FaultServer, folder: Path, path: str, behaviour: faults.Behaviour, ranges: list[str | None]
) -> None:
    url = server.serve(path, BODY, behaviour)
    fetched = fetch(RemoteFile(NAME, (url,), checksum=sha256(BODY)), folder, policy=FAST)
    whole(fetched, folder)
    assert (fetched.url, fetched.verified) == (url, "manifest")
    assert server.ranges(path) == ranges


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_after_a_reset_the_missing_bytes_are_asked_for_and_no_others(
    server: FaultServer, folder: Path, path: str, share: float
) -> None:
    url = server.serve(path, BODY, faults.resets(share))
    fetched = fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
    whole(fetched, folder)
    assert server.sent(path) == len(BODY)
    assert fetched.verified == "recorded"  # nothing was known of it, and nothing is claimed
    second = [asked for asked in server.asked if asked.path == path][1]
    assert second.headers["if-range"] == '"v1"'


def test_a_weak_mark_is_not_sent_as_a_condition_and_the_date_is(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.resets(0.5), etag='W/"v1"')
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder)
    assert [a.headers.get("if-range") for a in server.asked if a.path == path] == [
        None,
        "Mon, 01 Jan 2024 00:00:00 GMT",
    ]


def test_without_any_mark_of_the_version_a_part_is_only_gone_on_from_where_a_checksum_will_judge(
    server: FaultServer, folder: Path, path: str
) -> None:
    marks = {"etag": "", "last_modified": ""}
    url = server.serve(path, BODY, faults.resets(0.5), **marks)
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder)
    assert server.ranges(path) == [None, None]
    (folder / NAME).unlink()
    url = server.serve(path + "2", BODY, faults.resets(0.5), **marks)
    whole(fetch(RemoteFile(NAME, (url,), checksum=sha256(BODY)), folder, policy=FAST), folder)
    assert server.ranges(path + "2") == [None, "bytes=200000-"]


@pytest.mark.parametrize("politely", [True, False], ids=["200 for the new one", "206 of the new one"])
@pytest.mark.parametrize("length", [400_000, 300_000, 100_000], ids=["as long", "shorter", "shorter than the part"])
def test_a_file_that_changes_mid_way_is_begun_anew_never_glued(
    server: FaultServer, folder: Path, path: str, politely: bool, length: int
) -> None:
    url = server.serve(path, BODY, faults.changes(OTHER[:length], politely=politely))
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=FAST), folder, OTHER[:length])


def test_a_part_that_an_earlier_process_left_is_gone_on_from(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.in_steps(20_000, 0.01))
    file = RemoteFile(NAME, (url,), size=len(BODY))
    seen: list[FetchProgress] = []

    def stop_half_way(progress: FetchProgress) -> None:
        seen.append(progress)
        if progress.done > len(BODY) // 2:
            raise Cancelled("the download was stopped")

    with pytest.raises(Cancelled):
        fetch(file, folder, on_progress=stop_half_way, policy=FAST)
    assert names(folder) == [f"{NAME}.partial", f"{NAME}.partial.json"]
    kept = (folder / f"{NAME}.partial").stat().st_size
    assert len(BODY) // 2 < kept < len(BODY)
    assert seen[-1].total == len(BODY)
    assert seen[-1].bytes_per_s > 0
    assert seen[-1].seconds_left is not None
    assert [p.done for p in seen] == sorted(p.done for p in seen)

    later: list[FetchProgress] = []
    whole(fetch(file, folder, on_progress=later.append, policy=FAST), folder)
    assert server.ranges(path) == [None, f"bytes={kept}-"]
    assert (later[-1].done, later[-1].total, later[-1].url) == (len(BODY), len(BODY), url)


@pytest.mark.parametrize("cancel", [KeyboardInterrupt(), Cancelled("the download was stopped")], ids=["keys", "page"])
def test_it_can_be_stopped_while_the_server_is_silent(
    server: FaultServer, folder: Path, path: str, cancel: BaseException
) -> None:
    url = server.serve(path, BODY, faults.silent(3))

    def stop(_: FetchProgress) -> None:
        raise cancel

    began = time.monotonic()
    with pytest.raises(type(cancel)):
        fetch(RemoteFile(NAME, (url,)), folder, on_progress=stop, policy=FAST)
    assert time.monotonic() - began < 1.5
    assert names(folder) == []


def test_it_can_be_stopped_between_two_tries(server: FaultServer, folder: Path, path: str) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Cancelled("the download was stopped")

    url = server.serve(path, BODY, faults.fails(503, times=99))
    with pytest.raises(Cancelled):
        fetch(RemoteFile(NAME, (url,)), folder, policy=policy(sleep=sleep))
    assert max(slept) <= FAST.tick_s


def test_a_server_that_asks_for_a_pause_gets_it(server: FaultServer, folder: Path, path: str) -> None:
    slept: list[float] = []
    url = server.serve(path, BODY, faults.fails(503, times=1, headers={"Retry-After": "7"}))
    whole(fetch(RemoteFile(NAME, (url,)), folder, policy=policy(sleep=slept.append)), folder)
    assert sum(slept) == pytest.approx(7)


def test_pauses_grow_and_are_spread_and_have_an_end() -> None:
    rules = Policy()
    assert all(0.5 * 2**n <= rules.pause(n, None) <= 2**n for n in range(6))
    assert rules.pause(50, None) <= 60
    assert rules.pause(0, 1e9) == 60
    assert len({rules.pause(3, None) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("behaviour", "said", "requests"),
    [
        (faults.login_page("text/html; charset=utf-8"), "gives a web page in place of the file", 1),
        (faults.login_page("application/octet-stream"), "gives a web page in place of the file", 1),
        (faults.fails(500, times=99), "answers 500", 5),
        (faults.fails(404, times=99), r"answers 404 \(it has no such file\)", 1),
        (faults.fails(401, times=99), "it wants a login", 1),
        (faults.fails(416, times=99), "answers 416", 1),
        (faults.resets(0.0, times=99), "broke off the connection", 5),
        (faults.until_closed, "does not say how long the file is", 1),
        (faults.wrong_length(100), "broke off the connection", 5),
        (faults.compressed, "encoded as 'gzip', which was not asked for", 1),
    ],
    ids=["html", "html in disguise", "500", "404", "401", "416", "resets", "no end", "too long", "gzip"],
)
def test_what_is_not_the_file_gets_no_name_and_the_error_says_what_the_server_did(
    server: FaultServer, folder: Path, path: str, behaviour: faults.Behaviour, said: str, requests: int
) -> None:
    """Nothing is known of the file but its name."""
    url = server.serve(path, BODY, behaviour)
    with pytest.raises(DownloadError, match=said) as caught:
        fetch(RemoteFile(NAME, (url,)), folder, policy=FAST)
    assert caught.value.what.startswith(f"{NAME} could not be fetched: 127.0.0.1 ")
    assert "--from" in caught.value.hint
    assert not (folder / NAME).exists()
    assert len(server.ranges(path)) == requests


def test_the_first_bytes_must_be_those_of_the_kind(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, b"PK\x03\x04" + BODY, faults.good)
    with pytest.raises(DownloadError, match=r"begins with '50 4b 03 04 .*', not with '1f 8b'"):
        fetch(RemoteFile(NAME, (url,), magic=b"\x1f\x8b"), folder, policy=FAST)
    assert names(folder) == []


def test_gzip_that_a_server_calls_an_encoding_is_kept_as_it_is(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, b"\x1f\x8b" + BODY, faults.good, headers={"Content-Encoding": "x-gzip"})
    fetched = fetch(RemoteFile("genes.gtf.gz", (url,), magic=b"\x1f\x8b"), folder, policy=FAST)
    assert fetched.path.read_bytes() == b"\x1f\x8b" + BODY
    assert server.asked[-1].headers["accept-encoding"] == "identity"


def test_a_server_with_another_size_is_left_at_once(server: FaultServer, folder: Path, path: str) -> None:
    for more, length in ((0, 400_000), (-100, 399_900)):
        url = server.serve(path, BODY, faults.wrong_length(more) if more else faults.good)
        with pytest.raises(DownloadError, match=rf"a file of {length:,} bytes there, where 400,001 are expected"):
            fetch(RemoteFile(NAME, (url,), size=400_001), folder, policy=FAST)
    assert names(folder) == []


def test_a_server_that_sends_more_than_the_size_is_stopped(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.chunked)
    with pytest.raises(DownloadError, match="more than the 100,000 bytes"):
        fetch(RemoteFile(NAME, (url,), size=100_000), folder, policy=FAST)
    assert names(folder) == []


def test_a_server_that_sends_less_than_the_size_is_asked_again_and_given_up(
    server: FaultServer, folder: Path, path: str
) -> None:
    url = server.serve(path, BODY, faults.chunked)
    with pytest.raises(DownloadError, match="stops after 400,000 of 500,000 bytes"):
        fetch(RemoteFile(NAME, (url,), size=500_000), folder, policy=FAST)
    assert not (folder / NAME).exists()


def test_a_server_that_never_ends_is_stopped(server: FaultServer, folder: Path, path: str) -> None:
    url = server.serve(path, BODY, faults.endless)
    with pytest.raises(DownloadError, match="more than the 1,000,000 bytes"):
        fetch(RemoteFile(NAME, (url,), checksum=sha256(BODY)), folder, policy=policy(unsized_max=1_000_000))
    assert names(folder) == []


def test_a_byte_now_and_then_is_given_up_for_the_next_address(server: FaultServer, folder: Path, path: str) -> None:
    slow = server.serve(path + "/slow", BODY, faults.trickles(0.05))
    quick = server.serve(path, BODY, faults.good)
    began = time.monotonic()
    fetched = fetch(RemoteFile(NAME, (slow, quick)), folder, policy=policy(slow_after_s=0.4))
    whole(fetched, folder)
    assert fetched.url == quick
    assert time.monotonic() - began < 5
    with pytest.raises(DownloadError, match="sends less than 1,024 bytes a second"):
        fetch(RemoteFile("b", (slow,)), folder, policy=policy(slow_after_s=0.4))
