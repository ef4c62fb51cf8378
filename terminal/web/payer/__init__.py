"""The payer's page: what it shows, in words and numbers."""
