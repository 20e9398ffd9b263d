"""The trial of a quarter: invented people with hidden wishes, real turns, the clock moved."""
