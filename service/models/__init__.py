"""Models over HTTP: listed, described, named by aliases, downloaded, deleted; and the cache of loaded ones."""
