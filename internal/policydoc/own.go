package policydoc

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// The fixed Sids of Skein's statements. SidTopics and SidUndelivered are followed by a region where SNS sends with a
// regional principal, SidSender and SidPublisher by a hash of who is meant.
const (
	SidTopics      = OwnPrefix + "Topics"
	SidUndelivered = OwnPrefix + "Undelivered"
	SidTLSOnly     = OwnPrefix + "TLSOnly"
	SidSender      = OwnPrefix + "Sender"
	SidSenders     = OwnPrefix + "Senders"
	SidReceivers   = OwnPrefix + "Receivers"
	SidPublisher   = OwnPrefix + "Publisher"
	SidPublishers  = OwnPrefix + "Publishers"
)

// TopicGrant names a topic that may send to a queue.
type TopicGrant struct {
	TopicARN string
	// Principal that SNS sends with, see ServicePrincipal.
	Principal string
}

// Caller is who may use a queue or topic: a service, narrowed by where it acts from, or an AWS principal.
type Caller struct {
	// Service is a service principal such as s3.amazonaws.com.
	Service string
	// SourceARN and SourceAccount narrow a Service; each may be empty. SourceARN may hold the wildcards * and ?.
	SourceARN, SourceAccount string
	// AWSPrincipal is an ARN or an account id. It is set where Service is empty.
	AWSPrincipal string
}

// Topics returns the statements that let topics send to a queue: one for each SNS principal, however many topics
// there are.
func Topics(queueARN string, topics []TopicGrant) []Statement {
	return topicStatements(SidTopics, queueARN, topics)
}

// Undelivered is Topics for the queue that takes what SNS could not deliver.
func Undelivered(queueARN string, topics []TopicGrant) []Statement {
	return topicStatements(SidUndelivered, queueARN, topics)
}

func topicStatements(sid, queueARN string, topics []TopicGrant) []Statement {
	byPrincipal := map[string][]string{}
	for _, t := range topics {
		byPrincipal[t.Principal] = append(byPrincipal[t.Principal], t.TopicARN)
	}
	var statements []Statement
	for _, principal := range slices.Sorted(maps.Keys(byPrincipal)) {
		s := allow(sid+sidSuffix(principal), Principals{"Service": {principal}}, queueARN, "sqs:SendMessage")
		s.addCondition("ArnEquals", "aws:SourceArn", set(byPrincipal[principal])...)
		statements = append(statements, s)
	}
	return statements
}

// TLSOnly denies everything on a queue that does not come over TLS.
func TLSOnly(queueARN string) Statement {
	s := statement("Deny", SidTLSOnly, Everyone(), queueARN, "sqs:*")
	s.addCondition("Bool", "aws:SecureTransport", "false")
	return s
}

// Senders lets callers send to a queue: one statement for each service, one for all AWS principals together.
func Senders(queueARN string, senders []Caller) []Statement {
	statements := services(SidSender, queueARN, senders, "sqs:SendMessage")
	return append(statements, principals(SidSenders, queueARN, senders,
		"sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes")...)
}

// Receivers lets AWS principals receive from a queue; services do not receive and are left out.
func Receivers(queueARN string, receivers []Caller) []Statement {
	return principals(SidReceivers, queueARN, receivers, "sqs:ReceiveMessage", "sqs:DeleteMessage",
		"sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:GetQueueAttributes")
}

// Publishers lets callers publish to a topic: one statement for each service, one for all AWS principals together.
func Publishers(topicARN string, publishers []Caller) []Statement {
	statements := services(SidPublisher, topicARN, publishers, "sns:Publish")
	return append(statements, principals(SidPublishers, topicARN, publishers, "sns:Publish")...)
}

// services returns one statement for each different service caller.
func services(sid, resource string, callers []Caller, action string) []Statement {
	bySid := map[string]Statement{}
	for _, c := range callers {
		if c.Service == "" {
			continue
		}
		s := allow(sid+c.hash(), Principals{"Service": {c.Service}}, resource, action)
		switch {
		case strings.ContainsAny(c.SourceARN, "*?"):
			s.addCondition("ArnLike", "aws:SourceArn", c.SourceARN)
		case c.SourceARN != "":
			s.addCondition("ArnEquals", "aws:SourceArn", c.SourceARN)
		}
		if c.SourceAccount != "" {
			s.addCondition("StringEquals", "aws:SourceAccount", c.SourceAccount)
		}
		bySid[s.Sid] = s
	}
	var statements []Statement
	for _, s := range slices.Sorted(maps.Keys(bySid)) {
		statements = append(statements, bySid[s])
	}
	return statements
}

// principals returns one statement for all AWS principals among the callers, none when there are none.
func principals(sid, resource string, callers []Caller, actions ...string) []Statement {
	var members []string
	for _, c := range callers {
		if c.Service == "" && c.AWSPrincipal != "" {
			members = append(members, c.AWSPrincipal)
		}
	}
	if len(members) == 0 {
		return nil
	}
	return []Statement{allow(sid, Principals{"AWS": set(members)}, resource, actions...)}
}

func allow(sid string, who Principals, resource string, actions ...string) Statement {
	return statement("Allow", sid, who, resource, actions...)
}

func statement(effect, sid string, who Principals, resource string, actions ...string) Statement {
	return Statement{Sid: sid, Effect: effect, Principal: who, Action: actions, Resource: []string{resource}}
}

// hash identifies a service caller in its Sid.
func (c Caller) hash() string {
	sum := sha256.Sum256([]byte(c.Service + "\n" + c.SourceARN + "\n" + c.SourceAccount))
	return hex.EncodeToString(sum[:6])
}
