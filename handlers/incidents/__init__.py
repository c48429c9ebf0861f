"""突发事件: what the screens of every counter share about incidents."""
