package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"sigs.k8s.io/yaml"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// rebuild makes the resources of a file of contents by hand: topics, dead-letter queues, the queues that name them, subscriptions.
func (w *world) rebuild(file string) {
	w.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	all := contents{}
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		w.t.Fatalf("reading %s: %v", file, err)
	}
	h := w.hands()
	for stage := range 4 {
		for _, resource := range slices.Sorted(maps.Keys(all)) {
			kind, name, queue := cut(resource)
			attributes := maps.Clone(all[resource])
			if stageOf(kind, attributes) != stage {
				continue
			}
			var tags map[string]string
			if kind != "subscription" {
				if err := json.Unmarshal([]byte(attributes["Tags"]), &tags); err != nil {
					w.t.Fatalf("reading the tags of %s: %v", resource, err)
				}
			}
			delete(attributes, "Tags")
			if err := h.make(w, kind, name, queue, attributes, tags); err != nil {
				w.t.Fatalf("making %s: %v", resource, err)
			}
		}
	}
}

// cut splits what contents call a resource; queue is that of a subscription.
func cut(resource string) (kind, name, queue string) {
	kind, name, _ = strings.Cut(resource, "/")
	if kind == "subscription" {
		name, queue, _ = strings.Cut(name, "/")
	}
	return kind, name, queue
}

func stageOf(kind string, attributes map[string]string) int {
	switch {
	case kind == "topic":
		return 0
	case kind == "subscription":
		return 3
	case attributes["RedrivePolicy"] == "":
		return 1
	default:
		return 2
	}
}

func (h hands) make(w *world, kind, name, queue string, attributes, tags map[string]string) error {
	switch kind {
	case "topic":
		in := &sns.CreateTopicInput{Name: &name, Attributes: attributes}
		for k, v := range tags {
			in.Tags = append(in.Tags, snstypes.Tag{Key: aws.String(k), Value: aws.String(v)})
		}
		_, err := h.sns.CreateTopic(w.ctx, in)
		return err
	case "queue":
		if attributes["KmsMasterKeyId"] != "" {
			delete(attributes, "SqsManagedSseEnabled") // one kind of encryption a call
		}
		_, err := h.sqs.CreateQueue(w.ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: tags})
		return err
	default:
		in := &sns.SubscribeInput{TopicArn: aws.String(h.topic(name)), Protocol: aws.String("sqs"), Endpoint: aws.String(h.queue(queue)), Attributes: attributes}
		for _, told := range []string{"Protocol", "Endpoint", "PendingConfirmation", "ConfirmationWasAuthenticated"} {
			delete(attributes, told)
		}
		_, err := h.sns.Subscribe(w.ctx, in)
		return err
	}
}

// findSubscriptions puts the ARNs of subscriptions that were made anew into a status.
func (w *world) findSubscriptions(cq *v1alpha1.ConsumerQueue) {
	w.t.Helper()
	h := w.hands()
	find := func(topicARN string) string {
		list, err := h.sns.ListSubscriptionsByTopic(w.ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topicARN})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range list.Subscriptions {
			if aws.ToString(s.Endpoint) == cq.Status.QueueARN {
				return aws.ToString(s.SubscriptionArn)
			}
		}
		w.t.Fatalf("topic %s has no subscription of queue %s", topicARN, cq.Status.QueueARN)
		return ""
	}
	for i, row := range cq.Status.Resources {
		if topicARN, ok := strings.CutPrefix(row.Resource, "subscription/"); ok {
			cq.Status.Resources[i].ARN = find(topicARN)
		}
	}
	for i, s := range cq.Status.Subscriptions {
		cq.Status.Subscriptions[i].SubscriptionARN = find(s.TopicARN)
	}
}
