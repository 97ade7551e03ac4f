"""One file from one of several addresses, and nothing that is not that file: ``fetch`` asks for it, ``take`` copies."""
