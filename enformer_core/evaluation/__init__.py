"""How good a model is, measured against truth: scores, the samples they are taken on, and the card that shows them."""
