package topology

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestQueueNames(t *testing.T) {
	tests := map[string]struct {
		spec string
		want [3]string
	}{
		"defaults":            {"{}", [3]string{"warehouse-stock", "warehouse-stock-dlq", "warehouse-stock-undelivered"}},
		"FIFO defaults":       {"{fifo: {}}", [3]string{"warehouse-stock.fifo", "warehouse-stock-dlq.fifo", "warehouse-stock-undelivered.fifo"}},
		"explicit main":       {"{queueName: q_1}", [3]string{"q_1", "q_1-dlq", "q_1-undelivered"}},
		"explicit all":        {"{queueName: q, deadLetter: {queueName: d}, undelivered: {queueName: u}}", [3]string{"q", "d", "u"}},
		"all disabled":        {"{deadLetter: {disabled: true}, undelivered: {disabled: true}}", [3]string{"warehouse-stock", "", ""}},
		"shared dead letters": {"{deadLetter: {consumerQueue: {name: x}}}", [3]string{"warehouse-stock", "", "warehouse-stock-undelivered"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got [3]string
			got[0], got[1], got[2] = QueueNames(queue(t, tt.spec))
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestP43FIFOSuffixStaysLast(t *testing.T) {
	out := BuildConsumer(inputs(t, "{queueName: x.fifo, fifo: {}}"))
	if got := byRole(t, out.State, RoleDeadLetter).Name; got != "x-dlq.fifo" {
		t.Errorf("the dead-letter queue of x.fifo is called %s", got)
	}
}

func TestTopicNames(t *testing.T) {
	mt := orders(t, "{topics: [{name: events}, {name: paid, fifo: {}}, {name: old, topicName: legacy}]}")
	want := []string{"commerce-orders-events", "commerce-orders-paid.fifo", "legacy"}
	if diff := cmp.Diff(want, TopicNames(mt)); diff != "" {
		t.Error(diff)
	}
}

func TestARNsFollowThePartition(t *testing.T) {
	for region, partition := range map[string]string{"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		a := Account{Partition: partition, ID: accountID, Region: region}
		if got, want := a.QueueARN("q"), "arn:"+partition+":sqs:"+region+":111122223333:q"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := a.TopicARN("t"), "arn:"+partition+":sns:"+region+":111122223333:t"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAccountName(t *testing.T) {
	if got := AccountName(nil); got != "default" {
		t.Errorf("absent means %s", got)
	}
	if got := AccountName(&v1alpha1.AccountReference{Name: "eu"}); got != "eu" {
		t.Errorf("eu means %s", got)
	}
}

func TestOlder(t *testing.T) {
	object := func(second int64, uid string) *v1alpha1.ConsumerQueue {
		return &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(time.Unix(second, 0)), UID: types.UID(uid)}}
	}
	tests := map[string]struct {
		a, b *v1alpha1.ConsumerQueue
		want bool
	}{
		"earlier":                    {object(1, "b"), object(2, "a"), true},
		"later":                      {object(2, "a"), object(1, "b"), false},
		"same time, smaller UID":     {object(1, "a"), object(1, "b"), true},
		"same time, greater UID":     {object(1, "b"), object(1, "a"), false},
		"no claim older than itself": {object(1, "a"), object(1, "a"), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Older(tt.a, tt.b); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestNamesThatAWSRefuses(t *testing.T) {
	long := strings.Repeat("n", 80)
	tests := map[string]struct {
		spec, reason, field, message string
	}{
		"main too long": {
			"{queueName: " + long + "x}", v1alpha1.ReasonNameTooLong, "spec.queueName", "has 81 characters, AWS takes at most 80",
		},
		"dead letters too long by default": {
			"{queueName: " + long + ", undelivered: {disabled: true}}", v1alpha1.ReasonNameTooLong, "spec.deadLetter.queueName", "has 84 characters, AWS takes at most 80",
		},
		"undelivered too long by default": {
			"{queueName: " + long + ", deadLetter: {disabled: true}}", v1alpha1.ReasonNameTooLong, "spec.undelivered.queueName", "has 92 characters, AWS takes at most 80",
		},
		"dot":             {"{queueName: a.b}", v1alpha1.ReasonInvalidSpec, "spec.queueName", "other characters"},
		"suffix missing":  {"{queueName: a, fifo: {}}", v1alpha1.ReasonInvalidSpec, "spec.queueName", ".fifo"},
		"suffix too much": {"{queueName: a.fifo}", v1alpha1.ReasonInvalidSpec, "spec.queueName", ".fifo"},
		"dead letters into itself": {
			"{queueName: a, deadLetter: {queueName: a}}", v1alpha1.ReasonInvalidSpec, "spec.deadLetter.queueName", "by spec.queueName too",
		},
		"explicit name is another's default": {
			"{queueName: a, undelivered: {queueName: a-dlq}}", v1alpha1.ReasonInvalidSpec, "spec.undelivered.queueName", "by spec.deadLetter.queueName too",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			if len(out.State.Resources) > 0 {
				t.Errorf("something is wanted all the same: %s", render(out.State))
			}
			for _, r := range out.Refusals {
				if r.Reason == tt.reason && r.Field == tt.field && strings.Contains(r.Message, tt.message) && r.Stalled && r.Group != "" {
					return
				}
			}
			t.Errorf("got %+v", out.Refusals)
		})
	}
}

func TestNameInUseStays(t *testing.T) {
	tests := map[string]struct{ before, after, field, message string }{
		"main": {
			"{}", "{queueName: other}", "spec.queueName", `"warehouse-stock" and the spec says "other"`,
		},
		"dead letters": {
			"{}", "{deadLetter: {queueName: other}}", "spec.deadLetter.queueName", `"warehouse-stock-dlq" and the spec says "other"`,
		},
		"undelivered": {
			subscribed, "{undelivered: {queueName: other}, " + subscribed[1:], "spec.undelivered.queueName", `"warehouse-stock-undelivered" and the spec says "other"`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := settled(t, tt.before)
			before := in.Inventory
			in.Queue = queue(t, tt.after)
			out := BuildConsumer(in)
			if diff := cmp.Diff([]string{"NameImmutable " + tt.field}, reasons(out.Refusals)); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(out.Refusals[0].Message, tt.message) || !out.Refusals[0].Stalled {
				t.Errorf("it says %+v", out.Refusals[0])
			}
			allHeld(t, out.State, before)
			if out.Names.MainARN != stockARN {
				t.Errorf("the main queue is now said to be %s", out.Names.MainARN)
			}
		})
	}
}

// allHeld checks that the State is the inventory, held.
func allHeld(t *testing.T, s State, inv Inventory) {
	t.Helper()
	if len(s.Resources) != len(inv) {
		t.Errorf("%d resources for %d rows: %s", len(s.Resources), len(inv), render(s))
	}
	for _, row := range inv {
		if r, ok := s.Find(row.Key); !ok || r.Held == "" {
			t.Errorf("%s is not held", row.Key)
		}
	}
}

func TestNamesThatMayBeSet(t *testing.T) {
	in := settled(t, "{}")
	in.Queue = queue(t, "{queueName: warehouse-stock, deadLetter: {queueName: warehouse-stock-dlq}}")
	requireNone(t, BuildConsumer(in).Refusals)

	// From status, too: an explicit name that goes on being used although the default name is free.
	in = settled(t, "{queueName: legacy}")
	in.Queue.Status.QueueName = "legacy"
	requireNone(t, BuildConsumer(in).Refusals)
	in.Queue.Spec.QueueName = "other"
	if got := reasons(BuildConsumer(in).Refusals); len(got) != 1 || got[0] != "NameImmutable spec.queueName" {
		t.Errorf("got %q", got)
	}

	// The default name may be that of another queue of the same object.
	in = settled(t, "{queueName: legacy, deadLetter: {queueName: warehouse-stock}}")
	requireNone(t, BuildConsumer(in).Refusals)

	// From status: an explicit name of the dead-letter queue.
	in = settled(t, "{deadLetter: {queueName: letters}}")
	in.Queue.Status.DeadLetter = &v1alpha1.QueueLocation{QueueARN: testAccount().QueueARN("letters")}
	requireNone(t, BuildConsumer(in).Refusals)
	in.Queue.Spec.DeadLetter.QueueName = "other"
	if got := reasons(BuildConsumer(in).Refusals); len(got) != 1 || got[0] != "NameImmutable spec.deadLetter.queueName" {
		t.Errorf("got %q", got)
	}

	// A dead-letter queue that is on its way out holds no name.
	in = settled(t, "{}")
	for i := range in.Inventory {
		if in.Inventory[i].Name == "warehouse-stock-dlq" {
			in.Inventory[i].State = v1alpha1.ResourceLeaving
		}
	}
	in.Queue = queue(t, "{deadLetter: {queueName: other}}")
	out := BuildConsumer(in)
	requireNone(t, out.Refusals)
	if _, ok := out.State.Find(testAccount().QueueARN("warehouse-stock-dlq")); ok {
		t.Error("the leaving dead-letter queue is wanted")
	}
}
