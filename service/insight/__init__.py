"""What was found out about models, over HTTP: how good they are, where they err, and what moves what they say."""
