"""Python environments of their own below Luthier's home, for tools that must not share Luthier's."""
