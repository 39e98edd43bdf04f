package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// What somebody else in the account sees and does, through the SDK. A resource is called queue/NAME, topic/NAME, alarm/NAME or subscription/TOPIC/QUEUE; its
// fields are AWS's attributes, Policy[SID] and Tags[KEY], as in an inventory.

type quickAWS struct {
	aws *localaws.Server
	sqs *sqs.Client
	sns *sns.Client
	kms *kms.Client

	cloudwatch *cloudwatch.Client
}

func (w *quickWorld) hands() quickAWS {
	w.lastWrite = w.clock.Now()
	return quickAWS{aws: w.aws}.in("us-east-1")
}

// in is the same in another region.
func (h quickAWS) in(region string) quickAWS {
	config := aws.Config{
		Region: region, HTTPClient: h.aws.HTTPClient(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: quickHands, SecretAccessKey: "secret"}, nil
		}),
	}
	return quickAWS{aws: h.aws, sqs: sqs.NewFromConfig(config), sns: sns.NewFromConfig(config), kms: kms.NewFromConfig(config), cloudwatch: cloudwatch.NewFromConfig(config)}
}

func quickARN(service, name string) string {
	return "arn:aws:" + service + ":us-east-1:" + quickAccount + ":" + name
}

func (h quickAWS) url(name string) string {
	out, err := h.sqs.GetQueueUrl(context.Background(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return ""
	}
	return *out.QueueUrl
}

// fields reads all of a resource as AWS shows it; nil where it does not exist.
func (h quickAWS) fields(resource string) map[string]string {
	kind, name, _ := strings.Cut(resource, "/")
	ctx, out := context.Background(), map[string]string{}
	switch kind {
	case "queue":
		url := h.url(name)
		attributes, err := h.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		if err != nil {
			return nil
		}
		maps.Copy(out, attributes.Attributes)
		tags, err := h.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
		if err != nil {
			return nil
		}
		for k, v := range tags.Tags {
			out[topology.TagField(k)] = v
		}
	case "topic":
		arn := quickARN("sns", name)
		attributes, err := h.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
		if err != nil {
			return nil
		}
		maps.Copy(out, attributes.Attributes)
		tags, err := h.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil {
			return nil
		}
		for _, tag := range tags.Tags {
			out[topology.TagField(*tag.Key)] = *tag.Value
		}
	case "subscription":
		topic, queue, _ := strings.Cut(name, "/")
		attributes, err := h.sns.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: aws.String(h.subscription(topic, queue))})
		if err != nil {
			return nil
		}
		maps.Copy(out, attributes.Attributes)
	case "alarm":
		return h.alarmFields(h.alarm(name))
	}
	splitPolicy(out)
	return out
}

// splitPolicy turns the attribute Policy into its statements.
func splitPolicy(fields map[string]string) {
	for _, s := range statementsOf(fields["Policy"]) {
		text, _ := json.Marshal(s)
		fields[topology.PolicyField(fmt.Sprint(s["Sid"]))] = string(text)
	}
	delete(fields, "Policy")
}

func statementsOf(policy string) []map[string]any {
	var document struct{ Statement []map[string]any }
	_ = json.Unmarshal([]byte(policy), &document)
	return document.Statement
}

// subscription finds the ARN of a subscription.
func (h quickAWS) subscription(topic, queue string) string {
	out, err := h.sns.ListSubscriptionsByTopic(context.Background(), &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(quickARN("sns", topic))})
	if err != nil {
		return ""
	}
	for _, s := range out.Subscriptions {
		if *s.Endpoint == quickARN("sqs", queue) {
			return *s.SubscriptionArn
		}
	}
	return ""
}

// set changes one field of a resource; the empty value takes it away. The error is AWS's.
func (h quickAWS) set(resource, field, value string) error {
	kind, name, _ := strings.Cut(resource, "/")
	group, member := topology.CutField(field)
	switch {
	case kind == "alarm" && group != "Tags":
		return h.setAlarm(name, field, value)
	case group == "Tags":
		return h.tag(kind, name, member, value)
	case group == "Policy":
		return h.attribute(kind, name, "Policy", h.policyWith(kind, name, member, value))
	}
	return h.attribute(kind, name, field, value)
}

func (h quickAWS) attribute(kind, name, field, value string) error {
	ctx := context.Background()
	var err error
	switch kind {
	case "queue":
		_, err = h.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(h.url(name)), Attributes: map[string]string{field: value}})
	case "topic":
		_, err = h.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: aws.String(quickARN("sns", name)), AttributeName: &field, AttributeValue: &value})
	case "subscription":
		topic, queue, _ := strings.Cut(name, "/")
		_, err = h.sns.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: aws.String(h.subscription(topic, queue)), AttributeName: &field, AttributeValue: &value,
		})
	}
	return err
}

func (h quickAWS) tag(kind, name, key, value string) error {
	ctx := context.Background()
	var err error
	switch {
	case kind == "alarm":
		err = h.tagAlarm(name, key, value)
	case kind == "queue" && value == "":
		_, err = h.sqs.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: aws.String(h.url(name)), TagKeys: []string{key}})
	case kind == "queue":
		_, err = h.sqs.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: aws.String(h.url(name)), Tags: map[string]string{key: value}})
	case value == "":
		_, err = h.sns.UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: aws.String(quickARN("sns", name)), TagKeys: []string{key}})
	default:
		_, err = h.sns.TagResource(ctx, &sns.TagResourceInput{ResourceArn: aws.String(quickARN("sns", name)), Tags: []snstypes.Tag{{Key: &key, Value: &value}}})
	}
	return err
}

// policyWith is the policy of a queue or topic with a statement put in, or taken out where it is empty. A topic cannot be without a policy.
func (h quickAWS) policyWith(kind, name, sid, statement string) string {
	policy := ""
	if kind == "queue" {
		out, err := h.sqs.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(h.url(name)), AttributeNames: []sqstypes.QueueAttributeName{"Policy"}})
		if err == nil {
			policy = out.Attributes["Policy"]
		}
	} else if out, err := h.sns.GetTopicAttributes(context.Background(), &sns.GetTopicAttributesInput{TopicArn: aws.String(quickARN("sns", name))}); err == nil {
		policy = out.Attributes["Policy"]
	}
	statements := slices.DeleteFunc(statementsOf(policy), func(s map[string]any) bool { return s["Sid"] == sid })
	if statement != "" {
		var added map[string]any
		_ = json.Unmarshal([]byte(statement), &added)
		statements = append(statements, added)
	}
	if len(statements) == 0 {
		return ""
	}
	text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	return string(text)
}

// remove deletes a resource.
func (h quickAWS) remove(resource string) error {
	kind, name, _ := strings.Cut(resource, "/")
	ctx := context.Background()
	var err error
	switch kind {
	case "queue":
		_, err = h.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(h.url(name))})
	case "topic":
		_, err = h.sns.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(quickARN("sns", name))})
	case "alarm":
		err = h.deleteAlarm(name)
	case "subscription":
		topic, queue, _ := strings.Cut(name, "/")
		_, err = h.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: aws.String(h.subscription(topic, queue))})
	}
	return err
}

// createKey makes a KMS key of a name that every service of the specs may use.
func (h quickAWS) createKey(alias string) error {
	ctx := context.Background()
	key, err := h.kms.CreateKey(ctx, &kms.CreateKeyInput{Policy: aws.String(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + quickAccount + `:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","s3.amazonaws.com","events.amazonaws.com"]},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}]}`)})
	if err != nil {
		return err
	}
	_, err = h.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: key.KeyMetadata.KeyId})
	return err
}

// createQueue, createTopic and subscribe make what is not Skein's.
func (h quickAWS) createQueue(name string, attributes, tags map[string]string) error {
	_, err := h.sqs.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: tags})
	return err
}

func (h quickAWS) createTopic(name string) error {
	_, err := h.sns.CreateTopic(context.Background(), &sns.CreateTopicInput{Name: &name, Tags: []snstypes.Tag{{Key: aws.String("theirs"), Value: aws.String("1")}}})
	return err
}

func (h quickAWS) subscribe(topic, queue string) error {
	_, err := h.sns.Subscribe(context.Background(), &sns.SubscribeInput{
		TopicArn: aws.String(quickARN("sns", topic)), Protocol: aws.String("sqs"), Endpoint: aws.String(quickARN("sqs", queue)),
		Attributes: map[string]string{"FilterPolicy": `{"theirs":["1"]}`},
	})
	return err
}

// everything is all that the account holds, by resource and field: what is compared.
func (h quickAWS) everything() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, account := range h.aws.Holdings().Accounts {
		for _, region := range account.Regions {
			for _, q := range region.Queues {
				out["queue/"+q.Name] = heldFields(q.Attributes, q.Tags)
			}
			for _, t := range region.Topics {
				out["topic/"+t.Name] = heldFields(t.Attributes, t.Tags)
				for _, s := range t.Subscriptions {
					out["subscription/"+t.Name+"/"+nameOfARN(s.Endpoint)] = map[string]string{
						"RawMessageDelivery": fmt.Sprint(s.RawMessageDelivery), "FilterPolicy": string(s.FilterPolicy), "FilterPolicyScope": s.FilterPolicyScope,
						"RedrivePolicy": s.RedriveTarget, "Pending": fmt.Sprint(s.Pending), "Owner": s.Owner,
					}
				}
			}
		}
	}
	for _, m := range h.alarms() {
		out["alarm/"+*m.AlarmName] = h.alarmFields(&m)
	}
	return out
}

func heldFields(attributes, tags map[string]string) map[string]string {
	fields := maps.Clone(attributes)
	for k, v := range tags {
		fields[topology.TagField(k)] = v
	}
	splitPolicy(fields)
	return fields
}
