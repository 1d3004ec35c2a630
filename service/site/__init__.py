"""What a browser is sent: the page, its assets, the API documentation, and the pages of problems."""
