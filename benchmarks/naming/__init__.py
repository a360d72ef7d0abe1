"""Names: plugins, spellings, options, words. Imports no torch."""
