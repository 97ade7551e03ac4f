"""BED, narrowPeak, GTF and VCF files on the page: taken in, listed, put under lanes, and drawn."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import numpy as np
import pytest
from annotation_files import BED, GTF, NARROW, VCF
from app_driver import ask, charts, errors, html, settled, upload, view
from streamlit.testing.v1 import AppTest

from enformer_core.errors import FileFormatError, FileTooLarge, PathNotAllowed
from enformer_core.settings import Settings
from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.feature_read import AnnotationReader
from enformer_core.tracks.table import Track, TrackTable
from pages._ui import annotations, feature_parts, intake
from pages._ui.state import Annotation, Session

HERE = "chr1\t20100\t20300\tmine\t500\t+\nchr1\t20500\t20700\tother\t900\t-\nchr2\t1\t9\tfar\t0\t+\n"
PEAKS = "chr1\t20100\t20500\tp\t0\t.\t8\t-1\t-1\t150\n"


def part(app: AppTest, entry: dict) -> dict:
    """The features that the browser has of an entry of the view."""
    found = [e.proto for e in app.get("bidi_component") if e.key and e.key.startswith("part-features")]
    (sent,) = [data for data in (json.loads(proto.json) for proto in found) if data["id"] == entry["part"]]
    return sent


def numbers(sent: dict) -> list[float]:
    return np.frombuffer(base64.b64decode(sent["b64"]), dtype=sent["type"]).tolist()


def kept(app: AppTest) -> Session:
    return app.session_state["browser"]


def test_annotations_are_added_listed_drawn_and_removed(opened) -> None:
    app = ask(opened(), "ALFA1")
    assert view(app)["features"] == []
    app = upload(app, HERE.encode(), "<b>mine</b>.anything")
    (entry,) = view(app)["features"]
    assert (entry["name"], entry["kind"], entry["problem"]) == ("<b>mine</b>.anything", "regions", "")
    assert (entry["about"], entry["under"]) == ("BED6, 3 regions", None)
    sent = part(app, entry)
    assert numbers(sent["starts"]) == [20_100, 20_500]
    assert (sent["labels"], sent["strands"], sent["summits"], sent["dropped"]) == (["mine", "other"], "+-", None, 0)
    assert numbers(sent["scores"]) == pytest.approx([0.5, 0.9])
    assert "&lt;b&gt;mine&lt;/b&gt;.anything" in html(app)
    assert "<b>mine</b>" not in html(app)
    assert not kept(app).experiments

    app = upload(app, PEAKS.encode(), "hepatocyte_CTCF.bed")
    app = upload(app, GTF.encode(), "genes.txt")
    app = upload(app, VCF.encode(), "calls.vcf")
    _, peaks, genes, variants = view(app)["features"]
    assert (peaks["kind"], peaks["under"]) == ("peaks", None), "no lane of hepatocyte is on view"
    assert numbers(part(app, peaks)["summits"]) == [20_250]
    assert genes["kind"] == "genes"
    assert part(app, genes)["genes"] == []
    assert variants["kind"] == "variants"
    assert variants["about"] == "VCFv4.2, 3 variants · sites without a variant left out: 1"

    box = next(s for s in app.selectbox if s.label == "Under lane")
    app = settled(box.set_value(2).run())
    assert [entry["under"] for entry in view(app)["features"]] == [None, 2, None, None]
    app = ask(app, "chr1:1,001-2,000")
    (gene,) = part(app, view(app)["features"][2])["genes"]
    assert (gene["symbol"], gene["start"], gene["end"], gene["tss"]) == ("ONE", 1000, 3000, 2999)

    path = kept(app).annotations[0].path
    app = settled(next(b for b in app.button if b.key == "drop-annotation-0").click().run())
    assert [entry["kind"] for entry in view(app)["features"]] == ["peaks", "genes", "variants"]
    assert not path.exists()


def test_peaks_go_under_the_lane_that_their_name_speaks_of(opened) -> None:
    app = upload(ask(opened(), "ALFA1"), PEAKS.encode(), "ID0004_idr.narrowPeak.gz")
    assert [entry["under"] for entry in view(app)["features"]] == [4]
    assert not errors(app)


def test_a_wrong_line_is_named_and_the_file_is_not_kept(opened) -> None:
    app = upload(ask(opened(), "ALFA1"), (HERE + "chr1\t9\t3\tx\t0\t+\n").encode(), "bad.bed")
    assert "bad.bed line 4: start 9 is after end 3. Correct or remove the line" in errors(app)
    assert "enformer-uploads" not in errors(app)
    assert not kept(app).annotations
    assert not list(kept(app).upload_folder().iterdir())
    assert view(app)["features"] == []
    app = upload(app, b"hello, world\n", "x.bw")
    assert "x.bw line 1: this is a text file, not a bigWig, BED, narrowPeak" in errors(app)
    assert charts(app)


def test_a_file_of_another_assembly_says_so_in_its_own_lane(opened) -> None:
    app = upload(ask(opened(), "ALFA1"), b"chr1\t10\t20\nchr1\t200000\t200100\n", "hg38.bed")
    (entry,) = view(app)["features"]
    assert entry["problem"].startswith("line 2: chr1:200,100 is beyond the end of chr1, which has 60,000 bp.")
    assert numbers(part(app, entry)["starts"]) == []
    assert "enformer-uploads" not in json.dumps(entry)


def test_annotations_open_by_path_below_a_root_and_never_in_a_hosted_app(opened, monkeypatch, tmp_path) -> None:
    (tmp_path / "mine.bed").write_text(HERE)
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", json.dumps([str(tmp_path)]))
    app = ask(opened(), "ALFA1")
    field = app.text_input(key="path")
    assert field.label == "Path of a bigWig, BED, narrowPeak, GTF or VCF file"
    app = settled(field.set_value("mine.bed").run())
    assert [entry["name"] for entry in view(app)["features"]] == ["mine.bed"]
    (tmp_path / "mine.bed").unlink()
    app = ask(app, "chr1:30,001-34,096")
    assert "not there (any more)" in view(app)["features"][0]["problem"]
    hosted = Settings(data_roots=(tmp_path,), hosted=True)
    with BigWigReader(hosted) as bigwigs, AnnotationReader(hosted) as features:
        taken = (Session(), "mine.bed", hosted, bigwigs, features)
        with pytest.raises(PathNotAllowed, match="opening files by path is switched off"):
            intake.take_path(*taken)


def test_a_pasted_sequence_has_no_place_for_annotations(opened) -> None:
    app = upload(ask(opened(), "ALFA1"), HERE.encode(), "mine.bed")
    app = ask(app, "ACGT" * 500)
    assert view(app)["features"] == []
    assert len(kept(app).annotations) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ENCFF001ABC_HepG2.bed.gz", 1),
        ("HepG2_peaks.narrowPeak", 0),
        ("CTCF-HepG2.bed", 1),
        ("dnase_hepg2.bed", 0),
        ("left_ventricle.bed", 2),
        ("ventricle.bed", None),
        ("CTCF.bed", None),
        ("peaks.bed", None),
        ("CTCF_left_ventricle.bed", None),
        ("H3K27ac_HepG2.bed", None),
    ],
)
def test_a_name_is_matched_by_identifier_or_biosample_and_never_against_the_assay_it_speaks_of(name, expected) -> None:
    table = TrackTable(
        [
            Track(0, "ENCFF000XYZ", "DNASE", "HepG2", "", "DNASE:HepG2"),
            Track(1, "ENCFF001ABC", "CHIP", "HepG2", "CTCF", "CHIP:CTCF:HepG2"),
            Track(2, "ENCFF002DEF", "DNASE", "left ventricle", "", "DNASE:left ventricle"),
            Track(3, "ENCFF003GHI", "CHIP", "HepG2", "H3K27ac", "CHIP:H3K27ac:HepG2"),
        ]
    )
    assert annotations.guess(name, (0, 1, 2), table) == expected


def test_at_most_ten_and_what_all_uploads_take_together(tmp_path) -> None:
    import io

    settings = Settings(upload_max_bytes=1000)
    state = Session()
    with BigWigReader(settings) as bigwigs, AnnotationReader(settings) as features:
        for _ in range(annotations.MAX_ANNOTATIONS):
            intake.take_upload(state, io.BytesIO(BED.encode()), "a.bed", settings, bigwigs, features)
        with pytest.raises(FileTooLarge, match="10 annotations are on view already"):
            intake.take_upload(state, io.BytesIO(BED.encode()), "a.bed", settings, bigwigs, features)
        for annotation in state.annotations[1:]:
            annotations.drop(state, annotation)
        assert len(list(state.upload_folder().iterdir())) == 1
        long = NARROW.splitlines(keepends=True)[0].encode() * 18
        for _ in range(4):
            intake.take_upload(state, io.BytesIO(long), "b.bed", settings, bigwigs, features)
        with pytest.raises(FileTooLarge, match="all together 4 times that"):
            intake.take_upload(state, io.BytesIO(long), "b.bed", settings, bigwigs, features)


def test_what_was_read_once_is_not_read_again_until_the_file_changes(tmp_path) -> None:
    from enformer_core.genome.interval import Interval

    path = tmp_path / "a.bed"
    path.write_text(BED)
    state = Session(annotations=[Annotation(path, "a.bed", "regions", "")])
    asked: list[list] = []

    with AnnotationReader() as real:
        reader = SimpleNamespace(read=lambda paths, *more: asked.append(paths) or real.read(paths, *more))
        for start in (0, 0, 1000, 0):
            annotations.read(state, Interval("chr1", start, 10_000), {"chr1": 60_000, "chr2": 30_000}, reader)
        assert len(asked) == 2
        path.write_text(BED + "chr1\t7\t9\tz\t1\t+\n")
        (found,) = annotations.read(state, Interval("chr1", 0, 10_000), {"chr1": 60_000, "chr2": 30_000}, reader)
    assert len(asked) == 3
    assert found.labels == ("z", "alpha", "beta")


def test_an_unreadable_file_is_an_empty_part_with_its_reason(tmp_path) -> None:
    path = tmp_path / "upload"
    error = FileFormatError("start 9 is after end 3", where=f"{path} line 4", hint="Correct it")
    mine = [Annotation(path, "a.bed", "peaks", "narrowPeak, 7 peaks", track=3)]
    lanes = feature_parts.lanes(mine, [error], [1, 2])
    (entry,) = lanes.entries
    assert entry["problem"] == "line 4: start 9 is after end 3. Correct it"
    assert entry["under"] is None, "track 3 is not on view"
    assert lanes.parts["features0"]["id"] == entry["part"]
