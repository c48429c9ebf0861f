"""What a worker can say, and what the bot answers."""
