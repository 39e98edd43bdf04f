package controller

import (
	"strings"

	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// The cases of own statements and tags.

// allowing is the statement that allows a principal something on a queue or topic.
func allowing(sid, principal, actions, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Sid":"` + sid + `","Effect":"Allow","Principal":` + principal + `,"Action":` + actions + `,"Resource":"` + resource + `"` + condition + `}`
}

// byHand is a statement that somebody puts under one of Skein's Sids.
func byHand(sid, resource string) string {
	action := `"sqs:SendMessage"`
	if strings.Contains(resource, ":sns:") {
		action = `"sns:Publish"`
	}
	return allowing(sid, `{"AWS":"arn:aws:iam::111122223333:role/by-hand"}`, action, resource, "")
}

func policyCases() []attributeCase {
	var cases []attributeCase
	for _, queue := range []string{mainQueue, deadQueue, lostQueue} {
		arn := quickARN("sqs", strings.TrimPrefix(queue, "queue/"))
		deny := `{"Sid":"SkeinTLSOnly","Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"` + arn + `","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
		cases = append(cases, attributeCase{
			resource: queue, field: "Policy[SkeinTLSOnly]", leaves: "ConsumerQueue.access.enforceTLS", absent: deny, first: "", second: deny, drift: byHand("SkeinTLSOnly", arn),
			set:    func(s *attributeSpecs) { s.inventory.Access = &v1alpha1.Access{EnforceTLS: ptr.To(false)} },
			change: func(s *attributeSpecs) { s.inventory.Access = &v1alpha1.Access{EnforceTLS: ptr.To(true)} },
		})
	}
	cases = append(cases, topicStatementCase(mainQueue, "SkeinTopics"), topicStatementCase(lostQueue, "SkeinUndelivered"))
	return append(append(append(cases, accessCases()...), publisherCases()...), alarmsStatementCase())
}

// topicStatementCase is the statement that lets topics send to a queue.
func topicStatementCase(queue, sid string) attributeCase {
	arn := quickARN("sqs", strings.TrimPrefix(queue, "queue/"))
	from := func(topics string) string {
		return allowing(sid, `{"Service":"sns.amazonaws.com"}`, `"sqs:SendMessage"`, arn, `{"ArnEquals":{"aws:SourceArn":`+topics+`}}`)
	}
	events, more := quickARN("sns", "shop-orders-events"), quickARN("sns", "shop-orders-more")
	return attributeCase{
		resource: queue, field: topology.PolicyField(sid), absent: from(`"` + events + `"`), first: from(`["` + events + `","` + more + `"]`), second: from(`"` + more + `"`), drift: "",
		leaves: "ConsumerQueue.subscriptions.topology.name ConsumerQueue.subscriptions.topology.namespace ConsumerQueue.subscriptions.topic ConsumerQueue.subscriptions.topicARN",
		base:   func(s *attributeSpecs) { s.orders.Topics = append(s.orders.Topics, v1alpha1.Topic{Name: "more"}) },
		set: func(s *attributeSpecs) {
			s.inventory.Subscriptions = append(s.inventory.Subscriptions, v1alpha1.Subscription{Topology: &v1alpha1.TopologyReference{Name: "orders", Namespace: quickNamespace}, Topic: "more"})
		},
		change: func(s *attributeSpecs) { s.inventory.Subscriptions = []v1alpha1.Subscription{{TopicARN: more}} },
	}
}

// The callers of the cases.
const (
	shopRole  = "arn:aws:iam::111122223333:role/shop"
	otherRole = "arn:aws:iam::111122223333:role/other"
)

var (
	bucket  = v1alpha1.SourcePrincipal{Service: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::bucket", SourceAccount: quickAccount}
	another = v1alpha1.SourcePrincipal{Service: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::another"}
)

const ofBucket = `{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::bucket"},"StringEquals":{"aws:SourceAccount":"111122223333"}}`

func accessCases() []attributeCase {
	arn := quickARN("sqs", "shop-inventory")
	senders := func(list ...v1alpha1.SourcePrincipal) specEdit {
		return func(s *attributeSpecs) { s.inventory.Access = &v1alpha1.Access{Senders: list} }
	}
	receivers := func(role string) specEdit {
		return func(s *attributeSpecs) {
			s.inventory.Access = &v1alpha1.Access{Receivers: []v1alpha1.AWSPrincipal{{AWSPrincipal: role}}}
		}
	}
	send := func(role string) string {
		return allowing("SkeinSenders", `{"AWS":"`+role+`"}`, `["sqs:SendMessage","sqs:GetQueueUrl","sqs:GetQueueAttributes"]`, arn, "")
	}
	receive := func(role string) string {
		return allowing("SkeinReceivers", `{"AWS":"`+role+`"}`, `["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueUrl","sqs:GetQueueAttributes"]`, arn, "")
	}
	sid := policydoc.Senders(arn, callerOf(bucket))[0].Sid
	return []attributeCase{
		{
			resource: mainQueue, field: "Policy[SkeinSenders]", leaves: "ConsumerQueue.access.senders.awsPrincipal", first: send(shopRole), second: send(otherRole), drift: byHand("SkeinSenders", arn),
			set: senders(v1alpha1.SourcePrincipal{AWSPrincipal: shopRole}), change: senders(v1alpha1.SourcePrincipal{AWSPrincipal: otherRole}),
		},
		{
			resource: mainQueue, field: topology.PolicyField(sid), first: allowing(sid, `{"Service":"s3.amazonaws.com"}`, `"sqs:SendMessage"`, arn, ofBucket), second: "", drift: byHand(sid, arn),
			leaves: "ConsumerQueue.access.senders.service ConsumerQueue.access.senders.sourceARN ConsumerQueue.access.senders.sourceAccount",
			set:    senders(bucket), change: senders(another),
		},
		{
			resource: mainQueue, field: "Policy[SkeinReceivers]", leaves: "ConsumerQueue.access.receivers.awsPrincipal", first: receive(shopRole), second: receive(otherRole), drift: "",
			set: receivers(shopRole), change: receivers(otherRole),
		},
	}
}

func publisherCases() []attributeCase {
	arn := quickARN("sns", "shop-orders-events")
	publishers := func(list ...v1alpha1.SourcePrincipal) specEdit {
		return func(s *attributeSpecs) { s.event().Publishers = list }
	}
	publish := func(role string) string {
		return allowing("SkeinPublishers", `{"AWS":"`+role+`"}`, `"sns:Publish"`, arn, "")
	}
	sid := policydoc.Publishers(arn, callerOf(bucket))[0].Sid
	return []attributeCase{
		{
			resource: eventsTopic, field: "Policy[SkeinPublishers]", leaves: "MessagingTopology.topics.publishers.awsPrincipal", first: publish(shopRole), second: publish(otherRole), drift: "",
			set: publishers(v1alpha1.SourcePrincipal{AWSPrincipal: shopRole}), change: publishers(v1alpha1.SourcePrincipal{AWSPrincipal: otherRole}),
		},
		{
			resource: eventsTopic, field: topology.PolicyField(sid), first: allowing(sid, `{"Service":"s3.amazonaws.com"}`, `"sns:Publish"`, arn, ofBucket), second: "", drift: byHand(sid, arn),
			leaves: "MessagingTopology.topics.publishers.service MessagingTopology.topics.publishers.sourceARN MessagingTopology.topics.publishers.sourceAccount",
			set:    publishers(bucket), change: publishers(another),
		},
	}
}

// alarmsStatementCase is the statement that lets alarms publish to a topic.
func alarmsStatementCase() attributeCase {
	arn := quickARN("sns", "shop-orders-events")
	tell := func(topic string) specEdit {
		return func(s *attributeSpecs) {
			s.inventory.Alarms = &v1alpha1.Alarms{
				DeadLetterNotEmpty: &v1alpha1.Alarm{},
				ActionTopics:       []v1alpha1.ActionTopic{{Topology: v1alpha1.TopologyReference{Name: "orders", Namespace: quickNamespace}, Topic: topic}},
			}
		}
	}
	return attributeCase{
		resource: eventsTopic, field: "Policy[SkeinAlarms]", second: "", drift: byHand("SkeinAlarms", arn),
		first: allowing("SkeinAlarms", `{"Service":"cloudwatch.amazonaws.com"}`, `"sns:Publish"`, arn,
			`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:*"},"StringEquals":{"aws:SourceAccount":"111122223333"}}`),
		leaves: "ConsumerQueue.alarms.actionTopics.topology.name ConsumerQueue.alarms.actionTopics.topology.namespace ConsumerQueue.alarms.actionTopics.topic",
		base:   func(s *attributeSpecs) { s.orders.Topics = append(s.orders.Topics, v1alpha1.Topic{Name: "more"}) },
		set:    tell("events"), change: tell("more"),
	}
}

func callerOf(p v1alpha1.SourcePrincipal) []policydoc.Caller {
	return []policydoc.Caller{{Service: p.Service, SourceARN: string(p.SourceARN), SourceAccount: p.SourceAccount}}
}

func tagCases() []attributeCase {
	var cases []attributeCase
	add := func(resource, leaf string, tags func(*attributeSpecs, v1alpha1.Tags)) {
		cases = append(cases, attributeCase{
			resource: resource, field: "Tags[team]", leaves: leaf, first: "a", second: "b", drift: "",
			set:    func(s *attributeSpecs) { tags(s, v1alpha1.Tags{"team": "a"}) },
			change: func(s *attributeSpecs) { tags(s, v1alpha1.Tags{"team": "b"}) },
		})
	}
	for _, queue := range []string{mainQueue, deadQueue, lostQueue} {
		add(queue, "ConsumerQueue.tags", func(s *attributeSpecs, tags v1alpha1.Tags) { s.inventory.Tags = tags })
	}
	add(eventsTopic, "MessagingTopology.topics.tags", func(s *attributeSpecs, tags v1alpha1.Tags) { s.event().Tags = tags })
	add(eventsTopic, "MessagingTopology.tags", func(s *attributeSpecs, tags v1alpha1.Tags) { s.orders.Tags = tags })
	for _, resource := range []string{mainQueue, eventsTopic} {
		add(resource, "AWSAccount.tags", func(s *attributeSpecs, tags v1alpha1.Tags) { s.account.Tags = tags })
	}
	return append(
		cases,
		attributeCase{resource: mainQueue, field: "Tags[skein.dev/name]", absent: "inventory", drift: "", disowned: true},
		attributeCase{resource: deadQueue, field: "Tags[skein.dev/cluster]", absent: "quick", drift: "another", disowned: true},
		attributeCase{resource: lostQueue, field: "Tags[skein.dev/namespace]", absent: "shop", drift: "another", disowned: true},
		attributeCase{resource: eventsTopic, field: "Tags[skein.dev/kind]", absent: "MessagingTopology", drift: "", disowned: true},
	)
}
