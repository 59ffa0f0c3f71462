"""What a model could do before tuning, asked again after it: instructions, knowledge, refusals."""
