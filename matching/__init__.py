"""Who fits whom, and why: records in, suggestions with reasons out. Pure."""

from matching.providers import providers
from matching.running import KINDS, run
from matching.suggestions import REASONS, Suggestion

__all__ = ["KINDS", "REASONS", "Suggestion", "providers", "run"]
