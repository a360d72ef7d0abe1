"""Audit: how much one model of somebody's own gives away, from a file of what it answered."""
