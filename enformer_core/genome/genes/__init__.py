"""Genes: reading annotations, the index built from them, and looking names up."""
