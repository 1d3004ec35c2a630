"""Jobs over HTTP: asked for, checked against the dataset before anything is trained, and followed live."""
