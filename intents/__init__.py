"""What people ask, and who helps: the catalogue of intents, matching a question to it, and the ladder of contacts."""
