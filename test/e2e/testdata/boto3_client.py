"""A foreign client: makes the calls that it reads, one JSON object a line, with boto3, and writes each answer as a line.

A call is {"service": "sqs", "call": "send_message", "params": {...}}; an answer {"answer": {...}} or {"error": CODE}.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, account, region = sys.argv[1:]
clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(
            service, endpoint_url=endpoint, region_name=region, aws_access_key_id=account, aws_secret_access_key="secret"
        )
    return clients[service]


for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = getattr(client(call["service"]), call["call"])(**call["params"])
        answer.pop("ResponseMetadata", None)
        result = {"answer": answer}
    except ClientError as failure:
        result = {"error": failure.response["Error"]["Code"]}
    print(json.dumps(result, default=str), flush=True)
