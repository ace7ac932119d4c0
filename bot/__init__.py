"""Answers, on any channel: one answering core, and a thin translation for the terminal, Slack and Teams."""
