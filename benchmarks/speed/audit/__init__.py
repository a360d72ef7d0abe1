"""One whole audit, ours and SACRO-ML's, by the processor time of their processes."""
