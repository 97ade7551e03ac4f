"""From a question to predicted tracks.

``onehot``, ``device``, ``averaging`` and ``forward`` need torch and numpy alone; the rest also reads genomes and
tracks.
"""
