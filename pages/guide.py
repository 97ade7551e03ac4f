"""Guide: what can be asked, what the picture shows, and what can be done with it, in words and pictures."""

from __future__ import annotations

import streamlit as st

from enformer_core.app_files import app_folder
from pages._ui import frame
from pages._ui.theme import DARK, palette

_SCALE = 1.5  # pixels of a picture for one of the page
# Taken of the app on the demo by docs/pictures.py. Each has a twin in dark.
_PICTURES = {
    "search": "The search box with LO typed in, and a list of genes whose names begin with it, each with its place.",
    "lanes": "Five lanes below a gene: CAGE is one narrow peak at its start, DNASE several peaks, H3K27ac broad hills. "
    "The thin line of the experiment follows each filled prediction. A box lists all values at the pointer.",
    "edits": "Some sixty bases as letters. One is framed, with its replacement below it, and a numbered disc above.",
    "difference": "A peak of DNASE with a much lower line of the edited sequence, and the difference as bars that go "
    "down, at the place of the edit.",
    "effect": "Two cards: the log2 fold change at the start site of a gene, and a table of the most changed tracks.",
    "tracks": "A panel with a field for words, filters by assay, target and biosample, and a table of tracks.",
    "stretch": "A stretch of the picture is shaded; above it a bar with its place and the buttons Delete, Zoom and "
    "Insert.",
    "export": "The Export menu: two check boxes, bedGraph and a figure by pyGenomeTracks, and the button Download.",
    "keys": "The list of keys that the question mark opens.",
}

_SECTIONS = (
    (
        """
### Guide

#### Ask
Type a **gene** (symbol, Ensembl id or alias), a **locus** (`chr11:35,082,743-35,197,430`, `1:1.5Mb-1.6Mb`,
`chr1:1000±500`), a **variant** (`chr1:1000:A>C`, `1-1000-A-C`, HGVS g.), which is applied, or paste a **sequence** of
20 bases or more. Names complete as you type; Enter asks what stands in the box. A gene is put in the middle of the
window by its canonical start site; its other start sites can be chosen.
""",
        "search",
    ),
    (
        """
#### Coordinates
What you read and type counts from 1, and both ends belong to it, as in the UCSC browser, IGV and samtools. Files count
as their formats do: bigWig and BED from 0, half-open. A tab-separated line is read as BED.

#### The window
The published model reads 196,608 bp and predicts the middle 114,688 bp, as 896 bins of 128 bp. The hatched borders of
the strip on top are read but not predicted. Bases off a chromosome's end are read as N. Other models say their own
numbers.

Beyond the window another can be predicted: press the button in the border, or move there and stay. Windows lie edge to
edge, so that each bin comes from exactly one of them, and at most 10 stand side by side. A locus that is wider than a
window shows its middle, and says what all of it would cost.

#### The lanes
The filled step is the prediction, the thin line the experiment. Both have one y axis, from 0 to the highest value in
view; lanes of one assay or ChIP target share it, to be compared. Predictions are on the model's scale: coverage pooled
over a bin, clipped and scaled as its training data were. An experiment with raw coverage is brought there: pooled by
the track's own statistic, clipped at its `clip` (softly: `x > c` becomes `c + √(x − c)`), multiplied by its `scale`.
Files on the model's scale already are shown as they are. The words above the lane say what was done. Gaps in the data
stay gaps.
""",
        "lanes",
    ),
    (
        """
#### r
Pearson's correlation of prediction and experiment over the whole bins **in view**, on the displayed scale. Bins without
data are left out; n is how many are left, and below 8 no r is shown. It changes with the view; rest the pointer on it
for that of all that is predicted.

#### Tracks
The list on the left is the order of the lanes; at most 20 are shown. *Add tracks* searches all of the model's by words
in any order, and by assay, target and biosample. A *preset* shows a set of tracks at once; your own are kept in this
browser. Drag a lane by its label to move it; its menu has place, height, colour and the range
of its y axis, and takes it off.
""",
        "tracks",
    ),
    (
        """
#### Files of your own
Add bigWigs as experiments, and BED, narrowPeak, GTF or VCF files as rows of features; a narrowPeak file finds its
experiment by the name. They stay on the machine that runs the app, and are never part of a link. The switches under
*View* add lanes: the residual (experiment − predicted) and, with edits, the difference and the log ratio.

#### Moving about
Drag to move, turn the wheel to zoom about the pointer, hold Shift and drag to zoom to a box; or use the arrows, `+`,
`−` and `0`. `?` lists all keys. Moving within what is predicted asks nothing of the server.
""",
        "keys",
    ),
    (
        """
#### Edit bases
Press `e`, zoom in until the letters show, choose one and type another.
""",
        "edits",
    ),
    (
        """
Shift and the arrows, or a drag, choose a stretch that *Delete* takes out or that letters go in before. Under the
picture the edits stand as a list: switch them off and on, undo, redo, or paste variants.
""",
        "stretch",
    ),
    (
        """
With edits the reference and the edited haplotype are both predicted. The edited line is drawn only where it differs
by over 1 % of the lane's range. Each edit is a numbered disc with a dotted line through every lane. After a deletion
or insertion the edited bins are drawn where their bases lie on the reference. r compares the experiment with the
prediction of the reference.
""",
        "difference",
    ),
    (
        """
The cards below the picture say what the edits do at a start site, to every track, and each alone; every number has
its formula beside it.
""",
        "effect",
    ),
    (
        """
#### Why
*Explain*, on the left, lays lanes below the tracks that tell what the prediction is made of. The sentence above the
picture says what is explained: a number, such as the mean of a track over the three bins at a gene's start. Click it
to choose other bins, tracks, a difference of two cell types, or a log ratio. In the picture, `x` explains what is
chosen or the bin in the middle.

- **Contribution**: gradient × input. From afar bars are sums of 128 bp, close up each base is a letter as high as it
  adds to the target. The strongest elements are numbered, and listed below. The start of a gene often outweighs all
  else; its bar is cut then, which the lane says.
- **Mutagenesis**: what each substitution would do, computed exactly: two predictions each. `m` mutates what is chosen,
  or the view. Click a cell and it becomes an edit. More than 2,000 bp are scanned by stretches instead. The
  *Mutagenesis* page has the map, the strongest substitutions, known motifs and files.
- **Attention**: where the model looks from these bins, on average over layers and heads or in one of them; `l` looks
  from elsewhere. It tells where information may come from, not what it does. The *Attention* page has the whole map,
  and whether attention stops at boundaries.
- **True answers**, where an assembly brings them, as the simulated one does: elements, their true effect on the gene,
  and how well each explanation finds them, here and over the genome.

Work under way shows its progress in its lane and can be cancelled; the page goes on answering.
""",
        "",
    ),
    (
        """
#### Examples
An assembly can come with worked examples: the row of buttons above the picture. Each is a question, a sentence and a
view. Where the truth is known, as on a simulated genome, it stands beside the model's number, which is computed from
the prediction on view. Right means: a level within a factor of 2 of the truth; a log2 fold change or log2 ratio in the
same direction, between half and twice the truth (if the truth is below 0.1 in size, the model must be, too). The
formula appears when the pointer rests on the line. Experiments that come with an assembly are shown without an
upload; a file of your own for the same track goes before them.

#### Simulated
Whatever comes from a simulated genome or its model says so: at the top, under the picture, and in the names and
provenance of files.

#### Share
The address in the browser's bar opens the same picture again, edits included; *Link* copies it. A pasted sequence and
files of your own are never part of it. *Save or open* keeps a view as a file, and opens one.

#### Take it with you
*SVG* and *PNG* save the picture as it stands. *Export* gives one zip: a bigWig per track (with edits: reference,
edited, difference), FASTA, a VCF of the edits, sessions for IGV, a UCSC hub where UCSC has the assembly, and scripts
that make the same numbers again; `provenance.json` has the checksums of model and assembly. The command line gives the
same numbers: `enformer-browser predict --help`.
""",
        "export",
    ),
)


def main() -> None:
    with st.container(width=820):
        for text, picture in _SECTIONS:
            st.markdown(text)
            if picture:
                _picture(picture)


def _picture(name: str) -> None:
    file = app_folder() / "assets" / "guide" / f"{name}{'-dark' if palette() is DARK else ''}.png"
    with file.open("rb") as png:
        width = int.from_bytes(png.read(20)[16:])  # where a PNG says it
    st.image(file, alt=_PICTURES[name], caption="The demo, which is simulated.", width=round(width / _SCALE))


frame.show(main)
