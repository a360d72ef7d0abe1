"""How many devices a leaderboard can use, and what they ask of the store's file system: by simulation."""
