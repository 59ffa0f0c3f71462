"""How the trainer of each method is put together; for worker processes only."""
