"""Token allocation tables: reading them, what is wrong with them, and their unlocks and sales month by month."""
