"""Random requests to vesting engines, and what is wrong with their answers."""
