package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"
)

func TestTopicAttributesRefused(t *testing.T) {
	w := newWorld()
	standard := w.topic(t, "topic", nil)
	foreign := `{"Statement":{"Effect":"Allow","Principal":"*","Action":%q,"Resource":%q}}`
	for _, test := range []struct{ name, value, message string }{
		{"DisplayName", strings.Repeat("x", 101), "Invalid parameter: DisplayName"},
		{"SignatureVersion", "3", "Invalid parameter: SignatureVersion"},
		{"TracingConfig", "On", "Invalid parameter: TracingConfig"},
		{"FifoTopic", "true", "Invalid parameter: AttributeName"},
		{"Nonsense", "x", "Invalid parameter: AttributeName"},
		{"ContentBasedDeduplication", "true", "Invalid parameter: ContentBasedDeduplication can only be set for FIFO topics"},
		{"SQSSuccessFeedbackSampleRate", "101", "Invalid parameter: SQSSuccessFeedbackSampleRate"},
		{"Policy", "{", "Invalid parameter: Policy Error: null"},
		{"Policy", fmt.Sprintf(foreign, "sns:CreateTopic", standard), "Invalid parameter: Policy statement action out of service scope!"},
		{"Policy", fmt.Sprintf(foreign, "sns:Publish", standard+"x"), "Invalid parameter: Policy statement resource must be the topic"},
		{"DeliveryPolicy", "{x}", "Invalid parameter: DeliveryPolicy: failed to parse JSON. Unexpected character ('x' (code 120)): " +
			"was expecting double-quote to start field name"},
		{"DeliveryPolicy", "x", "Invalid parameter: DeliveryPolicy: failed to parse JSON. Unrecognized token 'x': " +
			"was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"},
	} {
		t.Run(fmt.Sprintf("%s=%.20s", test.name, test.value), func(t *testing.T) {
			_, err := w.sns(owner, region).SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
				TopicArn: &standard, AttributeName: &test.name, AttributeValue: &test.value,
			})
			wantCode(t, "SetTopicAttributes", err, "InvalidParameter")
			if err != nil && !strings.HasSuffix(err.Error(), test.message) {
				t.Errorf("got %v, want %q", err, test.message)
			}
		})
	}
}

func TestTopicsOfOtherAccountsAndRegions(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	get := func(account, in, arn string) error {
		_, err := w.sns(account, in).GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &arn})
		return err
	}
	wantCode(t, "other region", get(owner, "eu-west-1", arn), "InvalidParameter")
	wantCode(t, "missing", get(owner, region, arn+"x"), "NotFound")
	wantCode(t, "other account", get(stranger, region, arn), "AuthorizationError")
	_, err := w.sns(owner, region).ListTagsForResource(t.Context(), &sns.ListTagsForResourceInput{ResourceArn: aws.String(arn + "x")})
	wantCode(t, "tags of a missing topic", err, "ResourceNotFound")
	must[*sns.AddPermissionOutput](t)(w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &arn, Label: aws.String("them"), AWSAccountId: []string{stranger}, ActionName: []string{"GetTopicAttributes"},
	}))
	wantCode(t, "granted", get(stranger, region, arn), "")
}

func TestTagLimit(t *testing.T) {
	w := newWorld()
	arn := w.topic(t, "topic", nil)
	var tags []types.Tag
	for i := range 51 {
		tags = append(tags, types.Tag{Key: aws.String(fmt.Sprint("k", i)), Value: aws.String("")})
	}
	put := func(tags []types.Tag) error {
		_, err := w.sns(owner, region).TagResource(t.Context(), &sns.TagResourceInput{ResourceArn: &arn, Tags: tags})
		return err
	}
	wantCode(t, "50 tags", put(tags[:50]), "")
	wantCode(t, "one more", put(tags[50:]), "TagLimitExceeded")
	listed := must[*sns.ListTagsForResourceOutput](t)(w.sns(owner, region).ListTagsForResource(t.Context(),
		&sns.ListTagsForResourceInput{ResourceArn: &arn}))
	if len(listed.Tags) != 50 || listed.Tags[0].Value == nil {
		t.Errorf("got %d tags, the first %+v; want 50 with empty values", len(listed.Tags), listed.Tags[0])
	}
}

// subscribe subscribes a queue as an account.
func (w world) subscribe(t *testing.T, account, topic, endpoint string, attributes map[string]string) (string, error) {
	t.Helper()
	out, err := w.sns(account, region).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &endpoint, Attributes: attributes, ReturnSubscriptionArn: true,
	})
	if err != nil {
		return "", err
	}
	return *out.SubscriptionArn, nil
}

func (w world) subscriptionAttributes(t *testing.T, account, arn string) map[string]string {
	t.Helper()
	return must[*sns.GetSubscriptionAttributesOutput](t)(w.sns(account, region).GetSubscriptionAttributes(t.Context(),
		&sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})).Attributes
}

func TestSubscriptionAcrossAccounts(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	const theirQueue = "arn:aws:sqs:us-east-1:222222222222:q"
	_, err := w.subscribe(t, stranger, topic, theirQueue, nil)
	wantCode(t, "a topic that grants nothing", err, "AuthorizationError")
	arn, err := w.subscribe(t, owner, topic, theirQueue, nil)
	wantCode(t, "by the topic's owner", err, "")
	if got := w.subscriptionAttributes(t, owner, arn)["PendingConfirmation"]; got != "true" {
		t.Errorf("PendingConfirmation is %q, want true", got)
	}
	listed := must[*sns.ListSubscriptionsByTopicOutput](t)(w.sns(owner, region).ListSubscriptionsByTopic(t.Context(),
		&sns.ListSubscriptionsByTopicInput{TopicArn: &topic}))
	if got := *listed.Subscriptions[0].SubscriptionArn; got != "PendingConfirmation" {
		t.Errorf("listed as %q, want PendingConfirmation", got)
	}
	_, err = w.sns(owner, region).Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &arn})
	wantCode(t, "deleting what is pending", err, "InvalidParameter")
	confirmed := must[*sns.ConfirmSubscriptionOutput](t)(w.sns(stranger, region).ConfirmSubscription(t.Context(),
		&sns.ConfirmSubscriptionInput{TopicArn: &topic, Token: aws.String(w.PendingToken(arn))}))
	if *confirmed.SubscriptionArn != arn || w.PendingToken(arn) != "" {
		t.Errorf("confirmed %s, token left %q; want %s and none", *confirmed.SubscriptionArn, w.PendingToken(arn), arn)
	}
	got := w.subscriptionAttributes(t, owner, arn)
	if got["PendingConfirmation"] != "false" || got["Owner"] != stranger {
		t.Errorf("got %v, want it confirmed and owned by %s", got, stranger)
	}
}

func TestSubscribeByTheQueuesOwner(t *testing.T) {
	w := newWorld()
	topic := w.topic(t, "topic", nil)
	must[*sns.AddPermissionOutput](t)(w.sns(owner, region).AddPermission(t.Context(), &sns.AddPermissionInput{
		TopicArn: &topic, Label: aws.String("them"), AWSAccountId: []string{stranger}, ActionName: []string{"Subscribe"},
	}))
	arn, err := w.subscribe(t, stranger, topic, "arn:aws:sqs:us-east-1:222222222222:q", nil)
	wantCode(t, "Subscribe", err, "")
	if got := w.subscriptionAttributes(t, stranger, arn)["PendingConfirmation"]; got != "false" {
		t.Errorf("PendingConfirmation is %q, want false", got)
	}
}

func TestSubscribeFIFO(t *testing.T) {
	w := newWorld()
	standard, fifo := w.topic(t, "topic", nil), w.topic(t, "topic.fifo", map[string]string{"FifoTopic": "true"})
	const queue, fifoQueue = "arn:aws:sqs:us-east-1:111111111111:q", "arn:aws:sqs:us-east-1:111111111111:q.fifo"
	redrive := func(arn string) map[string]string {
		return map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q}`, arn)}
	}
	for name, test := range map[string]struct {
		topic, queue string
		attributes   map[string]string
		code         string
	}{
		"standard to standard":                {standard, queue, nil, ""},
		"fifo to fifo":                        {fifo, fifoQueue, nil, ""},
		"fifo to standard":                    {fifo, queue, redrive(queue), ""},
		"standard to fifo":                    {standard, fifoQueue, nil, "InvalidParameter"},
		"fifo to fifo, standard DLQ":          {fifo, fifoQueue + ".fifo", redrive(queue), "InvalidParameter"},
		"fifo to other fifo, standard DLQ":    {fifo, "arn:aws:sqs:us-east-1:111111111111:r.fifo", redrive(queue), "InvalidParameter"},
		"fifo to other fifo, FIFO DLQ":        {fifo, "arn:aws:sqs:us-east-1:111111111111:s.fifo", redrive(fifoQueue), ""},
		"dead letters in another region":      {standard, "arn:aws:sqs:us-east-1:111111111111:t", redrive("arn:aws:sqs:eu-west-1:111111111111:d"), "InvalidParameter"},
		"a queue in another region":           {standard, "arn:aws:sqs:eu-west-1:111111111111:q", nil, ""},
		"what is no queue":                    {standard, "arn:aws:lambda:us-east-1:111111111111:function:f", nil, "InvalidParameter"},
		"a topic that does not exist":         {standard + "x", queue, nil, "NotFound"},
		"an attribute that does not exist":    {standard, queue, map[string]string{"X": "y"}, "InvalidParameter"},
		"raw delivery that is not true/false": {standard, queue, map[string]string{"RawMessageDelivery": ""}, "InvalidParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.subscribe(t, owner, test.topic, test.queue, test.attributes)
			wantCode(t, "Subscribe", err, test.code)
		})
	}
}

func TestFilterScopeIsRememberedWhileInvisible(t *testing.T) {
	w := newWorld()
	arn, err := w.subscribe(t, owner, w.topic(t, "topic", nil), "arn:aws:sqs:us-east-1:111111111111:q", nil)
	wantCode(t, "Subscribe", err, "")
	set := func(name, value string) error {
		_, err := w.sns(owner, region).SetSubscriptionAttributes(t.Context(), &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &arn, AttributeName: &name, AttributeValue: &value,
		})
		return err
	}
	seen := func() [2]string {
		all := w.subscriptionAttributes(t, owner, arn)
		return [2]string{all["FilterPolicy"], all["FilterPolicyScope"]}
	}
	const nested = `{"a":{"b":["c"]}}`
	wantCode(t, "nested before the scope", set("FilterPolicy", nested), "InvalidParameter")
	wantCode(t, "the scope", set("FilterPolicyScope", "MessageBody"), "")
	if diff := cmp.Diff([2]string{}, seen()); diff != "" {
		t.Errorf("scope without policy (-want +got):\n%s", diff)
	}
	wantCode(t, "nested after the scope", set("FilterPolicy", nested), "")
	if diff := cmp.Diff([2]string{nested, "MessageBody"}, seen()); diff != "" {
		t.Errorf("scope with policy (-want +got):\n%s", diff)
	}
	wantCode(t, "a scope that the policy does not fit", set("FilterPolicyScope", "MessageAttributes"), "InvalidParameter")
	wantCode(t, "clearing", set("FilterPolicy", ""), "")
	wantCode(t, "nested again", set("FilterPolicy", nested), "")
}

func TestDeleteTopicTakesItsSubscriptions(t *testing.T) {
	w := newWorld()
	topic, other := w.topic(t, "topic", nil), w.topic(t, "topic-2", nil)
	const queue = "arn:aws:sqs:us-east-1:111111111111:q"
	gone, _ := w.subscribe(t, owner, topic, queue, nil)
	kept, _ := w.subscribe(t, owner, other, queue, nil)
	must[*sns.DeleteTopicOutput](t)(w.sns(owner, region).DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: &topic}))
	_, err := w.sns(owner, region).GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: &gone})
	wantCode(t, "its subscription", err, "NotFound")
	w.subscriptionAttributes(t, owner, kept)
	w.topic(t, "topic", nil)
	again, _ := w.subscribe(t, owner, topic, queue, nil)
	if again == gone {
		t.Errorf("the new subscription has the old ARN %s", gone)
	}
	listed := must[*sns.ListSubscriptionsOutput](t)(w.sns(owner, region).ListSubscriptions(t.Context(), &sns.ListSubscriptionsInput{}))
	if len(listed.Subscriptions) != 2 {
		t.Errorf("listed %d subscriptions, want 2", len(listed.Subscriptions))
	}
}
