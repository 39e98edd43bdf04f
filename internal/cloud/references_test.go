package cloud

import (
	"sync"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

func TestATopicIsReadOnceForAll(t *testing.T) {
	w := newWorld(t)
	w.apply(create(topicResource(ordersTopic), nil))
	w.aws.ResetCalls()
	since := w.clock.Now()
	look := func() {
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				ref := topology.State{References: map[string]topology.Reference{ordersTopic: {}}}
				s := w.observe(Observation{Want: ref, SharedSince: since})
				if got := s.References[ordersTopic]; got.Existence != topology.Present || got.Attributes["TopicArn"] != ordersTopic {
					t.Errorf("reference %+v", got)
				}
			})
		}
		wg.Wait()
	}
	look()
	w.clock.Step(time.Hour)
	look()
	w.calls(map[string]int{"sns:GetTopicAttributes": 1})
	since = w.clock.Now()
	look()
	w.calls(map[string]int{"sns:GetTopicAttributes": 1})
}

func TestAnAbsenceIsBelievedForTwoSeconds(t *testing.T) {
	w := newWorld(t)
	ref := topology.State{References: map[string]topology.Reference{ordersTopic: {}, billing: {}}}
	look := func() map[string]topology.Reference { return w.observe(Observation{Want: ref}).References }
	for range 3 {
		if got := look(); got[ordersTopic].Existence != topology.Absent || got[billing].Existence != topology.Absent {
			t.Errorf("%+v", got)
		}
	}
	w.calls(map[string]int{"sns:GetTopicAttributes": 1, "sqs:GetQueueUrl": 1})
	w.clock.Step(keepAbsence)
	look()
	w.calls(map[string]int{"sns:GetTopicAttributes": 1, "sqs:GetQueueUrl": 1})
	// What the process itself makes is seen at once.
	w.apply(create(topicResource(ordersTopic), nil), create(queueResource(billing), nil))
	if got := look(); got[ordersTopic].Existence != topology.Present || got[billing].Existence != topology.Present {
		t.Errorf("after creation: %+v", got)
	}
}

func TestASharedQueueShowsWhomItAdmits(t *testing.T) {
	w := newWorld(t)
	allow := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing + "-a"}}.String()
	q := queueResource(billing)
	q.URL = w.apply(create(q, map[string]string{"RedriveAllowPolicy": allow}))[0].URL
	ref := topology.State{References: map[string]topology.Reference{billing: {}}}
	w.aws.ResetCalls()
	for range 2 {
		got := w.observe(Observation{Want: ref}).References[billing]
		if p, err := topology.ParseRedriveAllow(got.Attributes["RedriveAllowPolicy"]); err != nil || !p.Admits(billing+"-a") {
			t.Errorf("%+v: %v", got, err)
		}
	}
	w.calls(map[string]int{"sqs:GetQueueUrl": 1, "sqs:GetQueueAttributes": 1})
	wider := topology.RedriveAllow{Permission: "byQueue", Sources: []string{billing + "-a", billing + "-b"}}.String()
	w.apply(plan.Step{Action: plan.Update, Resource: q, Set: []map[string]string{{"RedriveAllowPolicy": wider}}})
	w.aws.ResetCalls()
	got := w.observe(Observation{Want: ref}).References[billing]
	if got.Attributes["RedriveAllowPolicy"] != wider {
		t.Errorf("after widening: %+v", got)
	}
	w.calls(map[string]int{})
}

func TestP33ADeniedReferenceStaysUnread(t *testing.T) {
	w := newWorld(t)
	w.aws.SetHook(failing("AuthorizationError", "sns:GetTopicAttributes"))
	s := w.observe(Observation{Want: topology.State{References: map[string]topology.Reference{ordersTopic: {}}}})
	if got, ok := s.References[ordersTopic]; !ok || got.Existence != topology.Unread {
		t.Errorf("%+v, %t", got, ok)
	}
}

func TestP41WritesShowInSharedReadsThatLag(t *testing.T) {
	w := newWorld(t)
	topic := topicResource(ordersTopic)
	w.apply(create(topic, nil))
	since := w.clock.Now()
	w.observe(Observation{Want: want(topic), SharedSince: since})
	w.apply(plan.Step{Action: plan.Update, Resource: topic, Set: []map[string]string{{"DisplayName": "Orders"}}})
	r := find(t, w.observe(Observation{Want: want(topic), SharedSince: since}), ordersTopic)
	if r.Managed["DisplayName"] != "Orders" {
		t.Errorf("%+v", r.Managed)
	}
}
