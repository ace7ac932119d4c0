"""What councils have written down: protocols, clauses, contacts, and how they are read, searched and kept."""
