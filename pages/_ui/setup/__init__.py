"""What the Setup page can fetch: plans as tables, and the one set-up that is under way."""
