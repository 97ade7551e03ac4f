"""Why a prediction is what it is: the target on screen, the explanations asked for, and their lanes."""
