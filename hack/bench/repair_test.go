package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/policydoc"
)

// victimOf makes by hand what a change can be made to.
func victimOf(t *testing.T, h hands) victim {
	t.Helper()
	topic, err := h.sns.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("events")})
	if err != nil {
		t.Fatal(err)
	}
	v := victim{topicARN: *topic.TopicArn, queueARN: "arn:aws:sqs:" + region + ":" + accountID + ":orders"}
	policy := policydoc.Document{Version: "2012-10-17", Statements: policydoc.Topics(v.queueARN, []policydoc.TopicGrant{{TopicARN: v.topicARN, Principal: "sns.amazonaws.com"}})}
	queue, err := h.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String("orders"), Attributes: map[string]string{"Policy": policy.JSON()}, Tags: map[string]string{teamTag: "bench"},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.queueURL = *queue.QueueUrl
	if _, err := h.sns.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &v.topicARN, Protocol: aws.String("sqs"), Endpoint: &v.queueARN}); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryChangeShowsAndCountsAsRepairedOnceItIsTakenBack(t *testing.T) {
	for _, work := range handiworks {
		t.Run(work.name, func(t *testing.T) {
			// Each AWS holds the same from the start, so another one is what AWS shows once all is as it was.
			var before [2]*damage
			var all [2]hands
			for i := range all {
				server := httptest.NewServer(localaws.New())
				defer server.Close()
				all[i] = newHands(server.URL)
				before[i] = &damage{handiwork: work, victim: victimOf(t, all[i])}
			}
			d := before[0]
			if err := d.strike(t.Context(), all[0]); err != nil {
				t.Fatal(err)
			}
			if err := lookAll(t.Context(), all[0], before[:1]); err != nil || repaired(before[:1]) != 0 {
				t.Fatalf("%d repaired, %v; want none yet", repaired(before[:1]), err)
			}
			if err := lookAll(t.Context(), all[1], before[:1]); err != nil || repaired(before[:1]) != 1 {
				t.Errorf("%d repaired, %v; want it repaired", repaired(before[:1]), err)
			}
		})
	}
}

func TestLines(t *testing.T) {
	var all []*damage
	for _, seconds := range []int{9, 3, 6, 15} {
		all = append(all, &damage{handiwork: handiwork{name: queueDeleted}, took: time.Duration(seconds) * time.Second})
	}
	want := []repairLine{{Change: queueDeleted, Samples: 4, MinSeconds: 3, MedianSeconds: 7.5, MaxSeconds: 15, MedianRatio: 0.75, MaxRatio: 1.5}}
	if diff := cmp.Diff(want, lines(all, 10*time.Second)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var out strings.Builder
	if err := show(&out, settings{}, []named{{"default", result{Repair: &repairs{ResyncSeconds: 10, Changes: want}}}}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "RESYNC 10 s") || !strings.Contains(text, queueDeleted) || strings.Contains(text, "until all are ready") {
		t.Errorf("the table is\n%s", text)
	}
}

func TestCostOfAQuietCheck(t *testing.T) {
	w := &world{topologies: make([]*v1alpha1.MessagingTopology, 6)}
	for range 300 {
		w.consumers = append(w.consumers, consumer("bench", 0, "topology-00", true))
	}
	calls := counts{"sqs:GetQueueAttributes": 1800, "sns:GetSubscriptionAttributes": 600, "sns:GetTopicAttributes": 24, "tag:GetResources": 20, "sts:GetCallerIdentity": 9}
	got := costOf(calls, 2, w)
	if diff := cmp.Diff(cost{Own: 4, OwnAllowed: 4, Shared: 0.07, SharedAllowed: 0.07}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := got.check(); err != nil {
		t.Errorf("what is allowed fails: %v", err)
	}
	calls["sqs:ListQueueTags"] = 300
	if err := costOf(calls, 2, w).check(); err == nil || !strings.Contains(err.Error(), "of 0.07 shared") {
		t.Errorf("a read of each queue's tags passes: %v", err)
	}
}
