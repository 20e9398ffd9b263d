"""Invented people for the demonstration."""
