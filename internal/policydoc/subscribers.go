package policydoc

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// The Sids of the statements for other accounts: SidSubscribers is followed by an account's id.
const (
	SidSubscribers = OwnPrefix + "Subscribers"
	SidReaders     = OwnPrefix + "Readers"
)

// MaxNamedQueues is how many queues of one account a topic's policy names; for more it admits all queues of the account. Ten accounts with
// as many names of ordinary length fit into a policy.
const MaxNamedQueues = 30

// Subscriber is another account whose queues may subscribe to a topic.
type Subscriber struct {
	// Account id, 12 digits.
	Account string
	// Queues are the ARNs of its queues; one with a wildcard stands for all.
	Queues []string
}

// Subscribers returns the statements that let queues of other accounts subscribe to a topic, at most named of each account by name: one
// statement for each account, and one that lets the accounts read the topic
// (https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html).
func Subscribers(topicARN string, subscribers []Subscriber, named int) []Statement {
	topic, err := arn.Parse(topicARN)
	if err != nil || len(subscribers) == 0 {
		return nil
	}
	var statements []Statement
	var roots []string
	for _, s := range gathered(subscribers) {
		root := "arn:" + topic.Partition + ":iam::" + s.Account + ":root"
		roots = append(roots, root)
		statement := allow(SidSubscribers+s.Account, Principals{"AWS": {root}}, topicARN, "sns:Subscribe")
		statement.addCondition("StringEquals", "sns:Protocol", "sqs")
		if len(s.Queues) > named || slices.ContainsFunc(s.Queues, func(q string) bool { return strings.Contains(q, "*") }) {
			statement.addCondition("StringLike", endpointKey, "arn:"+topic.Partition+":sqs:*:"+s.Account+":*")
		} else {
			statement.addCondition("StringEquals", endpointKey, s.Queues...)
		}
		statements = append(statements, statement)
	}
	return append(statements, allow(SidReaders, Principals{"AWS": roots}, topicARN, "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"))
}

const endpointKey = "sns:Endpoint"

// gathered gives one entry for each account, sorted, with its queues sorted.
func gathered(subscribers []Subscriber) []Subscriber {
	queues := map[string][]string{}
	for _, s := range subscribers {
		queues[s.Account] = append(queues[s.Account], s.Queues...)
	}
	var out []Subscriber
	for _, account := range slices.Sorted(maps.Keys(queues)) {
		out = append(out, Subscriber{Account: account, Queues: set(queues[account])})
	}
	return out
}

// SubscribersIn reads back what Subscribers has put into a document.
func SubscribersIn(statements []Statement) []Subscriber {
	var out []Subscriber
	for _, s := range statements {
		account, ok := strings.CutPrefix(s.Sid, SidSubscribers)
		if !ok {
			continue
		}
		var queues []string
		for _, keys := range s.Condition {
			for key, values := range keys {
				if strings.EqualFold(key, endpointKey) {
					queues = append(queues, values...)
				}
			}
		}
		out = append(out, Subscriber{Account: account, Queues: queues})
	}
	return out
}

// SubscribeRequest is what SNS asks a topic's policy when a queue's owner subscribes the queue. The caller is an ARN; empty is the root of the
// queue's account.
func SubscribeRequest(topicARN, queueARN, caller string) Request {
	queue, err := arn.Parse(queueARN)
	if err != nil {
		return Request{Action: "sns:Subscribe", Resource: topicARN}
	}
	if caller == "" {
		caller = "arn:" + queue.Partition + ":iam::" + queue.AccountID + ":root"
	}
	return Request{
		Principal: Principal{Account: queue.AccountID, ARN: caller}, Action: "sns:Subscribe", Resource: topicARN,
		Context: map[string][]string{
			"sns:Protocol": {"sqs"}, endpointKey: {queueARN}, "aws:SecureTransport": {"true"},
			"aws:PrincipalAccount": {queue.AccountID}, "aws:SourceOwner": {queue.AccountID}, "aws:PrincipalIsAWSService": {"false"},
		},
	}
}

// Could reports whether the document may allow a request: it does, or it would if the condition keys that the request does not carry, such
// as the organisation of the caller, had the right values.
func (d Document) Could(r Request) bool {
	e := evaluation{Request: r}
	open := Document{Version: d.Version}
	for _, s := range d.Statements {
		known := Statement{Sid: s.Sid, Effect: s.Effect, Principal: s.Principal, NotPrincipal: s.NotPrincipal, Action: s.Action, NotAction: s.NotAction, Resource: s.Resource, NotResource: s.NotResource}
		complete := true
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if len(e.values(key)) == 0 {
					complete = false
					continue
				}
				known.addCondition(operator, key, values...)
			}
		}
		if s.Effect != "Deny" || complete {
			open.Statements = append(open.Statements, known)
		}
	}
	return open.Evaluate(r).Allowed
}

// Allows reports whether a statement allows a request, whatever others deny.
func (d Document) Allows(r Request) bool {
	d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s Statement) bool { return s.Effect == "Deny" })
	return d.Evaluate(r).Allowed
}
