"""Guide: what the picture shows, in a page."""

from __future__ import annotations

import streamlit as st

from pages._ui import frame

_TEXT = """
### Guide

#### Ask
Type a **gene** (symbol, Ensembl id or alias), a **locus** (`chr11:35,082,743-35,197,430`, `1:1.5Mb-1.6Mb`,
`chr1:1000±500`), a **variant** (`chr1:1000:A>C`, `1-1000-A-C`, HGVS g.), which is applied, or paste a **sequence** of
20 bases or more. A gene is put in the middle of the window by its canonical start site; its other start sites can be
chosen.

#### Coordinates
What you read and type counts from 1, and both ends belong to it, as in the UCSC browser, IGV and samtools. Files count
as their formats do: bigWig and BED from 0, half-open. A tab-separated line is read as BED.

#### The window
The published model reads 196,608 bp and predicts the middle 114,688 bp, as 896 bins of 128 bp. The hatched borders of
the strip on top are read but not predicted. Bases off a chromosome's end are read as N. Other models
say their own numbers.

#### The lanes
The filled step is the prediction, the thin line the experiment. Both have one y axis, from 0 to the highest value in
view; lanes of one assay or ChIP target share it, to be compared. Predictions are on the model's scale: coverage pooled
over a bin, clipped and scaled as its training data were. An experiment with raw coverage is brought there: pooled by
the track's own statistic, clipped at its `clip` (softly: `x > c` becomes `c + √(x − c)`), multiplied by its `scale`.
Files on the model's scale already are shown as they are. The words above the lane say what was done. Gaps in the data
stay gaps.

#### r
Pearson's correlation of prediction and experiment over the whole bins **in view**, on the displayed scale. Bins without
data are left out; n is how many are left, and below 8 no r is shown. It changes with the view; rest the pointer on it
for that of the whole window.

#### Moving about
Drag to move, turn the wheel to zoom about the pointer, hold Shift and drag to zoom to a box; or use the arrows, `+`,
`−` and `0`. `?` lists all keys. Moving within the window asks nothing of the server. *SVG* and *PNG* save the picture
as it stands, *Link* copies an address that opens it again.

#### Edit bases
Press `e`, zoom in until the letters show, choose one and type another; Shift and the arrows, or a drag, choose a
stretch that *Delete* takes out or that letters go in before. Under the picture the edits stand as a list: switch them
off and on, undo, redo, or paste variants.

#### Examples
An assembly can come with worked examples: the row of buttons above the picture. Each is a question, a sentence and a
view. Where the truth is known, as on a simulated genome, it stands beside the model's number, which is computed from
the prediction on view. Right means: a level within a factor of 2 of the truth; a log2 fold change or log2 ratio in the
same direction, between half and twice the truth (if the truth is below 0.1 in size, the model must be, too). The
formula appears when the pointer rests on the line. Experiments that come with an assembly are shown without an
upload; a file of your own for the same track goes before them.

#### Edits
With edits the reference and the edited haplotype are both predicted. The edited line is drawn only where it differs
by over 1 % of the lane's range. Each edit is a numbered disc with a dotted line through every lane. After a deletion
or insertion the edited bins are drawn where their bases lie on the reference. r compares the experiment with the
prediction of the reference.

#### Simulated
Whatever comes from a simulated genome or its model says so: at the top, under the picture, and in the names and
provenance of files.

#### Take it with you
*Download* gives one zip: a bigWig per track, and `provenance.json` with the model's and the assembly's checksums; with
edits in two folders, reference and edited. The address in the browser's bar opens the same question again; a pasted
sequence is never part of it. The command line gives the same numbers: `enformer-browser predict --help`.
"""


def main() -> None:
    with st.container(width=820):
        st.markdown(_TEXT)


frame.show(main)
