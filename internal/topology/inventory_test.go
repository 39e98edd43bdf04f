package topology

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestInventoryGoesThroughStatus(t *testing.T) {
	at := metav1.NewTime(time.Unix(1000, 0))
	rows := []v1alpha1.ResourceStatus{
		{Resource: "queue/warehouse-stock", ARN: stockARN, URL: "https://sqs/q", State: v1alpha1.ResourcePresent, Fields: map[string]string{"DelaySeconds": Hash("0")}, AppliedAt: &at},
		{Resource: "subscription/" + ordersARN, ARN: ordersARN + ":6b0e", State: v1alpha1.ResourcePresent},
		{Resource: "subscription/" + topicARNs[2], State: v1alpha1.ResourceCreating},
		{Resource: "topic/commerce-orders-events", ARN: ordersARN, State: v1alpha1.ResourceLeaving},
	}
	inv := ReadInventory(rows, stockARN)
	want := Inventory{
		{
			Kind: KindQueue, Key: stockARN, ARN: stockARN, Name: "warehouse-stock", URL: "https://sqs/q", Region: "us-east-1",
			State: v1alpha1.ResourcePresent, Fields: map[string]string{"DelaySeconds": Hash("0")}, AppliedAt: at.Time,
		},
		{
			Kind: KindSubscription, Key: SubscriptionKey(ordersARN, stockARN), ARN: ordersARN + ":6b0e", Name: "commerce-orders-events",
			TopicARN: ordersARN, Endpoint: stockARN, Region: "us-east-1", State: v1alpha1.ResourcePresent,
		},
		{
			Kind: KindSubscription, Key: SubscriptionKey(topicARNs[2], stockARN), Name: "far",
			TopicARN: topicARNs[2], Endpoint: stockARN, Region: "eu-west-1", State: v1alpha1.ResourceCreating,
		},
		{Kind: KindTopic, Key: ordersARN, ARN: ordersARN, Name: "commerce-orders-events", Region: "us-east-1", State: v1alpha1.ResourceLeaving},
	}
	if diff := cmp.Diff(want, inv); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(inv, ReadInventory(inv.Status(), stockARN), cmp.Transformer("set", rowsByKey)); diff != "" {
		t.Errorf("there and back: %s", diff)
	}
	if got := inv[1].Resource(); got.Kind != KindSubscription || got.Key != inv[1].Key || got.TopicARN != ordersARN || got.Endpoint != stockARN {
		t.Errorf("resource %+v", got)
	}
}

func rowsByKey(inv Inventory) map[string]Row {
	out := map[string]Row{}
	for _, r := range inv {
		out[string(r.Kind)+r.Key] = r
	}
	return out
}

func TestInventoryLeavesOutWhatItCannotRead(t *testing.T) {
	inv := ReadInventory([]v1alpha1.ResourceStatus{{Resource: "queue/x", ARN: "no arn"}, {Resource: "subscription/none"}}, stockARN)
	if len(inv) != 0 {
		t.Errorf("got %+v", inv)
	}
}

func TestInventoryStatusIsSorted(t *testing.T) {
	inv := Inventory{{Kind: KindTopic, Key: "b"}, {Kind: KindQueue, Key: "c"}, {Kind: KindTopic, Key: "a"}}
	var got []string
	for _, r := range inv.Status() {
		got = append(got, r.Resource)
	}
	if inv[0].Key != "b" {
		t.Error("Status changed the order of the inventory")
	}
	if diff := cmp.Diff([]string{"queue/", "topic/", "topic/"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHash(t *testing.T) {
	if Hash("30") == Hash("300") || Hash("30") != "624b60c5" || len(Hash("")) != 8 {
		t.Errorf("%s, %s, %s", Hash("30"), Hash("300"), Hash(""))
	}
}

func TestStateFindAndSort(t *testing.T) {
	s := State{Resources: []Resource{{Key: "b"}, {Key: "a"}, {Key: "c"}}}
	s.Sort()
	for _, key := range []string{"a", "b", "c"} {
		if r, ok := s.Find(key); !ok || r.Key != key {
			t.Errorf("%s: %+v, %t", key, r, ok)
		}
	}
	if _, ok := s.Find("d"); ok {
		t.Error("found what is not there")
	}
}

func TestOwnerTags(t *testing.T) {
	o := Owner{Cluster: "c1", Kind: "ConsumerQueue", Namespace: "warehouse", Name: "stock"}
	if got := OwnerFromTags(o.Tags()); got != o {
		t.Errorf("got %+v", got)
	}
	if !OwnerFromTags(map[string]string{"team": "x"}).IsZero() || o.IsZero() {
		t.Error("no tags are no owner, and some are")
	}
	if got := (Messages{1, 2, 3}).Total(); got != 6 {
		t.Errorf("P27: in-flight and delayed messages count: %d", got)
	}
}

func TestFields(t *testing.T) {
	for field, want := range map[string][2]string{
		PolicyField("SkeinTopics"): {"Policy", "SkeinTopics"}, TagField("a[b]"): {"Tags", "a[b]"}, "DelaySeconds": {"DelaySeconds", ""}, "Other[x]": {"Other[x]", ""},
	} {
		if name, member := CutField(field); name != want[0] || member != want[1] {
			t.Errorf("%s is %s and %s", field, name, member)
		}
	}
}
