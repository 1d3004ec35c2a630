"""Models over HTTP: kept ready in memory, asked for predictions, described and taken home."""
