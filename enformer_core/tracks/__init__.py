"""Track tables, experiments as bigWigs, and the comparison of the two with predictions. Imports no torch.

* ``table``, ``targets_file``, ``description``: what the outputs of a head are.
* ``bigwig_read``: experiments in bins. Behind it ``bigwig_header`` (a first look in plain Python), ``bigwig_ask``,
  ``bigwig_pool`` and ``bigwig_wire`` (this side of the child processes), ``bigwig_child`` and ``bigwig_bins`` (theirs).
* ``bigwig_write``: predictions as bigWigs.
* ``bedgraph``, ``igv_session``, ``ucsc_hub``, ``figure_ini``: the texts that other programs open predictions with;
  ``signal_files`` is what they share.
* ``paths``: which files may be opened by a typed path.
* ``transform``, ``compare``: an experiment on the scale of a prediction, and how well the two agree.

Nothing is imported here: the child processes come through this package and must stay small.
"""
