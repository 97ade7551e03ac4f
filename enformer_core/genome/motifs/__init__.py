"""Known motifs: reading a library of them, finding them in bases, and naming what a strong stretch may be."""
