"""One village in or out of a combined database, exactly, without touching any other row."""
