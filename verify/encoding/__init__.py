"""The reference engine's semantics as SMT constraints, file by file."""
