"""The whole attention map of a window: its figure, its strongest pairs in words, and what happens at boundaries."""
