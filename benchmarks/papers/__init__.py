"""Papers, each reproduced claim by claim."""
