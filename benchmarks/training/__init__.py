"""Training: suites, plans, the runner and the store."""
