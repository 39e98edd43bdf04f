package delivery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/delivery"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

const (
	account  = "111122223333"
	stranger = "444455556666"

	topicARN  = "arn:aws:sns:eu-west-1:111122223333:events"
	queueARN  = "arn:aws:sqs:eu-west-1:111122223333:q"
	deadARN   = "arn:aws:sqs:eu-west-1:111122223333:q-undelivered"
	dlqARN    = "arn:aws:sqs:eu-west-1:111122223333:q-dlq"
	sharedARN = "arn:aws:sqs:eu-west-1:111122223333:shared"
	keyARN    = "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"
	aliasARN  = "arn:aws:kms:eu-west-1:111122223333:alias/orders"
)

// seen is a State in which everything delivers; tests change one thing.
type seen struct {
	topic, endpoint string
	// sub, queue, dead and dlq are its resources.
	sub, queue, dead, dlq topology.Resource
	// others are more subscriptions.
	others     []topology.Resource
	references map[string]topology.Reference
	keys       map[string]topology.Key
}

func well(t *testing.T) *seen {
	t.Helper()
	s := &seen{topic: topicARN, endpoint: queueARN, keys: map[string]topology.Key{}}
	s.sub = topology.Resource{
		Kind: topology.KindSubscription, ARN: topicARN + ":1", Managed: map[string]string{"RedrivePolicy": topology.SubscriptionRedrivePolicy(deadARN)},
		Seen: topology.Seen{Existence: topology.Present},
	}
	s.queue = queue(t, queueARN, policydoc.Topics(queueARN, grants()))
	s.queue.Managed["RedrivePolicy"] = topology.RedrivePolicy(dlqARN, 5)
	s.dead = queue(t, deadARN, policydoc.Undelivered(deadARN, grants()))
	s.dlq = queue(t, dlqARN, nil)
	s.dlq.Managed["RedriveAllowPolicy"] = topology.RedriveAllow{Permission: "byQueue", Sources: []string{queueARN}}.String()
	s.references = map[string]topology.Reference{topicARN: {
		Existence: topology.Present, Attributes: map[string]string{"Policy": policydoc.DefaultTopicPolicy(topicARN, account).JSON()},
	}}
	return s
}

func grants() []policydoc.TopicGrant {
	return []policydoc.TopicGrant{{TopicARN: topicARN, Principal: "sns.amazonaws.com"}}
}

func queue(t *testing.T, arn string, statements []policydoc.Statement) topology.Resource {
	t.Helper()
	texts := []string{policydoc.TLSOnly(arn).JSON()}
	for _, s := range statements {
		texts = append(texts, s.JSON())
	}
	return topology.Resource{
		Kind: topology.KindQueue, Key: arn, ARN: arn, Name: arn[strings.LastIndex(arn, ":")+1:], Managed: map[string]string{},
		Policy: document(t, texts...), Seen: topology.Seen{Existence: topology.Present},
	}
}

func document(t *testing.T, statements ...string) policydoc.Document {
	t.Helper()
	d, err := policydoc.Parse(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// state is what was seen as a State.
func (s *seen) state() topology.State {
	s.sub.TopicARN, s.sub.Endpoint, s.sub.Key = s.topic, s.endpoint, topology.SubscriptionKey(s.topic, s.endpoint)
	s.queue.Key, s.queue.ARN = s.endpoint, s.endpoint
	out := topology.State{Resources: []topology.Resource{s.sub, s.queue, s.dead, s.dlq}, References: s.references, Keys: s.keys}
	out.Resources = append(out.Resources, s.others...)
	for _, r := range s.others {
		if _, known := out.References[r.TopicARN]; !known {
			out.References[r.TopicARN] = topology.Reference{Existence: topology.Present}
		}
	}
	out.Sort()
	return out
}

// subscriptions are the keys of all of them.
func (s *seen) subscriptions() []string {
	var out []string
	for _, r := range s.state().Resources {
		if r.Kind == topology.KindSubscription {
			out = append(out, r.Key)
		}
	}
	return out
}

func (s *seen) prove() delivery.Verdict {
	state := s.state()
	return delivery.Prove(state, s.sub.Key)
}

// topicHas sets attributes of the topic.
func (s *seen) topicHas(key, policy string) {
	s.references[s.topic] = topology.Reference{Existence: topology.Present, Attributes: map[string]string{"KmsMasterKeyId": key, "Policy": policy}}
}

// admitting is a key of the own account whose policy has statements.
func admitting(t *testing.T, statements ...string) topology.Key {
	t.Helper()
	own := `{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"}`
	return topology.Key{ARN: keyARN, State: "Enabled", Spec: "SYMMETRIC_DEFAULT", Policy: document(t, append([]string{own}, statements...)...)}
}

// letsUse is a statement of a key's policy for a principal such as {"Service":"sns.amazonaws.com"}.
func letsUse(principal, condition string) string {
	s := `{"Effect":"Allow","Principal":` + principal + `,"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"`
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + "}"
}

const (
	sns  = `{"Service":"sns.amazonaws.com"}`
	noon = "2026-03-01T12:00:00Z"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
