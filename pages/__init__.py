"""One file per task of a user; widgets and calls only."""
