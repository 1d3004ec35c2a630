"""Everything that browsers load: the page, its assets, the API documentation, and the pages of problems."""
