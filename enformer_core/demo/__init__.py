"""The simulated genome ``sim1``, whose true answers are known. Imports no torch.

* ``motifs``, ``sites``, ``promoters``, ``contact``, ``assays``, ``grammar``: from sequence to signal.
* ``chance``, ``layout``, ``experiment``, ``chromosomes``: the genome itself, and what experiments measure of it.
* ``annotation``, ``symbols``, ``elements``, ``response``, ``variants``, ``structural``, ``examples``: its genes, and
  the true answers that come with it.
* ``build``, with ``workshop``, ``workers``, ``simulated``, ``scoring``, ``bigwigs`` and ``finished``: the assembly.
* ``truth``: the true tracks of any haplotype.

Nothing is imported here: ``enformer_core.demo.truth.truth`` and ``enformer_core.demo.build.build`` are the doors.
"""
