"""What a person takes away of a view: a folder of files that other programs open, and the way to make them again.

* ``bundle``: fills the folder.
* ``signals``: bigWigs and bedGraphs, and how they are shown elsewhere.
* ``explained``: explanations as arrays, tables and bigWigs; ``explained_commands`` asks for them again.
* ``reproduce``: a Python script and a shell script that make the bigWigs again.
* ``readme``: what lies there, in words.
"""
