"""Bodies that are files: multipart forms and gzip, read while they arrive. They know HTTP, and no resource."""
