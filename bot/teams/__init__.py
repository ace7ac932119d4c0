"""Microsoft Teams: translates what Teams sends into questions for the desk, and replies into Adaptive Cards."""
