"""The arena from Python: `mia_arena` names what stands here, and loads it when it is asked for."""
