"""The web app: page configuration and navigation, nothing else."""

from pages._ui import frame

frame.configure()
frame.navigate()
