"""Is an attack as strong as it was? The gate, its baseline, its history and the stored fixture."""
