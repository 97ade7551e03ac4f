"""Which pairs of element and gene are judged against known links, and which of them are linked."""

#: A true drop of expression by more than this (log2) makes an element and a gene linked.
LINKED = 0.1
#: An element nearer than this to a start site, in bp, is part of the promoter and not judged.
OWN = 1_000
