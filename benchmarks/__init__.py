"""Plan, run, store, measure and publish: the only package that knows all the others."""
