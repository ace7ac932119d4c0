"""The terminal: a channel for one person at a keyboard, and for programs that read JSON."""
