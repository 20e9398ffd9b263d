"""The way of a message: inbox, turns, outbox, receipts, timers."""
