"""What a lawyer can say, and what the bot answers."""
