"""What the two Telegram doors share: everything but the library that speaks to the Bot API.

A door is a `TelegramDoor` around a `BotClient`; `client` says what a library must be able to do, and the rest knows neither library:
`layout` (texts, keyboards) → `sending` · `reading` (updates) → `receiving` (store, then acknowledge) · `door` (start, stop).
"""
