"""Track tables, experiments as bigWigs, and the comparison of the two with predictions. Imports no torch.

* ``table``, ``targets_file``, ``description``: what the outputs of a head are.
* ``bigwig_read``: experiments in bins. Behind it ``bigwig_header`` (a first look in plain Python), and ``bigwig_child``
  with ``bigwig_bins`` in a child process.
* ``feature_read``: BED, narrowPeak, broadPeak, GTF and VCF as ``features``. In a child process ``feature_child`` does
  it, with ``text_lines`` (limits), ``feature_format`` (what a file is), ``feature_rows``, ``bed`` and ``vcf_sites``.
* ``child_pool``, ``child_ask`` and ``child_wire``: this side of the child processes; ``child_main``: theirs.
* ``bigwig_write``: predictions as bigWigs.
* ``bedgraph``, ``igv_session``, ``ucsc_hub``, ``figure_ini``: the texts that other programs open predictions with;
  ``signal_files`` is what they share.
* ``paths``: which files may be opened by a typed path.
* ``transform``, ``compare``: an experiment on the scale of a prediction, and how well the two agree.

Nothing is imported here: the child processes come through this package and must stay small.
"""
