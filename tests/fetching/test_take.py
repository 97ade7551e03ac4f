"""Files from a folder, for a machine without internet: the same gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from fetch_checks import BODY, NAME, OTHER, names, sha256

from enformer_core.errors import Cancelled, FileError, FileFormatError
from enformer_core.fetching.fetch import Checksum, FetchProgress, RemoteFile
from enformer_core.fetching.take import take

FILE = RemoteFile(NAME, ("https://files.example/genome.2bit",), checksum=sha256(BODY))


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder that somebody carried over."""
    folder = tmp_path / "stick"
    (folder / "deep" / "down").mkdir(parents=True)
    return folder


def test_a_file_is_found_below_and_copied(stick: Path, tmp_path: Path) -> None:
    (stick / "deep" / "down" / NAME).write_bytes(BODY)
    taken = take(FILE, stick, tmp_path / "here")
    assert (taken.path, taken.verified, taken.size) == (tmp_path / "here" / NAME, "manifest", len(BODY))
    assert taken.url == str(stick / "deep" / "down" / NAME)
    assert taken.path.read_bytes() == BODY
    assert names(tmp_path / "here") == [NAME]
    assert (stick / "deep" / "down" / NAME).read_bytes() == BODY
    assert take(FILE, tmp_path / "nowhere", tmp_path / "here").url == ""  # it is here already


def test_of_several_the_right_one_is_taken(stick: Path, tmp_path: Path) -> None:
    (stick / NAME).write_bytes(OTHER)
    (stick / "deep" / NAME).write_bytes(BODY)
    assert take(FILE, stick, tmp_path / "here").path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("content", "file", "said"),
    [
        (OTHER, FILE, "has the sha256"),
        (BODY, RemoteFile(NAME, FILE.urls, size=5), "has 400,000 bytes, where 5 are expected"),
        (b"<html>Log in</html>", RemoteFile(NAME, FILE.urls), "gives a web page in place of the file"),
        (BODY, RemoteFile(NAME, FILE.urls, magic=b"\x1f\x8b"), "not with '1f 8b'"),
    ],
)
def test_a_wrong_one_is_not(stick: Path, tmp_path: Path, content: bytes, file: RemoteFile, said: str) -> None:
    (stick / NAME).write_bytes(content)
    with pytest.raises(FileFormatError, match=said) as caught:
        take(file, stick, tmp_path / "here")
    assert str(stick / NAME) in caught.value.what
    assert names(tmp_path / "here") == []


def test_what_is_not_there_is_named_with_where_to_get_it(stick: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=f"{NAME} is not below") as caught:
        take(FILE, stick, tmp_path / "here")
    assert FILE.urls[0] in caught.value.hint
    with pytest.raises(FileError, match="there is no folder"):
        take(FILE, stick / "none", tmp_path / "here")


def test_one_of_which_nothing_is_known_is_recorded(stick: Path, tmp_path: Path) -> None:
    (stick / NAME).write_bytes(BODY)
    taken = take(RemoteFile(NAME, FILE.urls, hub=True), stick, tmp_path / "here")
    assert taken.verified == "recorded"
    md5 = Checksum("md5", "0" * 32, "publisher")
    with pytest.raises(FileFormatError, match="has the md5"):
        take(RemoteFile(NAME, FILE.urls, checksum=md5), stick, tmp_path / "there")


def test_it_can_be_stopped_and_done_again(stick: Path, tmp_path: Path) -> None:
    (stick / NAME).write_bytes(BODY)

    def stop(_: FetchProgress) -> None:
        raise Cancelled("it was stopped")

    with pytest.raises(Cancelled):
        take(FILE, stick, tmp_path / "here", on_progress=stop)
    assert not (tmp_path / "here" / NAME).exists()
    take(FILE, stick, tmp_path / "here")
    assert names(tmp_path / "here") == [NAME]
