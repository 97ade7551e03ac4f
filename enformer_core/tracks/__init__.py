"""TrackTable, experiments as bigWigs, and the comparison of the two with predictions. Imports no torch."""
