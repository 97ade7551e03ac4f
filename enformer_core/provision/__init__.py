"""Getting what the software needs and does not carry: genomes, annotations, weights.

``sources.toml`` says what there is, ``plan`` what would be done, ``provide`` does it; ``fetching`` brings the files.
"""
