package redrive

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// consumer is a ConsumerQueue with its queues on record.
func consumer(name string, change func(*v1alpha1.ConsumerQueue)) *v1alpha1.ConsumerQueue {
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	change(cq)
	suffix := ""
	if cq.Spec.FIFO != nil {
		suffix = ".fifo"
	}
	for _, queue := range []string{"shop-" + name, "shop-" + name + "-dlq"} {
		cq.Status.Resources = append(cq.Status.Resources, v1alpha1.ResourceStatus{
			Resource: "queue/" + queue + suffix, ARN: "arn:aws:sqs:eu-west-1:111122223333:" + queue + suffix, State: v1alpha1.ResourcePresent,
		})
	}
	return cq
}

func plainQueue(*v1alpha1.ConsumerQueue) {}

func TestResolve(t *testing.T) {
	without := func(cq *v1alpha1.ConsumerQueue) { cq.Spec.DeadLetter = &v1alpha1.DeadLetter{Disabled: true} }
	fifo := func(cq *v1alpha1.ConsumerQueue) { cq.Spec.FIFO = &v1alpha1.QueueFIFO{} }
	inventory := consumer("inventory", plainQueue)
	half := consumer("inventory", plainQueue)
	half.Status.Resources[1].State = v1alpha1.ResourceCreating
	to := v1alpha1.RedriveSpec{Destination: &v1alpha1.RedriveDestination{ConsumerQueue: v1alpha1.LocalReference{Name: "repairs"}}}
	back := v1alpha1.RedriveSpec{}
	arn := func(name string) string { return "arn:aws:sqs:eu-west-1:111122223333:" + name }
	for name, c := range map[string]struct {
		spec   v1alpha1.RedriveSpec
		from   Consumers
		want   Queues
		reason string
		final  bool
		says   string
	}{
		"its own dead letters": {back, Consumers{Source: inventory}, Queues{Source: arn("shop-inventory-dlq")}, "", false, ""},
		"FIFO":                 {back, Consumers{Source: consumer("inventory", fifo)}, Queues{Source: arn("shop-inventory-dlq.fifo"), FIFO: true}, "", false, ""},
		"a shared queue": {
			back, Consumers{Source: consumer("shared", without), Serves: []*v1alpha1.ConsumerQueue{inventory}}, Queues{Source: arn("shop-shared")}, "", false, "",
		},
		"elsewhere": {
			to, Consumers{Source: inventory, Destination: consumer("repairs", plainQueue)}, Queues{Source: arn("shop-inventory-dlq"), Destination: arn("shop-repairs")}, "", false, "",
		},
		"none":         {back, Consumers{}, Queues{}, v1alpha1.ReasonConsumerQueueNotFound, false, "create it"},
		"not made yet": {back, Consumers{Source: half}, Queues{}, v1alpha1.ReasonConsumerQueueNotReady, false, "shop-inventory-dlq"},
		"nothing undelivered yet": {
			v1alpha1.RedriveSpec{Source: v1alpha1.RedriveUndelivered},
			Consumers{Source: half},
			Queues{},
			v1alpha1.ReasonConsumerQueueNotReady, false,
			"comes with the first subscription that is accepted",
		},
		"serves nobody":  {back, Consumers{Source: consumer("inventory", without)}, Queues{}, v1alpha1.ReasonNoSource, true, "serves no other"},
		"no destination": {to, Consumers{Source: inventory}, Queues{}, v1alpha1.ReasonConsumerQueueNotFound, false, "repairs"},
		"another type":   {to, Consumers{Source: inventory, Destination: consumer("repairs", fifo)}, Queues{}, v1alpha1.ReasonInvalidSpec, true, "one type only"},
		"uses a shared queue": {back, Consumers{Source: consumer("inventory", func(cq *v1alpha1.ConsumerQueue) {
			cq.Spec.DeadLetter = &v1alpha1.DeadLetter{ConsumerQueue: &v1alpha1.LocalReference{Name: "shared"}}
		})}, Queues{}, v1alpha1.ReasonSharedDeadLetterQueue, true, "consumerQueue.name: shared"},
		"being deleted": {back, Consumers{Source: consumer("inventory", func(cq *v1alpha1.ConsumerQueue) { cq.DeletionTimestamp = &metav1.Time{Time: noon} })}, Queues{}, v1alpha1.ReasonConsumerQueueNotReady, false, "being deleted"},
		"suspended":     {back, Consumers{Source: consumer("inventory", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Suspend = true })}, Queues{}, v1alpha1.ReasonSuspended, false, "resumed"},
		"another account": {
			to,
			Consumers{Source: inventory, Destination: consumer("repairs", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.AccountRef = &v1alpha1.AccountReference{Name: "b"} })},
			Queues{},
			v1alpha1.ReasonInvalidSpec, true, "one account and region only",
		},
		"nothing undelivered": {
			v1alpha1.RedriveSpec{Source: v1alpha1.RedriveUndelivered},
			Consumers{Source: consumer("inventory", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.Undelivered = &v1alpha1.Undelivered{Disabled: true} })},
			Queues{},
			v1alpha1.ReasonNoSource, true, "undelivered.disabled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, o := Resolve(c.spec, c.from)
			if o == nil {
				o = &Obstacle{}
			}
			if o.Reason != c.reason || o.Final != c.final || !strings.Contains(o.Message, c.says) {
				t.Errorf("the obstacle is %+v", o)
			}
			if diff := cmp.Diff(c.want, got); diff != "" && c.reason == "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	with := func(visibility v1alpha1.Duration, receives int32) *v1alpha1.ConsumerQueue {
		return consumer("inventory", func(cq *v1alpha1.ConsumerQueue) {
			cq.Spec.VisibilityTimeout, cq.Spec.DeadLetter = visibility, &v1alpha1.DeadLetter{MaxReceiveCount: ptr.To(receives)}
		})
	}
	for name, c := range map[string]struct {
		spec v1alpha1.RedriveSpec
		from Consumers
		want time.Duration
	}{
		"by default":          {v1alpha1.RedriveSpec{}, Consumers{Source: consumer("inventory", plainQueue)}, 450 * time.Second},
		"short":               {v1alpha1.RedriveSpec{}, Consumers{Source: with("1s", 2)}, time.Minute},
		"long":                {v1alpha1.RedriveSpec{}, Consumers{Source: with("12h", 1000)}, time.Hour},
		"as the spec has it":  {v1alpha1.RedriveSpec{ObserveFor: "2h"}, Consumers{Source: with("1s", 2)}, 2 * time.Hour},
		"none":                {v1alpha1.RedriveSpec{ObserveFor: "0s"}, Consumers{Source: with("1s", 2)}, 0},
		"of those it serves":  {v1alpha1.RedriveSpec{}, Consumers{Source: with("12h", 1000), Serves: []*v1alpha1.ConsumerQueue{with("1m", 1), with("2m", 2)}}, 12 * time.Minute},
		"where it goes":       {v1alpha1.RedriveSpec{}, Consumers{Source: with("1m", 1), Destination: with("2m", 2)}, 12 * time.Minute},
		"without a queue":     {v1alpha1.RedriveSpec{}, Consumers{}, time.Minute},
		"from processingTime": {v1alpha1.RedriveSpec{}, Consumers{Source: consumer("inventory", func(cq *v1alpha1.ConsumerQueue) { cq.Spec.ProcessingTime = "10s" })}, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Window(c.spec, c.from); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestMeaningOfAFailure(t *testing.T) {
	for reason, want := range map[string]string{
		"AWS.SimpleQueueService.NonExistentQueue": "does not exist any more",
		"CouldNotDetermineMessageSource":          "with destination",
		"AccessDenied":                            "may not receive",
		"KmsAccessDeniedException":                "kms:Decrypt",
		"SomethingNew":                            "SomethingNew; make another Redrive",
		"":                                        "no reason",
	} {
		if got := meaning(reason); !strings.Contains(got, want) || !strings.Contains(got, reason) {
			t.Errorf("%q: %s, want %q in it", reason, got, want)
		}
	}
}
