"""Games: one target under attack, from stored outputs or arrays, and what the attacks said of it."""
