from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from enformer_core.errors import PathNotAllowed
from enformer_core.tracks.paths import allowed_path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.bw").write_bytes(b"inside")
    (folder / "odd .. name~.bw").write_bytes(b"inside")
    (tmp_path / "secret.bw").write_bytes(b"outside")
    (tmp_path / "root-twin").mkdir()
    (tmp_path / "root-twin" / "a.bw").write_bytes(b"outside")
    return folder


def refusal(text: str, *roots: Path) -> str:
    with pytest.raises(PathNotAllowed) as caught:
        allowed_path(text, roots)
    return caught.value.what.split("'", 2)[2]


def test_files_below_a_root(root: Path) -> None:
    expected = Path(os.path.realpath(root / "sub" / "a.bw"))
    assert allowed_path(str(root / "sub" / "a.bw"), [root]) == expected
    assert allowed_path("sub/a.bw", [root]) == expected
    assert allowed_path("./sub//a.bw", [root.parent / "absent", root]) == expected
    assert allowed_path("odd .. name~.bw", [root]).name == "odd .. name~.bw"


def test_links_inside_are_followed_and_a_root_may_be_a_link(root: Path) -> None:
    (root / "link.bw").symlink_to(root / "sub" / "a.bw")
    (root.parent / "rooted").symlink_to(root)
    expected = Path(os.path.realpath(root / "sub" / "a.bw"))
    assert allowed_path("link.bw", [root]) == expected
    assert allowed_path("sub/a.bw", [root.parent / "rooted"]) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("../../etc/passwd", "'..' is not followed"),
        ("sub/../../secret.bw", "'..' is not followed"),
        ("sub\\..\\..\\secret.bw", "'..' is not followed"),
        ("~/secret.bw", "'~' is not expanded"),
        ("~root/.ssh/id_rsa", "'~' is not expanded"),
        ("a\0b", "a control character"),
        ("a\nb", "a control character"),
        ("\\\\server\\share\\a.bw", "a network path"),
        ("//server/share/a.bw", "a network path"),
        ("file:///etc/passwd", "a web address"),
        ("https://example.org/a.bw", "a web address"),
        ("", "the path is empty"),
        ("   ", "the path is empty"),
        ("x" * 5000, "at most 4,096 characters"),
        ("\udcff", "not valid text"),
    ],
)
def test_row_56_texts_that_are_refused_unseen(root: Path, text: str, reason: str) -> None:
    assert reason in refusal(text, root)


def test_row_56_outside_and_absent_look_the_same(root: Path) -> None:
    (root / "out.bw").symlink_to(root.parent / "secret.bw")
    (root / "dangling.bw").symlink_to(root.parent / "no such file")
    (root / "up").symlink_to(root.parent)
    outside = [
        "/etc/passwd", "/etc/no such file", "/proc/self/environ", "/dev/zero", str(root.parent / "secret.bw"),
        str(root.parent / "root-twin" / "a.bw"), "out.bw", "dangling.bw", "up/secret.bw", "up/no such file",
    ]  # fmt: skip
    # A path of over 80 characters is shown with its length: the folder of the test may be a deep one.
    refusals = {re.sub(r"^\.\.\. \([0-9,]+ characters\)", "", refusal(text, root)) for text in outside}
    assert refusals == {" does not lie below a folder that may be opened"}


def test_row_56_kernel_files_and_devices_even_below_the_root(root: Path) -> None:
    for text in ("/proc/self/environ", "/proc/self/mem", "/dev/zero", "/dev/stdin", "/sys/kernel"):
        assert "does not lie below" in refusal(text, Path("/"))
    (root / "zero.bw").symlink_to("/dev/zero")
    assert "does not lie below" in refusal("zero.bw", root)


def test_row_56_what_is_no_regular_file(root: Path) -> None:
    os.mkfifo(root / "pipe.bw")
    assert refusal("pipe.bw", root) == " cannot be opened: it is not a regular file"
    assert refusal("sub", root) == " cannot be opened: it is not a regular file"
    assert refusal("missing.bw", root) == " cannot be opened: there is no such file"
    assert refusal("sub/a.bw/b.bw", root) == " cannot be opened: there is no such file"


def test_row_56_circles_of_links(root: Path) -> None:
    (root / "loop.bw").symlink_to(root / "loop.bw")
    refusal("loop.bw", root)


def test_no_roots_means_no_paths(root: Path) -> None:
    assert "switched off" in refusal(str(root / "sub" / "a.bw"))
