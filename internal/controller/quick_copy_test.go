package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/localaws"
)

// polledClock is a clock on which a long poll that finds nothing takes its time at once.
type polledClock struct{ *clocktesting.FakeClock }

func (c polledClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.FakeClock.NewTimer(d)
	c.Step(d)
	return timer
}

// copyWorld is a world with ConsumerQueue inventory, which is subscribed, and messages that SNS could not deliver.
type copyWorld struct {
	*quickWorld
	main, undelivered string
	consumer          *v1alpha1.ConsumerQueue
}

func withUndelivered(t quickTB, n int, fifo bool, change func(*v1alpha1.ConsumerQueueSpec)) *copyWorld {
	t.Helper()
	w := &copyWorld{quickWorld: newQuickWorld(t), main: quickMain, undelivered: quickMain + "-undelivered"}
	mt := &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "orders"}}
	mt.Spec.Topics = []v1alpha1.Topic{{Name: "events"}}
	cq := &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: quickNamespace, Name: "inventory"}}
	cq.Spec.Subscriptions = []v1alpha1.Subscription{ordersTopic("events")}
	if fifo {
		mt.Spec.Topics[0].FIFO, cq.Spec.FIFO = &v1alpha1.TopicFIFO{}, &v1alpha1.QueueFIFO{}
		w.main, w.undelivered = w.main+".fifo", w.undelivered+".fifo"
	}
	change(&cq.Spec)
	w.create(mt)
	w.create(cq)
	w.quiet()
	w.send(w.undelivered, n)
	w.consumer = cq
	return w
}

func undelivered(rate int32) func(*v1alpha1.RedriveSpec) {
	return func(s *v1alpha1.RedriveSpec) {
		s.Source = v1alpha1.RedriveUndelivered
		if rate > 0 {
			s.MaxMessagesPerSecond = &rate
		}
	}
}

// take takes all messages from a queue and counts those that came more than once.
func (w *copyWorld) take(queue string) (bodies map[string]int, twice int) {
	w.t.Helper()
	url := w.hands().url(queue)
	bodies = map[string]int{}
	for {
		out, err := w.hands().sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10, VisibilityTimeout: 43200})
		if mustDo(w.quickWorld, out, err); len(out.Messages) == 0 {
			return bodies, twice
		}
		var entries []sqstypes.DeleteMessageBatchRequestEntry
		for i, m := range out.Messages {
			if bodies[*m.Body]++; bodies[*m.Body] > 1 {
				twice++
			}
			entries = append(entries, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		deleted, err := w.hands().sqs.DeleteMessageBatch(w.ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: entries})
		mustDo(w.quickWorld, deleted, err)
	}
}

// arrived checks that n messages came, each once or, where some may have come twice, up to so many more.
func (w *copyWorld) arrived(n, twice int) {
	w.t.Helper()
	bodies, more := w.take(w.main)
	if len(bodies) != n || more > twice {
		w.t.Errorf("%d messages arrived, and %d of them again; want %d, and %d at most", len(bodies), more, n, twice)
	}
}

// condition checks a condition of a Redrive.
func (w *copyWorld) condition(rd *v1alpha1.Redrive, kind, reason string, words ...string) {
	w.t.Helper()
	w.reread(rd)
	c := meta.FindStatusCondition(rd.Status.Conditions, kind)
	if c == nil || c.Reason != reason {
		w.t.Fatalf("%s is %+v, want reason %s", kind, c, reason)
	}
	for _, some := range words {
		if !strings.Contains(c.Message, some) {
			w.t.Errorf("%q does not have %q", c.Message, some)
		}
	}
}

// unwritten checks that no Redrive was written since the last reset.
func (w *copyWorld) unwritten(when string) {
	w.t.Helper()
	for _, write := range w.kubeWrites {
		if strings.HasPrefix(write, "*v1alpha1.Redrive") {
			w.t.Errorf("%s: %s", when, write)
		}
	}
}

func TestUndeliveredMessagesAreCopied(t *testing.T) {
	for _, fifo := range []bool{false, true} {
		w := withUndelivered(t, 240, fifo, asItIs)
		rd := w.redrive("catch-up", undelivered(0))
		w.until(rd, v1alpha1.RedriveRunning, 10*time.Second)
		w.condition(rd, v1alpha1.ConditionReady, v1alpha1.ReasonRunning, w.undelivered, w.main, "at most 50 a second", "Deliverable since")
		w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
		w.condition(rd, v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "240 messages copied", w.undelivered, w.main, "Deliverable since")
		if s := rd.Status; s.MessagesMoved != 240 || s.MessagesToMove != 240 || s.Progress != 100 || s.MessagesRefused != 0 || len(rd.Finalizers) > 0 {
			t.Errorf("the status is %+v, the finalizers are %v", s, rd.Finalizers)
		}
		if n := w.holds(w.undelivered); n != 0 {
			t.Errorf("%d messages were left", n)
		}
		w.arrived(240, 0)
	}
}

func TestNothingToCopyIsCompleteOnceThatIsCountedTwice(t *testing.T) {
	w := withUndelivered(t, 0, false, asItIs)
	w.resetWrites()
	rd := w.redrive("catch-up", undelivered(0))
	w.condition(rd, v1alpha1.ConditionReady, v1alpha1.ReasonProgressing, "counted again")
	w.pass(5 * time.Second)
	w.condition(rd, v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "nothing to move")
	if n := w.called("ReceiveMessage"); n != 0 {
		t.Errorf("%d messages were asked for", n)
	}
}

// 10,000 messages: never more than the rate allows since the start, and hardly less; the status is written every two seconds at most, and only grows.
func TestACopyKeepsToItsRate(t *testing.T) {
	for _, rate := range []int32{50, 500} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			w := withUndelivered(t, 10_000, false, asItIs)
			type write struct {
				at       time.Time
				moved    int64
				progress int32
			}
			var writes []write
			w.wrote = func(before, after client.Object) {
				if rd, is := after.(*v1alpha1.Redrive); is && before != nil {
					writes = append(writes, write{w.clock.Now(), rd.Status.MessagesMoved, rd.Status.Progress})
				}
				w.wake(before, after)
			}
			rd := w.redrive("catch-up", undelivered(rate))
			began := w.clock.Now()
			w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
			var all time.Time
			for i, now := range writes {
				since := now.at.Sub(began)
				if allowed := int64(since.Seconds() * float64(rate)); now.moved > allowed {
					t.Errorf("%d had moved after %s, and %d are allowed", now.moved, since, allowed)
				}
				if now.moved == 10_000 && all.IsZero() {
					all = now.at
				}
				if i == 0 {
					continue
				}
				if last := writes[i-1]; now.at.Sub(last.at) < 2*time.Second || now.moved < last.moved || now.progress < last.progress {
					t.Errorf("the status was written %+v after %+v", now, last)
				}
			}
			want := time.Duration(10_000/rate) * time.Second
			if took := all.Sub(began); took > want*105/100 {
				t.Errorf("it took %s, want %s", took, want)
			}
			if most := int(want/(2*time.Second)) + 4; len(writes) > most {
				t.Errorf("the status was written %d times, want %d at most", len(writes), most)
			}
			w.arrived(10_000, 0)
		})
	}
}

func TestACopyEndsAtItsLimit(t *testing.T) {
	w := withUndelivered(t, 300, false, asItIs)
	rd := w.redrive("some", func(s *v1alpha1.RedriveSpec) {
		undelivered(7)(s)
		s.MaxMessages = ptr.To[int64](123)
	})
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	w.condition(rd, v1alpha1.ConditionComplete, v1alpha1.ReasonMessageLimitReached, "123 messages copied")
	if n := w.holds(w.undelivered); n != 177 || rd.Status.MessagesMoved != 123 {
		t.Errorf("%d were left, want 177; the status is %+v", n, rd.Status)
	}
	w.arrived(123, 0)
}

func TestADeletedCopyStops(t *testing.T) {
	w := withUndelivered(t, 300, false, asItIs)
	rd := w.redrive("some", undelivered(10))
	w.pass(9 * time.Second)
	if err := w.Delete(w.ctx, rd); err != nil {
		t.Fatal(err)
	}
	moved := w.holds(w.main)
	if moved == 0 || moved > 90 {
		t.Errorf("%d had moved", moved)
	}
	w.pass(time.Hour)
	if n := w.holds(w.main); n != moved {
		t.Errorf("%d more were copied", n-moved)
	}
	if bodies, _ := w.take(w.undelivered); len(bodies) != 300-moved {
		t.Errorf("%d were left, want %d", len(bodies), 300-moved)
	}
}

func TestOneCopyAtATime(t *testing.T) {
	w := withUndelivered(t, 200, false, asItIs)
	first := w.redrive("first", undelivered(10))
	w.pass(5 * time.Second)
	second := w.redrive("second", undelivered(500))
	w.condition(second, v1alpha1.ConditionReady, v1alpha1.ReasonAnotherRedrive, "Redrive first")
	dead := w.redrive("dead", func(*v1alpha1.RedriveSpec) {})
	w.pass(5 * time.Second)
	w.condition(dead, v1alpha1.ConditionComplete, v1alpha1.ReasonMoved)
	w.until(first, v1alpha1.RedriveSucceeded, time.Minute)
	w.until(second, v1alpha1.RedriveSucceeded, time.Minute)
	if first.Status.MessagesMoved != 200 || second.Status.MessagesMoved != 0 {
		t.Errorf("%d and %d were copied, want 200 and none", first.Status.MessagesMoved, second.Status.MessagesMoved)
	}
	w.arrived(200, 0)
}

func TestRefusedMessagesFailTheRunAndStay(t *testing.T) {
	for _, fifo := range []bool{false, true} {
		w := withUndelivered(t, 95, fifo, func(s *v1alpha1.ConsumerQueueSpec) { s.MaximumMessageSize = ptr.To(resource.MustParse("1Ki")) })
		url := w.hands().url(w.undelivered)
		for i := range 2 {
			in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(strings.Repeat("x", 1025+i))}
			if fifo {
				in.MessageGroupId, in.MessageDeduplicationId = aws.String("large"), aws.String(fmt.Sprint("large", i))
			}
			out, err := w.hands().sqs.SendMessage(w.ctx, in)
			mustDo(w.quickWorld, out, err)
		}
		rd := w.redrive("catch-up", undelivered(0))
		w.until(rd, v1alpha1.RedriveFailed, 5*time.Minute)
		w.condition(rd, v1alpha1.ConditionFailed, v1alpha1.ReasonMessagesRefused, w.undelivered, "shorter than 1024 bytes", "maximumMessageSize", "95 messages copied")
		if rd.Status.MessagesMoved != 95 || rd.Status.MessagesRefused == 0 {
			t.Errorf("the status is %+v", rd.Status)
		}
		w.arrived(95, 0)
		w.pass(5 * time.Minute)
		if bodies, _ := w.take(w.undelivered); len(bodies) != 2 {
			t.Errorf("%d stayed, want 2", len(bodies))
		}
	}
}

func TestADeniedCopyWaitsAndGoesOn(t *testing.T) {
	w := withUndelivered(t, 120, false, asItIs)
	w.fault = func(c localaws.Call) localaws.Fault {
		if c.Operation == "SendMessageBatch" {
			return localaws.Fault{Code: "AccessDenied"}
		}
		return localaws.Fault{}
	}
	rd := w.redrive("catch-up", undelivered(0))
	w.pass(time.Minute)
	w.condition(rd, v1alpha1.ConditionReady, v1alpha1.ReasonAccessDenied, "sqs:SendMessage", w.main)
	w.resetWrites()
	w.pass(time.Hour)
	if n := w.called("SendMessageBatch"); n > 30 {
		t.Errorf("in an hour it tried %d times", n)
	}
	w.unwritten("while it was denied")
	w.fault = nil
	w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
	w.arrived(120, 0)
}

// A key that SNS may not use keeps it from delivering. The operator's own sends go past SNS.
func TestACopySaysWhyNothingIsDelivered(t *testing.T) {
	w := withUndelivered(t, 30, false, func(s *v1alpha1.ConsumerQueueSpec) {
		s.Encryption = &v1alpha1.QueueEncryption{Type: v1alpha1.EncryptionKMS, KMS: &v1alpha1.KMSEncryption{KeyID: "alias/aws/sqs"}}
	})
	rd := w.redrive("catch-up", undelivered(0))
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	w.condition(rd, v1alpha1.ConditionComplete, v1alpha1.ReasonMoved, "30 messages copied", "still cannot deliver", v1alpha1.ReasonQueueKeyNotGrantable, "past SNS")
	w.arrived(30, 0)
}

func TestACopyWaitsForWhatSomebodyElseHasReceived(t *testing.T) {
	w := withUndelivered(t, 20, false, asItIs)
	url := w.hands().url(w.undelivered)
	out, err := w.hands().sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 5, VisibilityTimeout: 1800})
	mustDo(w.quickWorld, out, err)
	rd := w.redrive("catch-up", undelivered(0))
	w.pass(2 * time.Minute)
	w.resetWrites()
	w.pass(20 * time.Minute)
	if w.reread(rd); rd.Status.State != v1alpha1.RedriveRunning {
		t.Errorf("it is %s", rd.Status.State)
	}
	w.unwritten("while it waited")
	w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
	if rd.Status.MessagesMoved != 20 {
		t.Errorf("%d were copied, want 20", rd.Status.MessagesMoved)
	}
	w.arrived(20, 0)
}

func TestACopyRestsWhileItsConsumerQueueIsSuspended(t *testing.T) {
	w := withUndelivered(t, 300, false, asItIs)
	rd := w.redrive("catch-up", undelivered(10))
	w.pass(9 * time.Second)
	w.put(w.consumer, func() { w.consumer.Spec.Suspend = true })
	w.turn()
	moved := w.holds(w.main)
	w.pass(time.Hour)
	if n := w.holds(w.main); n != moved {
		t.Errorf("%d were copied meanwhile", n-moved)
	}
	w.condition(rd, v1alpha1.ConditionReady, v1alpha1.ReasonSuspended)
	w.put(w.consumer, func() { w.consumer.Spec.Suspend = false })
	w.until(rd, v1alpha1.RedriveSucceeded, time.Minute)
	w.arrived(300, 0)
}

func TestACopyEndsWithItsConsumerQueue(t *testing.T) {
	w := withUndelivered(t, 300, false, func(s *v1alpha1.ConsumerQueueSpec) { s.DeletionPolicy = v1alpha1.DeletionRetain })
	rd := w.redrive("catch-up", undelivered(10))
	w.pass(9 * time.Second)
	if err := w.Delete(w.ctx, w.consumer); err != nil {
		t.Fatal(err)
	}
	w.pass(5 * time.Second)
	w.condition(rd, v1alpha1.ConditionFailed, v1alpha1.ReasonConsumerQueueNotFound, "messages copied")
	if n := w.holds(w.main) + w.holds(w.undelivered); n != 300 {
		t.Errorf("there are %d messages, want 300", n)
	}
}

// The queue is deleted by hand while messages are copied into it. What has not been copied comes once Skein has made it again.
func TestACopyOutlivesItsQueue(t *testing.T) {
	w := withUndelivered(t, 300, false, asItIs)
	rd := w.redrive("catch-up", undelivered(10))
	w.pass(9 * time.Second)
	bodies, _ := w.take(w.main)
	if err := w.hands().remove("queue/" + w.main); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Minute)
	w.condition(rd, v1alpha1.ConditionReady, v1alpha1.ReasonAWSError, w.main)
	w.until(rd, v1alpha1.RedriveSucceeded, 30*time.Minute)
	if rd.Status.MessagesMoved != 300 {
		t.Errorf("%d are said to have been copied, want 300", rd.Status.MessagesMoved)
	}
	w.arrived(300-len(bodies), 0)
}

// The operator is killed at each of its calls, before and after the call's effect, and another one goes on.
func TestACopyKilledAtAnyCallLosesNothing(t *testing.T) {
	for _, fifo := range []bool{false, true} {
		for _, effect := range []bool{false, true} {
			for kill := 1; kill <= 24; kill++ {
				w := withUndelivered(t, 45, fifo, asItIs)
				calls := 0
				w.fault = func(localaws.Call) localaws.Fault {
					if calls++; calls < kill {
						return localaws.Fault{}
					}
					return localaws.Fault{Code: "AccessDenied", AfterEffect: effect && calls == kill}
				}
				rd := w.redrive("catch-up", undelivered(10))
				for end := w.clock.Now().Add(time.Minute); calls < kill && w.clock.Now().Before(end); {
					w.pass(time.Second / 2)
				}
				w.fault = nil
				w.restart()
				w.until(rd, v1alpha1.RedriveSucceeded, 10*time.Minute)
				twice := 10
				if fifo {
					twice = 0
				}
				w.arrived(45, twice)
				if n := w.holds(w.undelivered); n != 0 {
					t.Errorf("%d messages were left", n)
				}
				if moved := rd.Status.MessagesMoved; moved < 25 || moved > 55 {
					t.Errorf("%d are said to have been copied", moved)
				}
				if t.Failed() {
					t.Fatalf("fifo %t, killed at call %d, after its effect: %t", fifo, kill, effect)
				}
			}
		}
	}
}

// A restart between any two slices goes on from the status.
func TestACopyGoesOnAfterRestarts(t *testing.T) {
	w := withUndelivered(t, 400, false, asItIs)
	rd := w.redrive("catch-up", undelivered(20))
	var moved []int64
	for range 10 {
		w.pass(5 * time.Second)
		w.restart()
		w.reread(rd)
		moved = append(moved, rd.Status.MessagesMoved)
	}
	if !slices.IsSorted(moved) || moved[0] == 0 {
		t.Errorf("moved %v", moved)
	}
	w.until(rd, v1alpha1.RedriveSucceeded, 2*time.Minute)
	if rd.Status.MessagesMoved != 400 {
		t.Errorf("%d are said to have been copied, want 400", rd.Status.MessagesMoved)
	}
	w.arrived(400, 0)
}
