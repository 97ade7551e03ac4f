"""IGV sessions: what the two programs read of them (``IGVSessionReader.java``; igv.js ``browser.loadSession``)."""

from __future__ import annotations

import json

import pytest

from enformer_core.tracks.igv_session import IgvGenome, json_session, xml_session
from enformer_core.tracks.signal_files import one_line

from .scenes import DELETION, NASTY, scene, xml

HG38 = IgvGenome("hg38")
PATHS = ["reference/a.bw", "edited/a.bw", "difference/a.bw", "reference/b.bw", "edited/b.bw", "difference/b.bw"]


def test_every_track_of_the_xml_has_its_file_beside_it():
    root = xml(xml_session(scene(), HG38, edits_file="edits.vcf"))
    assert (root.tag, root.get("genome"), root.get("locus")) == ("Session", "hg38", "chr11:5000000-5001999")
    assert int(root.get("version", "")) >= 4
    assert [resource.get("path") for resource in root.iter("Resource")] == ["edits.vcf", *PATHS]
    assert [track.get("id") for track in root.iter("Track")] == ["edits.vcf", *PATHS]
    names = [track.get("name") for track in root.iter("Track")]
    assert names[1:3] == [one_line(f"{NASTY}, reference"), one_line(f"{NASTY}, edited")]
    region = next(root.iter("Region"))
    assert (region.get("chromosome"), region.get("start"), region.get("end")) == ("chr11", "5000099", "5000400")


def test_a_prediction_and_its_edited_version_share_a_scale_and_no_other():
    root = xml(xml_session(scene(), HG38))
    scales = [track.get("autoscaleGroup", "") for track in root.iter("Track")]
    assert scales[0] == scales[1]
    assert scales[3] == scales[4]
    assert len(set(scales)) == 4
    assert int(root.get("nextAutoscaleGroup", "")) > max(map(int, scales))
    tracks = json.loads(json_session(scene(), HG38))["tracks"]
    assert [track["autoscaleGroup"] for track in tracks] == scales


def test_colours_are_those_that_were_given():
    root = xml(xml_session(scene(), HG38))
    colors = [(track.get("color"), track.get("altColor")) for track in root.iter("Track")][:3]
    assert colors == [("42,157,111", "42,157,111"), ("213,94,0", "213,94,0"), ("213,94,0", "0,114,178")]


def test_the_json_has_what_igv_js_needs():
    found = json.loads(json_session(scene(), HG38, edits_file="edits.vcf"))
    assert found["reference"] == {"id": "hg38"}
    assert found["locus"] == "chr11:5000000-5001999"
    assert found["tracks"][0] == {
        "name": "Edits", "type": "variant", "format": "vcf", "url": "edits.vcf", "indexed": False, "order": 0,
    }  # fmt: skip
    assert [track["url"] for track in found["tracks"][1:]] == PATHS
    assert {track["type"] for track in found["tracks"][1:]} == {"wig"}
    assert [track["order"] for track in found["tracks"]] == list(range(7))
    assert found["roi"][0]["features"] == [
        {"chr": "chr11", "start": DELETION.start, "end": DELETION.end, "name": "chr11:5,000,100 300 bp deleted"}
    ]


def test_without_edits_there_are_no_marks():
    root = xml(xml_session(scene(is_edited=False), HG38))
    assert not list(root.iter("Region"))
    assert len(list(root.iter("Track"))) == 2
    assert "roi" not in json.loads(json_session(scene(is_edited=False), HG38))


@pytest.mark.parametrize(
    ("fasta", "files"),
    [
        ("/data/my genome.fa", {"fastaURL": "my%20genome.fa", "indexURL": "my%20genome.fa.fai"}),
        ("sequence/pasted.fa", {"fastaURL": "sequence/pasted.fa", "indexURL": "sequence/pasted.fa.fai"}),
        (
            "/data/g.fa.gz",
            {"fastaURL": "g.fa.gz", "indexURL": "g.fa.gz.fai", "compressedIndexURL": "g.fa.gz.gzi"},
        ),
    ],
)
def test_a_genome_of_ones_own_is_a_file(fasta: str, files: dict[str, str]):
    genome = IgvGenome("toy", fasta)
    assert json.loads(json_session(scene(), genome))["reference"] == {"id": "toy", "name": "toy", **files}
    assert xml(xml_session(scene(), genome)).get("genome") == fasta


def test_equal_scenes_give_equal_bytes():
    assert xml_session(scene(), HG38) == xml_session(scene(), HG38)
    assert json_session(scene(), HG38) == json_session(scene(), HG38)
