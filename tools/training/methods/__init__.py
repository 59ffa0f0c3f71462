"""What a method of tuning is, which there are, and which of them the data allows."""
