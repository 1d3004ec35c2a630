"""Images: files of pictures, in archives or columns, become a column of small pictures, and these become pixels.

Here belongs all that an image library does. What comes from outside is decoded by `decoding` alone, in the process of
`tables.ingest_server`; `pixels` reads what that wrote.
"""
