"""The Model Context Protocol, by which agents use this service: tools that are our own routes, without sessions."""
