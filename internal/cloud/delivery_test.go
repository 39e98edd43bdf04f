package cloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/topology"
)

// What is proven of a delivery is what happens to it: over all pairs of a queue policy and a key, and over regions.

// queuePolicies by what they say; QUEUE, TOPIC and SNS are put in.
var queuePolicies = map[string]string{
	"none":                      "",
	"Skein's":                   `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnEquals":{"aws:SourceArn":"TOPIC"}}}`,
	"for the plain principal":   `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"QUEUE"}`,
	"for everyone":              `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`,
	"for another topic":         `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"ArnEquals":{"aws:SourceArn":"TOPIC2"}}}`,
	"for the account":           `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"sqs:SendMessage","Resource":"QUEUE","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`,
	"for the account's users":   `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:SendMessage","Resource":"QUEUE"}`,
	"with a Deny":               `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Principal":{"Service":"SNS"},"Action":"sqs:SendMessage","Resource":"QUEUE"}`,
	"with TLS only":             `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
	"with one network only":     `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}`,
	"for the organization":      `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}}}`,
	"for the organization only": `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceOrgID":"o-1"}}}`,
}

// keyPolicies by what they say besides that the account administers the key; SNS and TOPIC are put in.
var keyPolicies = map[string]string{
	"nothing":               "",
	"SNS":                   `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`,
	"SNS may generate":      `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"kms:GenerateDataKey*","Resource":"*"}`,
	"SNS may decrypt":       `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"kms:Decrypt","Resource":"*"}`,
	"the topic":             `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"TOPIC"}}}`,
	"another topic":         `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"TOPIC2"}}}`,
	"services":              `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}`,
	"the encryption":        `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":"kms:*","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:sqs:arn":"*"}}}`,
	"SNS, but not to read":  `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":{"Service":"SNS"},"Action":"kms:Decrypt","Resource":"*"}`,
	"SNS, later disabled":   `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`,
	"SNS, later to be gone": `{"Effect":"Allow","Principal":{"Service":"SNS"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`,
}

// otherKeys are keys that need no policy.
var otherKeys = map[string]string{
	"no key": "", "AWS's own": "alias/aws/sqs", "missing": "alias/none", "of another region": "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012",
}

// trial is one topic that delivers to queues.
type trial struct {
	*world
	topic, principal string
	keys             map[string]string
}

func newTrial(t *testing.T, region, principal string) trial {
	t.Helper()
	w := newWorld(t)
	out, err := w.in(region).sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("events")})
	if err != nil {
		t.Fatal(err)
	}
	tr := trial{world: w, topic: *out.TopicArn, principal: principal, keys: map[string]string{}}
	for name, id := range otherKeys {
		tr.keys[name] = id
	}
	for name, statements := range keyPolicies {
		tr.keys[name] = tr.key(name, statements)
	}
	return tr
}

func (tr trial) fill(text, queue string) string {
	return strings.NewReplacer("SNS", tr.principal, "TOPIC", tr.topic, "QUEUE", queue).Replace(text)
}

func (tr trial) key(name, statements string) string {
	tr.t.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"}`
	if statements != "" {
		policy += "," + tr.fill(statements, "")
	}
	client := tr.in("").kms
	out, err := client.CreateKey(tr.t.Context(), &kms.CreateKeyInput{Policy: aws.String(policy + "]}")})
	if err != nil {
		tr.t.Fatalf("key %s: %v", name, err)
	}
	id := out.KeyMetadata.KeyId
	switch {
	case strings.HasSuffix(name, "disabled"):
		_, err = client.DisableKey(tr.t.Context(), &kms.DisableKeyInput{KeyId: id})
	case strings.HasSuffix(name, "to be gone"):
		_, err = client.ScheduleKeyDeletion(tr.t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: id})
	}
	if err != nil {
		tr.t.Fatalf("key %s: %v", name, err)
	}
	return *id
}

// queue makes a queue with a policy and a key.
func (tr trial) queue(name, policy, key string) topology.Resource {
	tr.t.Helper()
	q := queueResource("arn:aws:sqs:" + region + ":" + account + ":" + name)
	attributes := map[string]string{}
	if policy != "" {
		attributes["Policy"] = `{"Version":"2012-10-17","Statement":[` + tr.fill(policy, q.Key) + `]}`
	}
	if key != "" {
		attributes["KmsMasterKeyId"] = key
	}
	out, err := tr.in("").sqs.CreateQueue(tr.t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		tr.t.Fatalf("queue %s: %v", name, err)
	}
	q.URL = *out.QueueUrl
	return q
}

// subscribe subscribes a queue, with another for what cannot be delivered where that is one.
func (tr trial) subscribe(q topology.Resource, dead string) topology.Resource {
	tr.t.Helper()
	attributes := map[string]string{}
	if dead != "" {
		attributes["RedrivePolicy"] = topology.SubscriptionRedrivePolicy(dead)
	}
	sub := subscriptionResource(tr.topic, q.Key)
	sub.Region = strings.Split(tr.topic, ":")[3]
	out, err := tr.in(sub.Region).sns.Subscribe(tr.t.Context(), &sns.SubscribeInput{
		TopicArn: &tr.topic, Protocol: aws.String("sqs"), Endpoint: &q.Key, Attributes: attributes, ReturnSubscriptionArn: true,
	})
	if err != nil {
		tr.t.Fatalf("subscribing %s: %v", q.Name, err)
	}
	sub.ARN = *out.SubscriptionArn
	return sub
}

// prove looks at the resources and judges the subscription.
func (tr trial) prove(sub topology.Resource, queues ...topology.Resource) delivery.Verdict {
	tr.t.Helper()
	state := want(append(queues, sub)...)
	state.References = map[string]topology.Reference{tr.topic: {}}
	seen := tr.observe(Observation{Want: state, SharedSince: tr.clock.Now()})
	seen.Keys = tr.Keys(tr.t.Context(), delivery.Keys(seen), tr.clock.Now())
	return delivery.Prove(seen, sub.Key)
}

func (tr trial) publish() {
	tr.t.Helper()
	if _, err := tr.in(strings.Split(tr.topic, ":")[3]).sns.Publish(tr.t.Context(), &sns.PublishInput{TopicArn: &tr.topic, Message: aws.String("m")}); err != nil {
		tr.t.Fatal(err)
	}
}

// claim is a verdict on a queue, to be compared with what the queue holds.
type claim struct {
	what, queue string
	delivery.Verdict
}

// compare holds the claims against what arrived, and against how many of each kind there must be.
func (tr trial) compare(claims []claim, counts map[metav1.ConditionStatus]int) {
	tr.t.Helper()
	got := map[metav1.ConditionStatus]int{}
	for _, c := range claims {
		got[c.Status]++
		arrived := tr.attributes(c.queue)["ApproximateNumberOfMessages"] == "1"
		if c.Status != metav1.ConditionUnknown && arrived != (c.Status == metav1.ConditionTrue) {
			tr.t.Errorf("%s: %s %s, and arrived %t: %s", c.what, c.Status, c.Reason, arrived, c.Message)
		}
	}
	if diff := cmp.Diff(counts, got); diff != "" {
		tr.t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestP16WhatIsProvenIsWhatHappens(t *testing.T) {
	for region, c := range map[string]struct {
		principal string
		counts    map[metav1.ConditionStatus]int
	}{
		"eu-west-1":    {"sns.amazonaws.com", map[metav1.ConditionStatus]int{"True": 20, "False": 145, "Unknown": 15}},
		"eu-central-1": {"sns.amazonaws.com", map[metav1.ConditionStatus]int{"True": 20, "False": 145, "Unknown": 15}},
		"me-south-1":   {"sns.me-south-1.amazonaws.com", map[metav1.ConditionStatus]int{"True": 16, "False": 150, "Unknown": 14}},
	} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, region, c.principal)
			var claims []claim
			for policy, text := range queuePolicies {
				for key, id := range tr.keys {
					q := tr.queue(fmt.Sprintf("q%d", len(claims)), text, id)
					claims = append(claims, claim{policy + " / " + key, q.Key, tr.prove(tr.subscribe(q, ""), q)})
				}
			}
			tr.publish()
			tr.compare(claims, c.counts)
		})
	}
}

func TestP16WhatIsProvenOfTheUndeliveredQueueIsWhatHappens(t *testing.T) {
	tr := newTrial(t, region, "sns.amazonaws.com")
	var claims []claim
	var mains []topology.Resource
	for policy, text := range queuePolicies {
		for key, id := range tr.keys {
			main := tr.queue(fmt.Sprintf("q%d", len(claims)), queuePolicies["Skein's"], "")
			dead := tr.queue(main.Name+"-undelivered", text, id)
			mains = append(mains, main)
			claims = append(claims, claim{policy + " / " + key, dead.Key, tr.prove(tr.subscribe(main, dead.Key), main, dead)})
		}
	}
	for _, q := range mains {
		if _, err := tr.in("").sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &q.URL, Attributes: map[string]string{"Policy": ""}}); err != nil {
			t.Fatal(err)
		}
	}
	tr.publish()
	tr.compare(claims, map[metav1.ConditionStatus]int{"True": 20, "False": 145, "Unknown": 15})
}
