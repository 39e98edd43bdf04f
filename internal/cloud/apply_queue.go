package cloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// queue carries out a step of a queue.
func (w *work) queue(ctx context.Context) error {
	if err := w.client.mine(w.step.Resource); err != nil {
		return err
	}
	switch w.step.Action {
	case plan.Create:
		return w.createQueue(ctx)
	case plan.Delete:
		return w.deleteQueue(ctx)
	default:
		return w.updateQueue(ctx)
	}
}

func (w *work) createQueue(ctx context.Context) error {
	r := w.step.Resource
	var out *sqs.CreateQueueOutput
	if _, err := w.accepted(w.step.Attributes, func(attributes map[string]string) error {
		return w.without(attributes, w.step.Tags, func() (err error) {
			out, err = call(ctx, "sqs:CreateQueue", r.Name, w.services.sqs.CreateQueue,
				&sqs.CreateQueueInput{QueueName: &r.Name, Attributes: w.having(attributes), Tags: w.tags()})
			return err
		})
	}); err != nil {
		return err
	}
	w.outcome.ARN, w.outcome.URL = r.Key, aws.ToString(out.QueueUrl)
	w.created()
	w.client.queues.forget(r.Key)
	return nil
}

func (w *work) updateQueue(ctx context.Context) error {
	r := w.step.Resource
	if err := w.findURL(ctx, &r); err != nil {
		return err
	}
	if err := w.without(nil, w.step.Tags, func() error {
		if len(w.tags()) == 0 {
			return nil
		}
		_, err := call(ctx, "sqs:TagQueue", r.Name, w.services.sqs.TagQueue, &sqs.TagQueueInput{QueueUrl: &r.URL, Tags: w.tags()})
		return err
	}); err != nil {
		return err
	}
	w.tagged(w.tags(), nil)
	for _, attributes := range w.step.Set {
		sent, err := w.accepted(attributes, func(attributes map[string]string) error {
			return w.without(attributes, nil, func() error { return w.setQueue(ctx, r, w.having(attributes)) })
		})
		if err != nil {
			return err
		}
		sent = w.having(sent)
		w.applied(keys(sent)...)
		w.client.queues.change(r.Key, written(sent))
	}
	if len(w.step.Untag) > 0 {
		if _, err := call(ctx, "sqs:UntagQueue", r.Name, w.services.sqs.UntagQueue, &sqs.UntagQueueInput{QueueUrl: &r.URL, TagKeys: w.step.Untag}); err != nil {
			return err
		}
		w.tagged(nil, w.step.Untag)
	}
	return nil
}

func (w *work) setQueue(ctx context.Context, r topology.Resource, attributes map[string]string) error {
	if len(attributes) == 0 {
		return nil
	}
	_, err := call(ctx, "sqs:SetQueueAttributes", r.Name, w.services.sqs.SetQueueAttributes,
		&sqs.SetQueueAttributesInput{QueueUrl: &r.URL, Attributes: attributes})
	return err
}

func (w *work) deleteQueue(ctx context.Context) error {
	r := w.step.Resource
	err := w.findURL(ctx, &r)
	if err == nil {
		_, err = call(ctx, "sqs:DeleteQueue", r.Name, w.services.sqs.DeleteQueue, &sqs.DeleteQueueInput{QueueUrl: &r.URL})
	}
	if err != nil && !isAbsent(err) {
		return err
	}
	w.client.tags.forget(r.Key)
	w.client.queues.forget(r.Key)
	return nil
}

// findURL asks for the URL of a queue where the step does not know it.
func (w *work) findURL(ctx context.Context, r *topology.Resource) error {
	if r.URL != "" {
		return nil
	}
	url, err := w.services.queueURL(ctx, r.Key)
	if err != nil {
		return err
	}
	if url == "" {
		return &fault.Error{
			Class: fault.Conflict, Reason: reasonLookAgain, Operation: "sqs:GetQueueUrl", Resource: r.Name,
			Code: "QueueDoesNotExist", Message: "the queue does not exist",
		}
	}
	r.URL, w.outcome.URL = url, url
	return nil
}

// written brings attributes that were read up to date with those that were set. Reads in use elsewhere keep theirs.
func written(attributes map[string]string) func(topology.Reference) topology.Reference {
	return func(r topology.Reference) topology.Reference {
		if r.Existence != topology.Present {
			return r
		}
		r.Attributes = maps.Clone(r.Attributes)
		if r.Attributes == nil {
			r.Attributes = map[string]string{}
		}
		for k, v := range attributes {
			if v == "" {
				delete(r.Attributes, k)
			} else {
				r.Attributes[k] = v
			}
		}
		return r
	}
}
