"""What staff of the union can say, and what the bot answers."""
