package cloud

import (
	"context"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/topology"
)

// moveTask asks whether messages are being moved out of the queue. Where there is no such operation (an emulator) no task can run.
func (s *services) moveTask(ctx context.Context, r *topology.Resource) error {
	if s.noMoveTasks.Load() {
		return nil
	}
	tasks, err := s.moveTasks(ctx, r.Key, r.Name)
	switch {
	case isDenied(err):
		deny(r, "MoveTask", "sqs:ListMessageMoveTasks")
		return nil
	case isUnsupported(err) && s.elsewhere:
		s.noMoveTasks.Store(true)
		return nil
	case err != nil:
		return err
	}
	r.Seen.MoveTask = slices.ContainsFunc(tasks, func(t MoveTask) bool { return t.Status == "RUNNING" || t.Status == "CANCELLING" })
	return nil
}

// losesSource says whether the observed allow-list admits a queue that the wanted one does not name; one that admits all may.
func losesSource(want, have topology.Resource) bool {
	wanted, managed := want.Managed["RedriveAllowPolicy"]
	target, err := topology.ParseRedriveAllow(wanted)
	if !managed || err != nil {
		return false
	}
	shown, err := topology.ParseRedriveAllow(have.Managed["RedriveAllowPolicy"])
	if err != nil {
		return false
	}
	if shown.Permission == "allowAll" {
		return target.Permission == "byQueue"
	}
	for _, source := range shown.Sources {
		if !target.Admits(source) {
			return true
		}
	}
	return false
}

// deadLetterSources lists the queues that name this one as dead-letter queue.
func (s *services) deadLetterSources(ctx context.Context, r *topology.Resource) error {
	const operation = "sqs:ListDeadLetterSourceQueues"
	own, err := arn.Parse(r.Key)
	if err != nil {
		return classify(operation, r.Key, err)
	}
	r.Seen.DeadLetterSources = []string{}
	in := &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &r.URL, MaxResults: aws.Int32(1000)}
	for {
		out, err := call(ctx, operation, r.Name, s.sqs.ListDeadLetterSourceQueues, in)
		if isDenied(err) {
			r.Seen.DeadLetterSources = nil
			deny(r, "DeadLetterSources", operation)
			return nil
		}
		if err != nil {
			return err
		}
		for _, url := range out.QueueUrls {
			source := own
			source.Resource = path.Base(url)
			r.Seen.DeadLetterSources = append(r.Seen.DeadLetterSources, source.String())
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// foreign lists who subscribes to a topic besides the object itself; the first page with such subscriptions is enough to name some.
func (s *services) foreign(ctx context.Context, o Observation, r *topology.Resource) error {
	err := s.subscriptions(ctx, r.Key, func(page []types.Subscription) bool {
		for _, sub := range page {
			endpoint := aws.ToString(sub.Endpoint)
			key := topology.SubscriptionKey(r.Key, endpoint)
			_, wanted := o.Want.Find(key)
			_, applied := o.Applied.Find(key)
			if !wanted && !applied && aws.ToString(sub.SubscriptionArn) != "Deleted" {
				r.Seen.Foreign = append(r.Seen.Foreign, endpoint)
			}
		}
		return len(r.Seen.Foreign) == 0
	})
	if isDenied(err) {
		deny(r, "Foreign", "sns:ListSubscriptionsByTopic")
		return nil
	}
	if isAbsent(err) {
		return nil
	}
	return err
}
