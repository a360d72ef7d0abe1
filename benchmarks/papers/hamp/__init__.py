"""HAMP and its rivals (Chen and Pattabiraman 2024): every defense against every attack, average and worst case."""
