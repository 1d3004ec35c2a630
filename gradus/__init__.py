"""What a person or another program uses: the Python client and the command line."""
