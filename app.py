"""The web app: page configuration and navigation, nothing else."""
