package cloud

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

func TestDeadLetterSourcesAreReadWhereOneMayLeave(t *testing.T) {
	w := newWorld(t)
	dlq, source := queueResource(billing+"-dlq"), queueResource(billing)
	both := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing, billing + "-old"}}.String()
	one := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing}}.String()
	dlq.URL = w.apply(create(dlq, map[string]string{"RedriveAllowPolicy": both}))[0].URL
	w.apply(create(source, map[string]string{"RedrivePolicy": topology.RedrivePolicy(dlq.Key, 3)}))
	dlq.Shared = true
	for wanted, read := range map[string]bool{both: false, one: true, "": false} {
		w.aws.ResetCalls()
		dlq.Managed["RedriveAllowPolicy"] = wanted
		r := find(t, w.observe(Observation{Want: want(dlq)}), dlq.Key)
		if (r.Seen.DeadLetterSources != nil) != read || w.aws.CallCounts()["sqs:ListDeadLetterSourceQueues"] > 0 != read {
			t.Errorf("wanted %q: sources %v", wanted, r.Seen.DeadLetterSources)
		}
		if read {
			if diff := cmp.Diff([]string{billing}, r.Seen.DeadLetterSources); diff != "" {
				t.Error(diff)
			}
		}
	}
	dlq.Managed["RedriveAllowPolicy"] = one
	w.aws.SetHook(failing("AccessDenied", "sqs:ListDeadLetterSourceQueues"))
	r := find(t, w.observe(Observation{Want: want(dlq)}), dlq.Key)
	if r.Seen.Denied["DeadLetterSources"] != "sqs:ListDeadLetterSourceQueues" || r.Seen.DeadLetterSources != nil {
		t.Errorf("denied: %+v", r.Seen)
	}
}

func TestADeletionLooksForWhatHoldsIt(t *testing.T) {
	w := newWorld(t)
	q, topic := queueResource(billing), topicResource(ordersTopic)
	w.apply(create(topic, nil))
	q.URL = w.apply(create(q, nil))[0].URL
	rows := topology.Inventory{rowOf(q), rowOf(topic)}
	w.aws.ResetCalls()
	look := func() topology.State {
		return w.observe(Observation{Applied: rows, Owner: owner, Deleting: true, SharedSince: w.clock.Now()})
	}
	s := look()
	if r := find(t, s, ordersTopic); r.Seen.Foreign != nil || r.Seen.Subscribers != 0 {
		t.Errorf("topic without subscriptions: %+v", r.Seen)
	}
	if r := find(t, s, billing); r.Seen.MoveTask {
		t.Error("a move task out of nowhere")
	}
	w.calls(map[string]int{"sqs:GetQueueAttributes": 1, "sqs:ListMessageMoveTasks": 1, "sns:GetTopicAttributes": 1})

	own := subscriptionResource(ordersTopic, billing)
	own.ARN = w.apply(create(own, nil))[0].ARN
	if _, err := w.in("").sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(ordersTopic), Protocol: aws.String("https"), Endpoint: aws.String("https://example.com/hook"),
	}); err != nil {
		t.Fatal(err)
	}
	rows = append(rows, rowOf(own))
	w.clock.Step(time.Second)
	r := find(t, look(), ordersTopic)
	if diff := cmp.Diff([]string{"https://example.com/hook"}, r.Seen.Foreign); diff != "" || r.Seen.Subscribers != 1 || r.Seen.PendingSubscribers != 1 {
		t.Errorf("%+v %s", r.Seen, diff)
	}

	w.aws.SetHook(failing("AccessDenied", "sqs:ListMessageMoveTasks", "sns:ListSubscriptionsByTopic"))
	w.clock.Step(time.Second)
	s = look()
	if got := find(t, s, billing).Seen.Denied["MoveTask"]; got != "sqs:ListMessageMoveTasks" {
		t.Errorf("denied move tasks: %q", got)
	}
	if got := find(t, s, ordersTopic).Seen.Denied["Foreign"]; got != "sns:ListSubscriptionsByTopic" {
		t.Errorf("denied subscriptions: %q", got)
	}
}

func TestAFewForeignSubscriptionsAreEnough(t *testing.T) {
	w := newWorld(t)
	topic := topicResource(ordersTopic)
	w.apply(create(topic, nil))
	for i := range 250 {
		w.apply(create(subscriptionResource(ordersTopic, fmt.Sprintf("%s-%d", billing, i)), nil))
	}
	w.aws.ResetCalls()
	r := find(t, w.observe(Observation{Want: want(topic), Deleting: true}), ordersTopic)
	if len(r.Seen.Foreign) != 100 || r.Seen.Subscribers != 250 {
		t.Errorf("%d of %d", len(r.Seen.Foreign), r.Seen.Subscribers)
	}
	w.calls(map[string]int{"sns:GetTopicAttributes": 1, "sns:ListSubscriptionsByTopic": 1})
}

func TestMoveTasksThatAnEndpointDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	q := queueResource(billing)
	q.URL = w.apply(create(q, nil))[0].URL
	look := Observation{Want: want(q), Deleting: true}
	w.aws.SetHook(failing("UnknownOperationException", "sqs:ListMessageMoveTasks"))
	_, err := w.Observe(t.Context(), look)
	asFault(t, err, fault.Retry, v1alpha1.ReasonAWSError)

	elsewhere := identity
	elsewhere.SQSEndpoint = "http://localhost:9324"
	w.Client = w.open(elsewhere)
	w.aws.ResetCalls()
	for range 2 {
		if r := find(t, w.observe(look), billing); r.Seen.MoveTask || r.Seen.Denied["MoveTask"] != "" {
			t.Errorf("%+v", r.Seen)
		}
	}
	if n := w.aws.CallCounts()["sqs:ListMessageMoveTasks"]; n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestListThatNamesNoSourceMayLoseOneThatAllWereAllowed(t *testing.T) {
	list := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing}}.String()
	for name, c := range map[string]struct {
		want, have string
		loses      bool
	}{
		"all, then a list": {want: list, loses: true},
		"all, still all":   {},
		"a list, then all": {have: list},
		"the same list":    {want: list, have: list},
	} {
		want := topology.Resource{Managed: map[string]string{"RedriveAllowPolicy": c.want}}
		have := topology.Resource{Managed: map[string]string{"RedriveAllowPolicy": c.have}}
		if got := losesSource(want, have); got != c.loses {
			t.Errorf("%s: %v", name, got)
		}
	}
}
