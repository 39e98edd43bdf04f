package e2e

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// worker receives in a world and lets its clock run on meanwhile.
type worker struct {
	*world
	messenger
}

// work handles what a queue holds until it gives nothing more, and deletes what was handled. It returns what it received.
func (w worker) work(queue string, handled func(message) bool) []message {
	w.t.Helper()
	url := w.url(queue)
	var all []message
	for {
		got := w.receiveNow(url)
		if len(got) == 0 {
			return all
		}
		for _, m := range got {
			all = append(all, m)
			if handled(m) {
				w.must(w.delete(url, m))
			}
		}
	}
}

// receiveNow ends a long poll that finds nothing by moving the clock.
func (w worker) receiveNow(url string) []message {
	w.t.Helper()
	type result struct {
		got []message
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := w.receive(url)
		done <- result{got, err}
	}()
	for {
		select {
		case r := <-done:
			w.must(r.err)
			return r.got
		case <-time.After(10 * poll):
			w.jump(time.Second)
		}
	}
}

func (w worker) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w worker) url(queue string) string {
	w.t.Helper()
	url, err := w.hands().url(w.ctx, queue)
	w.must(err)
	return url
}

func always(message) bool { return true }

// bodies of messages, sorted.
func bodies(all []message) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.body)
	}
	slices.Sort(out)
	return out
}

// applySample applies a file of config/samples in the world's namespace and account, and waits until all of it is ready.
func (w *world) applySample(file string) {
	w.t.Helper()
	for _, o := range moved(sample(w.t, file), w.namespace, w.account) {
		create(w.t, o)
	}
	w.ready()
}

// readyNow says whether all objects of the namespace are Ready.
func (w *world) readyNow() bool {
	all, err := objects(w.ctx, w.namespace)
	return err == nil && !slices.ContainsFunc(all, func(o client.Object) bool { return !ready(o) })
}

// topicARN is that of the first topic of a topology.
func (w *world) topicARN(topology string) string {
	w.t.Helper()
	o := &v1alpha1.MessagingTopology{}
	if err := w.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: topology}, o); err != nil {
		w.t.Fatal(err)
	}
	return o.Status.Topics[0].ARN
}

// holds compares how many messages each queue holds, in flight and delayed ones too.
func (w *world) holds(want string, queues ...string) {
	w.t.Helper()
	for _, queue := range queues {
		attributes, err := w.hands().readQueue(w.ctx, queue)
		if err != nil {
			w.t.Fatal(err)
		}
		got := [3]string{
			attributes["ApproximateNumberOfMessages"], attributes["ApproximateNumberOfMessagesNotVisible"],
			attributes["ApproximateNumberOfMessagesDelayed"],
		}
		if got != [3]string{want, "0", "0"} {
			w.t.Errorf("%s holds %v messages (visible, in flight, delayed), want %s", queue, got, want)
		}
	}
}

// url finds the URL of a queue.
func (h hands) url(ctx context.Context, queue string) (string, error) {
	out, err := h.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		return "", err
	}
	return *out.QueueUrl, nil
}

func (h hands) deleteQueue(ctx context.Context, queue string) error {
	url, err := h.url(ctx, queue)
	if err != nil {
		return err
	}
	_, err = h.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
	return err
}

func (h hands) setQueue(ctx context.Context, url, name, value string) error {
	_, err := h.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{name: value}})
	return err
}

func (h hands) exists(ctx context.Context, queue string) bool {
	_, err := h.url(ctx, queue)
	return err == nil
}
