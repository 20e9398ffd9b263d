"""The trial of kills: real servers, real processes, and nothing lost."""
