"""A UCSC hub, read back by the rules of its ``ra`` files."""

from __future__ import annotations

import re

import pytest

from enformer_core.errors import InputError
from enformer_core.tracks.ucsc_hub import can_hold, hub_files

from .scenes import scene


def stanzas(text: str) -> list[dict[str, str]]:
    """Blocks between empty lines; of each line the first word is the key, and the rest its value."""
    found = []
    for block in text.split("\n\n"):
        pairs = [line.split(" ", 1) for line in block.strip().splitlines()]
        assert all(len(pair) == 2 and pair[1].strip() for pair in pairs), block
        assert len({key for key, _ in pairs}) == len(pairs)
        found.append(dict(pairs))
    return found


def test_the_three_files_find_each_other():
    files = hub_files(scene(), "hg38")
    assert sorted(files) == ["genomes.txt", "hg38/trackDb.txt", "hub.txt"]
    (hub,), (genome,) = stanzas(files["hub.txt"]), stanzas(files["genomes.txt"])
    assert set(hub) == {"hub", "shortLabel", "longLabel", "genomesFile", "email"}
    assert re.fullmatch(r"\w+", hub["hub"])
    assert files[hub["genomesFile"]]
    assert files[genome["trackDb"]]
    assert (genome["genome"], genome["defaultPos"]) == ("hg38", "chr11:5000000-5001999")
    assert all(text.isascii() and text.endswith("\n") for text in files.values())


def test_reference_and_edited_are_drawn_over_each_other():
    found = stanzas(hub_files(scene(), "hg38")["hg38/trackDb.txt"])
    assert [s["track"] for s in found[:4]] == ["track1", "track1_reference", "track1_edited", "track1_difference"]
    container, reference, edited, difference = found[:4]
    assert (container["container"], container["aggregate"]) == ("multiWig", "transparentOverlay")
    assert "bigDataUrl" not in container
    assert reference["parent"] == edited["parent"] == "track1"
    assert "parent" not in difference
    assert reference["bigDataUrl"] == "../reference/a.bw"
    assert (difference["color"], difference["altColor"]) == ("213,94,0", "0,114,178")


def test_every_track_has_what_ucsc_asks_for():
    for is_edited in (True, False):
        found = stanzas(hub_files(scene(is_edited=is_edited), "hg38")["hg38/trackDb.txt"])
        assert len({s["track"] for s in found}) == len(found) == (8 if is_edited else 2)
        for stanza in found:
            assert re.fullmatch(r"[A-Za-z]\w*", stanza["track"])
            assert {"type", "shortLabel", "longLabel"} <= set(stanza)
            assert len(stanza["shortLabel"]) <= 17
            assert "container" in stanza or stanza["bigDataUrl"].endswith(".bw")
            assert "parent" in stanza or (stanza["visibility"], stanza["autoScale"]) == ("full", "on")


@pytest.mark.parametrize(("genome", "chrom"), [("sim1", "chr11"), ("", "chr11"), ("hg38", "11"), ("hg38", "chrEBV")])
def test_what_ucsc_does_not_have_is_refused(genome: str, chrom: str):
    assert not can_hold(genome, chrom)
    with pytest.raises(InputError, match="UCSC has no"):
        hub_files(scene(chrom=chrom), genome)
