"""Revisions of the tables, the same on SQLite and PostgreSQL."""
