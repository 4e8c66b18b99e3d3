"""The engine: finds the blocks of a page, runs them, remembers, shows."""
