"""Trainings that are tried for comparison: a search for settings, a learning curve."""
