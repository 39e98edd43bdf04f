package status_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/status"
	"github.com/skein-dev/skein/internal/topology"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// states are conditions as "Type Status Reason".
func states(conditions []metav1.Condition) []string {
	var out []string
	for _, c := range conditions {
		out = append(out, c.Type+" "+string(c.Status)+" "+c.Reason)
	}
	return out
}

func TestVerdictFollowsTheTable(t *testing.T) {
	var conditions []metav1.Condition
	for _, step := range []struct {
		name    string
		finding *status.Finding
		want    []string
	}{
		{"well", nil, []string{"Ready True Ready"}},
		{"waits", &status.Finding{Reason: "TopicNotFound", Message: "m"}, []string{"Ready False TopicNotFound", "Reconciling True TopicNotFound"}},
		{"stalls", &status.Finding{Reason: "NotOwned", Message: "m", Stalled: true}, []string{"Ready False NotOwned", "Stalled True NotOwned"}},
		{"waits again", &status.Finding{Reason: "Throttled", Message: "m"}, []string{"Ready False Throttled", "Reconciling True Throttled"}},
		{"well again", nil, []string{"Ready True Ready"}},
	} {
		status.Account(&conditions, step.finding, "fine", 7, noon)
		if diff := cmp.Diff(step.want, states(conditions)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		for _, c := range conditions {
			if c.ObservedGeneration != 7 || c.Message == "" {
				t.Errorf("%s: %+v", step.name, c)
			}
		}
	}
}

func TestTransitionTimeIsThatOfTheStatus(t *testing.T) {
	var conditions []metav1.Condition
	for i, finding := range []*status.Finding{{Reason: "A", Message: "m"}, {Reason: "B", Message: "n"}, nil} {
		status.Account(&conditions, finding, "fine", 1, noon.Add(time.Duration(i)*time.Hour))
		want := noon
		if finding == nil {
			want = noon.Add(2 * time.Hour)
		}
		if got := meta.FindStatusCondition(conditions, "Ready").LastTransitionTime.Time; !got.Equal(want) {
			t.Errorf("look %d: since %s, want %s", i, got, want)
		}
	}
}

func TestLongMessagesAreCutBetweenCharacters(t *testing.T) {
	var conditions []metav1.Condition
	status.Unresolved(&conditions, status.Finding{Reason: "A", Message: "x" + strings.Repeat("ü", 40000)}, 1, noon)
	if got := meta.FindStatusCondition(conditions, "Ready").Message; len(got) > 32768 || len(got) < 32700 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %t", len(got), utf8.ValidString(got))
	}
}

func TestWorstStallsFirst(t *testing.T) {
	waits, stalls := status.Finding{Reason: "A"}, status.Finding{Reason: "B", Stalled: true}
	for _, c := range []struct {
		findings []status.Finding
		want     string
	}{{nil, ""}, {[]status.Finding{waits}, "A"}, {[]status.Finding{waits, stalls, {Reason: "C", Stalled: true}}, "B"}} {
		got := ""
		if worst := status.Worst(c.findings); worst != nil {
			got = worst.Reason
		}
		if got != c.want {
			t.Errorf("of %v: %q, want %q", c.findings, got, c.want)
		}
	}
}

const (
	topicARN = "arn:aws:sns:us-east-1:111122223333:events"
	queueARN = "arn:aws:sqs:us-east-1:111122223333:q"
)

// lost is the view of a look that failed, after one that was well.
func lost() status.ConsumerView {
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "q", Generation: 2}}
	cq.Status = v1alpha1.ConsumerQueueStatus{
		ObservedGeneration: 1, QueueURL: "https://q", QueueARN: queueARN, QueueName: "q",
		Messages:      &v1alpha1.MessageCounts{Visible: 3},
		Subscriptions: []v1alpha1.SubscriptionStatus{{TopicARN: topicARN, SubscriptionARN: topicARN + ":1", State: v1alpha1.SubscriptionConfirmed}},
		Conditions: []metav1.Condition{
			{Type: "Ready", Status: metav1.ConditionTrue, Reason: "Ready"}, {Type: "Deliverable", Status: metav1.ConditionTrue, Reason: "Deliverable"},
		},
	}
	return status.ConsumerView{
		Object: cq, Account: v1alpha1.AccountStatus{Name: "a", AccountID: "111122223333", Region: "us-east-1"}, Now: noon,
		Build: topology.ConsumerOutput{
			AcceptedReason: v1alpha1.ReasonAccepted, AcceptedMessage: "m", Names: topology.ConsumerNames{MainName: "q", MainARN: queueARN},
			Subscriptions: []topology.SubscriptionIntent{{TopicARN: topicARN, Key: topology.SubscriptionKey(topicARN, queueARN)}},
		},
		Look: status.Look{Fault: &fault.Error{Class: fault.Retry, Reason: v1alpha1.ReasonUnreachable, Operation: "sqs:GetQueueAttributes", Resource: "q", RequestID: "r1"}},
	}
}

func TestWhatIsKnownOutlastsAFailedLook(t *testing.T) {
	v := lost()
	s := status.Consumer(v)
	if diff := cmp.Diff(v.Object.Status.Subscriptions, s.Subscriptions); diff != "" {
		t.Errorf("subscriptions:\n%s", diff)
	}
	if s.QueueURL != "https://q" || s.Messages == nil || s.Messages.Visible != 3 || s.ObservedGeneration != 2 {
		t.Errorf("the status is %+v", s)
	}
	want := []string{"Ready False Unreachable", "Deliverable True Deliverable", "Accepted True Accepted", "Drifted Unknown Pending", "DeadLetters Unknown Pending", "Reconciling True Unreachable"}
	if diff := cmp.Diff(want, states(s.Conditions)); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	for _, c := range s.Conditions {
		if strings.Contains(c.Message, "r1") {
			t.Errorf("%s names the request: %s", c.Type, c.Message)
		}
	}
}

func TestUnknownFaultStallsAfterTenMinutes(t *testing.T) {
	for _, c := range []struct {
		since time.Duration
		want  string
	}{{0, "AWSError"}, {9 * time.Minute, "AWSError"}, {10 * time.Minute, "RefusedByAWS"}} {
		v := lost()
		v.Look.Fault.Reason, v.Look.RefusedSince = v1alpha1.ReasonAWSError, noon.Add(-c.since)
		conditions := status.Consumer(v).Conditions
		if got := meta.FindStatusCondition(conditions, "Ready").Reason; got != c.want {
			t.Errorf("after %s: %s, want %s", c.since, got, c.want)
		}
		if got := meta.FindStatusCondition(conditions, "Stalled") != nil; got != (c.want == "RefusedByAWS") {
			t.Errorf("after %s: stalled %t", c.since, got)
		}
	}
}

func TestTopicsKnownOutlastAFailedLook(t *testing.T) {
	old := []v1alpha1.TopicStatus{{Name: "events", TopicName: "events", ARN: topicARN, Subscriptions: 4, State: status.TopicPresent}}
	mt := &v1alpha1.MessagingTopology{Status: v1alpha1.MessagingTopologyStatus{Topics: old}}
	s := status.Topology(status.TopologyView{
		Object: mt, Now: noon, Look: lost().Look,
		Build: topology.TopologyOutput{Topics: []topology.TopicIntent{{Name: "events", TopicName: "events", ARN: topicARN}, {Name: "new", TopicName: "new", ARN: topicARN + "2"}}},
	})
	want := append(old, v1alpha1.TopicStatus{Name: "new", TopicName: "new", ARN: topicARN + "2", State: status.TopicWaiting})
	if diff := cmp.Diff(want, s.Topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}
