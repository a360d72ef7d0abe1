"""Curves, metrics, intervals and paired tests. Pure functions of arrays."""
