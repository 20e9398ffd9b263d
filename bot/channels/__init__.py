"""A file per channel: what it can show, how a reply looks there, how it is sent."""
