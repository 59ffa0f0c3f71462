"""What is seen and typed: the command line and the Textual screen over the agent's events."""
