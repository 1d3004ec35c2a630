"""Files of datasets and jobs: in a folder or an S3 bucket, and the removal of orphans."""
