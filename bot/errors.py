"""Errors that end the program before it serves: each is one sentence for the person at the keyboard."""


class SettingsError(Exception):
    """A setting is wrong. The text names the setting (UNION_…) and what it should be; the program prints it and exits with code 2."""
