"""The HP-MIA paper (Chen et al. 2023), reproduced claim by claim; `benchmarks.reproduce` is the command."""
