"""Which bases matter for a prediction: what is explained, how, and the results as files that other tools read."""
