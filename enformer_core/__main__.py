"""``python -m enformer_core``: the command line."""

from .cli import main

main()
