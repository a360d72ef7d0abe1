"""Records of results on disk."""
