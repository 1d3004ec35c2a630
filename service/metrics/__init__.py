"""What an operator watches: figures of the installation and of its requests, in Prometheus' format."""
