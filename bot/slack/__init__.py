"""Slack: translates what Slack sends into questions for the desk, and replies into messages and views."""
