package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Rates are the budgets of calls: so many a second for each operation, per account and region. The zero value is DefaultRates.
type Rates struct {
	scale     float64
	unlimited bool
}

// budgets are calls a second by operation, about half of what AWS documents where it does, so that other users of the account live
// (https://docs.aws.amazon.com/general/latest/gr/sns.html).
var budgets = map[string]float64{
	"sns:Subscribe":                  50,
	"sns:Unsubscribe":                50,
	"sns:ListSubscriptionsByTopic":   20,
	"sns:ListSubscriptions":          15,
	"sns:CreateTopic":                20,
	"sns:DeleteTopic":                20,
	"sns:SetTopicAttributes":         20,
	"sns:SetSubscriptionAttributes":  20,
	"sns:GetTopicAttributes":         50,
	"sns:GetSubscriptionAttributes":  50,
	"sns:ListTagsForResource":        5,
	"sns:TagResource":                5,
	"sns:UntagResource":              5,
	"sqs:CreateQueue":                50,
	"sqs:SetQueueAttributes":         50,
	"sqs:DeleteQueue":                50,
	"sqs:GetQueueUrl":                200,
	"sqs:GetQueueAttributes":         200,
	"sqs:ListMessageMoveTasks":       50,
	"sqs:StartMessageMoveTask":       10,
	"sqs:CancelMessageMoveTask":      10,
	"sqs:ReceiveMessage":             100,
	"sqs:SendMessage":                100,
	"sqs:DeleteMessage":              100,
	"sqs:ChangeMessageVisibility":    50,
	"sqs:ListDeadLetterSourceQueues": 20,
	"sqs:ListQueueTags":              4,
	"sqs:TagQueue":                   4,
	"sqs:UntagQueue":                 4,
	"tag:GetResources":               5,
	// CloudWatch takes 9 and 3 calls a second of these (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html).
	"cloudwatch:DescribeAlarms":      5,
	"cloudwatch:PutMetricAlarm":      2,
	"cloudwatch:DeleteAlarms":        2,
	"cloudwatch:ListTagsForResource": 5,
	"cloudwatch:TagResource":         5,
	"cloudwatch:UntagResource":       5,
	"kms:DescribeKey":                5,
	"kms:GetKeyPolicy":               5,
	// STS is called once an identity and once an hour a role.
	"sts:GetCallerIdentity": 20,
	"sts:AssumeRole":        20,
}

// Operations lists all operations that this package calls, by their IAM names, sorted: what the operator's policy must permit.
func Operations() []string {
	return slices.Sorted(maps.Keys(budgets))
}

// otherBudget is for operations that the table does not name.
const otherBudget = 20

// DefaultRates are the budgets to start from.
func DefaultRates() Rates { return Rates{scale: 1} }

// Unlimited leaves the rate to AWS.
func Unlimited() Rates { return Rates{unlimited: true} }

// Scale multiplies all budgets; a factor that is not positive is taken for 1.
func (r Rates) Scale(factor float64) Rates {
	if factor <= 0 {
		return r
	}
	r.scale = r.factor() * factor
	return r
}

func (r Rates) factor() float64 {
	if r.scale <= 0 {
		return 1
	}
	return r.scale
}

// perSecond is the budget of an operation, the same for its batches; ok is false where there is none.
func (r Rates) perSecond(operation string) (rate float64, ok bool) {
	if r.unlimited {
		return 0, false
	}
	rate, known := budgets[strings.TrimSuffix(operation, "Batch")]
	if !known {
		rate = otherBudget
	}
	return rate * r.factor(), true
}

// ParseRates reads a flag: "default", "unlimited", or a factor such as "2x" or "0.5".
func ParseRates(s string) (Rates, error) {
	switch s {
	case "", "default":
		return DefaultRates(), nil
	case "unlimited":
		return Unlimited(), nil
	}
	factor, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(factor > 0) || factor > 1e6 {
		return Rates{}, fmt.Errorf("reading rate %q: want default, unlimited, or a factor such as 2x or 0.5", s)
	}
	return DefaultRates().Scale(factor), nil
}
