"""Jobs over HTTP: submitted, validated against the dataset's profile, listed, controlled and streamed. No training."""
