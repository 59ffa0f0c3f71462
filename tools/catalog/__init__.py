"""Every tool a brain can call; adding one is one entry in one of these files."""
