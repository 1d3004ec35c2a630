"""Bodies of requests that are files or rows: multipart forms, rows of JSON. They know HTTP, and no resource."""
