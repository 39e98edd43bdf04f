package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/skein-dev/skein/internal/plan"
)

// topic carries out a step of a topic.
func (w *work) topic(ctx context.Context) error {
	r := w.step.Resource
	if err := w.client.mine(r); err != nil {
		return err
	}
	switch w.step.Action {
	case plan.Create:
		return w.createTopic(ctx)
	case plan.Delete:
		_, err := call(ctx, "sns:DeleteTopic", r.Key, w.services.sns.DeleteTopic, &sns.DeleteTopicInput{TopicArn: &r.Key})
		w.client.topics.forget(r.Key)
		if err != nil && !isAbsent(err) {
			return err
		}
		w.client.tags.forget(r.Key)
		return nil
	default:
		return w.updateTopic(ctx)
	}
}

func (w *work) createTopic(ctx context.Context) error {
	r := w.step.Resource
	var out *sns.CreateTopicOutput
	_, err := w.accepted(w.step.Attributes, func(attributes map[string]string) error {
		return w.without(attributes, w.step.Tags, func() (err error) {
			out, err = call(ctx, "sns:CreateTopic", r.Name, w.services.sns.CreateTopic,
				&sns.CreateTopicInput{Name: &r.Name, Attributes: w.having(attributes), Tags: snsTags(w.tags())})
			return err
		})
	})
	w.client.topics.forget(r.Key)
	if err != nil {
		return err
	}
	w.outcome.ARN = aws.ToString(out.TopicArn)
	w.created()
	return nil
}

// updateTopic sets one attribute a call, as SNS wants it.
func (w *work) updateTopic(ctx context.Context) error {
	key := w.step.Resource.Key
	if err := w.without(nil, w.step.Tags, func() error {
		if len(w.tags()) == 0 {
			return nil
		}
		_, err := call(ctx, "sns:TagResource", key, w.services.sns.TagResource, &sns.TagResourceInput{ResourceArn: &key, Tags: snsTags(w.tags())})
		return err
	}); err != nil {
		return err
	}
	w.tagged(w.tags(), nil)
	for _, attributes := range w.step.Set {
		for _, name := range keys(attributes) {
			sent, err := w.accepted(map[string]string{name: attributes[name]}, func(one map[string]string) error {
				return w.without(one, nil, func() error { return w.setTopic(ctx, key, w.having(one)) })
			})
			if err != nil {
				w.client.topics.forget(key)
				return err
			}
			sent = w.having(sent)
			w.applied(keys(sent)...)
			w.client.topics.change(key, written(sent))
		}
	}
	if len(w.step.Untag) > 0 {
		if _, err := call(ctx, "sns:UntagResource", key, w.services.sns.UntagResource,
			&sns.UntagResourceInput{ResourceArn: &key, TagKeys: w.step.Untag}); err != nil {
			return err
		}
		w.tagged(nil, w.step.Untag)
	}
	return nil
}

// setTopic sets one attribute, or none.
func (w *work) setTopic(ctx context.Context, key string, one map[string]string) error {
	for name, value := range one {
		if _, err := call(ctx, "sns:SetTopicAttributes", key, w.services.sns.SetTopicAttributes,
			&sns.SetTopicAttributesInput{TopicArn: &key, AttributeName: &name, AttributeValue: &value}); err != nil {
			return err
		}
	}
	return nil
}

func snsTags(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range keys(tags) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}
