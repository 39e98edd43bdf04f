"""Puts, describes, tags and deletes an alarm as boto3 does, and prints what it saw as JSON."""

import datetime
import json
import sys

import boto3

endpoint, name = sys.argv[1:]
client = boto3.client(
    "cloudwatch", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="111111111111", aws_secret_access_key="any"
)
client.put_metric_alarm(
    AlarmName=name,
    Namespace="AWS/SQS",
    MetricName="ApproximateNumberOfMessagesVisible",
    Dimensions=[{"Name": "QueueName", "Value": "none"}],
    Statistic="Maximum",
    Period=60,
    EvaluationPeriods=1,
    Threshold=0.5,
    ComparisonOperator="GreaterThanThreshold",
    TreatMissingData="ignore",
    Tags=[{"Key": "k", "Value": "v"}],
)
client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
alarm = client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
tags = client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
now = datetime.datetime.now(datetime.timezone.utc)
points = client.get_metric_statistics(
    Namespace="AWS/SQS", MetricName="NumberOfMessagesSent", StartTime=now - datetime.timedelta(hours=1), EndTime=now, Period=60, Statistics=["Sum"]
)["Datapoints"]
client.delete_alarms(AlarmNames=[name])
try:
    client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by hand")
    code = ""
except client.exceptions.ResourceNotFound as err:
    code = err.response["Error"]["Code"]
json.dump(
    {
        "state": alarm["StateValue"],
        "threshold": alarm["Threshold"],
        "recent": abs((alarm["StateUpdatedTimestamp"] - now).total_seconds()) < 3600,
        "tags": tags,
        "points": points,
        "left": len(client.describe_alarms(AlarmNames=[name])["MetricAlarms"]),
        "code": code,
    },
    sys.stdout,
)
