"""The page of mutagenesis: which bases are asked about, the map, its motifs, its strongest substitutions, its files."""
