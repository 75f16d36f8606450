"""Faults that vesting engines are known to have, a module for each part of the semantics."""
