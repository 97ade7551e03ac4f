"""bigWigs at web addresses, of which only the parts that a picture needs are fetched.

* ``policy``: which addresses may be asked, and how much and how long.
* ``connection``: connects to the addresses that were looked at, and to no other, with a deadline.
* ``ranges``: parts of a file by HTTP, and what a server must say for them to be believed.
* ``bigwig_parts``: which parts of a bigWig an interval needs.
* ``sparse``: a local file of the remote one's length, in which only these parts are filled.
* ``bigwigs``: all of it together. What it gives is a path, which ``bigwig_read`` reads as any other.
"""
