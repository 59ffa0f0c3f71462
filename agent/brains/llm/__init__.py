"""A language model in the guide's seat: any OpenAI-compatible chat endpoint."""
