"""Makes `invented` and `browser` importable from the folders below."""
