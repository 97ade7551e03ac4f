"""The words of the model card. Every number in them is a field that the stored tables fill."""

HEAD = """\
# Model card: `{model}`

Written by `enformer-browser evaluate card --out docs/`; every number in it is from `demo-model-card.json`, none was
typed by hand.

**Simulated.** This model was trained on a simulated genome, `{assembly}`. It knows nothing of any organism: it is for
learning, teaching and testing.

All figures are from {chrom}, a chromosome of the simulated genome that took no part in training, nor in the choice of
the best checkpoint. True answers are those of the simulation's own grammar, without noise. Where a figure is also given
against the noisy experiment, the noise ceiling stands beside it: what a perfect model would reach there. Windows are
{input_bp:,} bp in and {bins:,} bins of {bin} bp out, one strand, no averaging."""

LIMITED = """\
**An early look**: at most {limit} of each kind, on {windows} of {all_windows} windows. Leave out `--quick` and
`--sample` for the whole card."""

BARS = """\
## Floors and reaches

The floor is what the model had to do to be shipped, the reach what would be very good. Correlations are Pearson's,
against noise-free truth; what stands in brackets is the range over samples of variants, or the interval of links. Of
links, the floor is distance alone and {above_distance} more; the reach is the ABC-like score, or for long ones
{times_distance} times distance alone. A floor can be missed because the task is hard: then the noise ceiling tells."""

WEAK = """\
## Weak spots

Found in the tables below by rule; bars that were missed come first."""

POSITIONS = """\
## Over positions

Pearson's r of log1p over {shown_bins:,} bins, from {windows} windows whose outputs lie side by side. TF: the factors
that are bound in one cell type."""

GENES = """\
## Across genes

CAGE at the start sites of {genes:,} genes: the sum of the bin that holds the site and one on each side, in the same
windows side by side (a site may lie anywhere in its output window), as log1p. A change between cell types is the
difference of two such numbers. A gene counts as expressed where the true sum is above {expressed} in any cell type."""

VARIANTS = """\
## Effects of variants

Predicted against true log2 fold change, with {pseudocount} added on both sides; mean and range of {n_seeds} samples.

- On DNASE: the bin and the cell type that truly change most. On CAGE: the sum of a start site's {tss_bins} bins, in
  each cell type.
- *In motifs*: a base on which the factor insists, in a site that is bound at least {matched} of the time. *In
  promoters*: such a base less than {near_bp} bp from a start site. *Outside*: no site near.
- *Deletion*: the middle {deleted_bp} bp of an element are taken out, and what stands on both sides meets; told on the
  expressed genes from {own_bp:,} bp to {most_kb} kb away.
- *Sign*: the part of the true changes above the stated size whose direction is right. *Spread*: the standard deviation
  of predicted over that of true effects; below one, effects are predicted too small."""

LINKS = """\
## Links of enhancers and genes

Every element that is no promoter is tried on every gene from {own_bp:,} bp to {most_kb} kb away, in each cell type in
which the gene is expressed: {elements_tried} elements. Its middle {shuffled_bp} bp are shuffled (shuffles of each:
{shuffles}; effects are their means) in a window centred on it. A pair is positive if CAGE truly drops by more than
{linked} log2. Long pairs are farther than {far_kb} kb. The ABC-like score is the measured DNASE of the element over its
distance and {half_contact:,.0f} bp: it sees the measurement of the held-out chromosome, which the model does not.
Intervals hold {confidence} % of {bootstraps} resamples of whole elements."""

PAIRS = """\
## Enhancer-gene links

The same question as `evaluate crispri --pairs demo` asks it, the way in which real screens are judged: the window is
centred on the gene's start site, an element is scored over all its bases, and all explanations are compared.
{sample}
One run for each cell type ([its files](demo-links)); their {pairs:,} pairs are ranked together, and {positives:,} of
them are linked: CAGE truly drops by more than {linked} log2.

- *Gradient x input*: the sum of its absolute values over the element.
- *Loss of the element*: the absolute log2 fold change when it is shuffled (shuffles of each: {shuffles}), or the drop.
- *Attention*: that of the start site to the element.
- *ABC-like*: measured DNASE and H3K27ac by contact. It sees the measurement of the held-out chromosome, which the
  model does not.

Intervals hold {confidence} % of {bootstraps} resamples of whole elements."""

SAMPLED = "Of each cell type {sites} expressed start sites were looked at, spread evenly over the chromosome."
ALL_SITES = "All expressed start sites were looked at, {sites} in each cell type."

NO_PAIRS = """\
## Enhancer-gene links

`evaluate crispri --pairs demo` was not run for this card: its results belong into the folder `demo-links` beside it."""

DISTANCE = """\
## Calibration by distance

The same pairs: log2 fold change of CAGE on shuffling the element. The slope is that of predicted over true effects."""

COST = """\
## Cost of a prediction

One window, all tracks, float32, {threads} threads ({machine}): {seconds:.2f} s (the median of {runs}; the first one of
a fresh process {first_seconds:.2f} s, and {load_seconds:.2f} s to load the model). The process takes
{peak_gigabytes:.2f} GB of memory at most."""

NO_COST = """\
## Cost of a prediction

It was not measured in this run."""
