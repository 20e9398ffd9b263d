"""Planted worlds: how well matching does where the truth is known, and known to be another."""
