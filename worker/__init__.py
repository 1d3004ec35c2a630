"""What happens off the request: claim a job, train, record every epoch, hand back the model.

The broker's messages are hints; the database decides who works on what. Here is no HTTP.
"""
