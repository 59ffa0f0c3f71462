"""Tasks of EleutherAI's lm-evaluation-harness (lm-eval), asked of the base and of the tuned model."""
