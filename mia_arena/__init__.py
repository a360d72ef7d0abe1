"""MIA Arena: membership inference attacks against defenses."""
