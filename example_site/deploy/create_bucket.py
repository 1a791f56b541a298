"""Create the bucket for attachments, unless it exists: for the storage in compose.yaml."""

import os

import boto3

bucket = os.environ["S3_BUCKET"]
client = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])
if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
    client.create_bucket(Bucket=bucket)
