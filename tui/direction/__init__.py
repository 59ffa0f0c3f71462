"""Right-to-left text on terminals that know only left to right."""
