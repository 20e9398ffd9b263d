"""Measuring us beside peers and beside what the machine can do: `make bench`."""
