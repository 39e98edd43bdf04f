package policydoc

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// SidAlarms is the Sid of the statement that lets CloudWatch publish alarms to a topic.
const SidAlarms = OwnPrefix + "Alarms"

// MaxNamedAlarmAccounts is how many accounts the statement for alarms names in its ARNs too; more of them stand in aws:SourceAccount alone.
const MaxNamedAlarmAccounts = 30

const sourceAccountKey = "aws:SourceAccount"

// Alarms returns the statement that lets alarms of some accounts, in the topic's region, publish to a topic; none without accounts. The ARNs
// name the accounts if they are at most named
// (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#sns-allow-cloudwatch-alarms-to-publish-to-topic-in-another-account).
func Alarms(topicARN string, accounts []string, named int) []Statement {
	topic, err := arn.Parse(topicARN)
	if err != nil || len(accounts) == 0 {
		return nil
	}
	accounts = set(accounts)
	of := accounts
	if len(accounts) > named {
		of = []string{"*"}
	}
	var alarms []string
	for _, account := range of {
		alarms = append(alarms, "arn:"+topic.Partition+":cloudwatch:"+topic.Region+":"+account+":alarm:*")
	}
	s := allow(SidAlarms, Principals{"Service": {"cloudwatch.amazonaws.com"}}, topicARN, "sns:Publish")
	s.addCondition("ArnLike", "aws:SourceArn", alarms...)
	s.addCondition("StringEquals", sourceAccountKey, accounts...)
	return []Statement{s}
}

// AlarmAccountsIn reads back the accounts that Alarms has put into a document.
func AlarmAccountsIn(statements []Statement) []string {
	var accounts []string
	for _, s := range statements {
		if s.Sid != SidAlarms {
			continue
		}
		for key, values := range s.Condition["StringEquals"] {
			if strings.EqualFold(key, sourceAccountKey) {
				accounts = append(accounts, values...)
			}
		}
	}
	return set(accounts)
}
