"""Coordinates, sequences, variants and genes. Imports no torch."""
