"""Which attack, with how many reference models? Every attack at 1 to 64 references, on two designs."""
