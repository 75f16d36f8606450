"""Deciding properties of terms whose siblings are independent: relationship graphs, and the reading siblings=independent."""
