"""The model in a process of its own, for many people at once: queue, supervision, and what passes between processes.

``remote.RemotePredictor`` is the ``Predictor`` of the web app; ``pool`` decides who is served when, ``worker`` is what
runs in the other process. Nothing here imports torch but that process.
"""
