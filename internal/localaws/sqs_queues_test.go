package localaws_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestCreateQueueIsIdempotent(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", map[string]string{"VisibilityTimeout": "60", "RedriveAllowPolicy": `{"redrivePermission":"denyAll"}`})
	for name, test := range map[string]struct {
		attributes map[string]string
		differs    string
	}{
		"none sent":          {},
		"the same":           {attributes: map[string]string{"VisibilityTimeout": "60"}},
		"a default":          {attributes: map[string]string{"DelaySeconds": "0"}},
		"document, spaced":   {attributes: map[string]string{"RedriveAllowPolicy": `{ "redrivePermission" : "denyAll" }`}},
		"absent and cleared": {attributes: map[string]string{"KmsMasterKeyId": ""}},
		"another value":      {attributes: map[string]string{"VisibilityTimeout": "61"}, differs: "VisibilityTimeout"},
		"not set yet":        {attributes: map[string]string{"KmsMasterKeyId": "k"}, differs: "KmsMasterKeyId"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.sqs(owner, region).CreateQueue(t.Context(),
				&sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: test.attributes})
			if test.differs == "" {
				wantCode(t, "CreateQueue", err, "")
				return
			}
			wantCode(t, "CreateQueue", err, "QueueAlreadyExists")
			var exists *types.QueueNameExists
			if !errors.As(err, &exists) || !strings.HasSuffix(exists.ErrorMessage(), " for attribute "+test.differs) {
				t.Errorf("got %v, want a QueueNameExists about %s", err, test.differs)
			}
		})
	}
}

func TestQueueNameIsHeldForAMinute(t *testing.T) {
	w := newWorld()
	client := w.sqs(owner, region)
	url, _ := w.queue(t, "q", nil)
	must[*sqs.DeleteQueueOutput](t)(client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url}))
	create := func(c *sqs.Client) error {
		_, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
		return err
	}
	w.pass(59 * time.Second)
	err := create(client)
	wantCode(t, "after 59 s", err, "AWS.SimpleQueueService.QueueDeletedRecently")
	var recently *types.QueueDeletedRecently
	if !errors.As(err, &recently) {
		t.Errorf("got %T, want QueueDeletedRecently", err)
	}
	wantCode(t, "in another account", create(w.sqs(stranger, region)), "")
	wantCode(t, "in another region", create(w.sqs(owner, "eu-west-1")), "")
	w.pass(time.Second)
	wantCode(t, "after 60 s", create(client), "")
}

func TestQueueAttributesRefused(t *testing.T) {
	w := newWorld()
	standard, _ := w.queue(t, "q", nil)
	fifo, _ := w.queue(t, "q.fifo", map[string]string{"FifoQueue": "true"})
	manySids := `{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}`
	for _, test := range []struct{ url, name, value, code string }{
		{standard, "VisibilityTimeout", "43201", "InvalidAttributeValue"},
		{standard, "VisibilityTimeout", "-1", "InvalidAttributeValue"},
		{standard, "VisibilityTimeout", "", "InvalidAttributeValue"},
		{standard, "MessageRetentionPeriod", "59", "InvalidAttributeValue"},
		{standard, "MaximumMessageSize", "1048577", "InvalidAttributeValue"},
		{standard, "SqsManagedSseEnabled", "yes", "InvalidAttributeValue"},
		{standard, "QueueArn", "x", "InvalidAttributeName"},
		{standard, "Nonsense", "x", "InvalidAttributeName"},
		{standard, "ContentBasedDeduplication", "false", "InvalidAttributeName"},
		{standard, "DeduplicationScope", "queue", "InvalidAttributeName"},
		{fifo, "DeduplicationScope", "group", "InvalidAttributeValue"},
		{fifo, "FifoThroughputLimit", "perMessageGroupId", "InvalidAttributeValue"},
		{standard, "Policy", "{", "InvalidAttributeValue"},
		{standard, "Policy", `{"Statement":[]}`, "InvalidAttributeValue"},
		{standard, "Policy", `{"Statement":{"Effect":"Maybe","Principal":"*","Action":"sqs:*","Resource":"*"}}`, "InvalidAttributeValue"},
		{standard, "Policy", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}`, "InvalidAttributeValue"},
		{standard, "Policy", `{"Statement":[` + manySids + strings.Repeat(","+manySids, 20) + `]}`, "OverLimit"},
		{standard, "Policy", `{"Statement":` + manySids + strings.Repeat(" ", 8192) + `}`, "InvalidAttributeValue"},
		{standard, "RedriveAllowPolicy", `{"redrivePermission":"some"}`, "InvalidAttributeValue"},
		{standard, "RedriveAllowPolicy", `{"redrivePermission":"byQueue"}`, "InvalidParameterValue"},
		{standard, "RedriveAllowPolicy", `{"redrivePermission":"denyAll","sourceQueueArns":["arn:aws:sqs:us-east-1:111111111111:q"]}`, "InvalidParameterValue"},
		{standard, "RedriveAllowPolicy", `[`, "InvalidAttributeValue"},
	} {
		t.Run(fmt.Sprintf("%s=%.40s", test.name, test.value), func(t *testing.T) {
			_, err := w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
				QueueUrl: &test.url, Attributes: map[string]string{test.name: test.value},
			})
			wantCode(t, "SetQueueAttributes", err, test.code)
		})
	}
}

func TestRedrivePolicyChecksTheDeadLetterQueue(t *testing.T) {
	w := newWorld()
	_, dlq := w.queue(t, "dlq", nil)
	_, fifoDLQ := w.queue(t, "dlq.fifo", map[string]string{"FifoQueue": "true"})
	_, closed := w.queue(t, "closed", map[string]string{"RedriveAllowPolicy": `{"redrivePermission":"denyAll"}`})
	_, listing := w.queue(t, "listing", map[string]string{
		"RedriveAllowPolicy": `{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:111111111111:listed"]}`,
	})
	const missing = "arn:aws:sqs:us-east-1:111111111111:missing"
	for _, test := range []struct {
		name, target, source, reason string
		count                        any
	}{
		{"allowed", dlq, "a", "", 5},
		{"as text", dlq, "b", "", `"5"`},
		{"itself", "arn:aws:sqs:us-east-1:111111111111:itself", "itself", "", 1},
		{"listed", listing, "listed", "", 5},
		{"not listed", listing, "other", "does not allow", 5},
		{"denied", closed, "c", "does not allow", 5},
		{"missing", missing, "d", "Dead letter target does not exist.", 5},
		{"other type", fifoDLQ, "e", "same type", 5},
		{"other region", "arn:aws:sqs:eu-west-1:111111111111:dlq", "f", "owner should be same", 5},
		{"other account", "arn:aws:sqs:us-east-1:222222222222:dlq", "g", "owner should be same", 5},
		{"malformed", "dlq", "h", "deadLetterTargetArn", 5},
		{"zero", dlq, "i", "valid values are from 1 to 1000", 0},
		{"too many", dlq, "j", "valid values are from 1 to 1000", 1001},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{
				QueueName: &test.source,
				Attributes: map[string]string{
					"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%v}`, test.target, test.count),
				},
			})
			if test.reason == "" {
				wantCode(t, "CreateQueue", err, "")
				return
			}
			wantCode(t, "CreateQueue", err, "InvalidParameterValue")
			if err != nil && !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want the reason %q", err, test.reason)
			}
		})
	}
	sources := must[*sqs.ListDeadLetterSourceQueuesOutput](t)(w.sqs(owner, region).ListDeadLetterSourceQueues(t.Context(),
		&sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String("dlq")}))
	want := []string{
		"https://sqs.us-east-1.amazonaws.com/111111111111/a", "https://sqs.us-east-1.amazonaws.com/111111111111/b",
	}
	if diff := cmp.Diff(want, sources.QueueUrls); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestEncryptionFlips(t *testing.T) {
	w := newWorld()
	url, _ := w.queue(t, "q", nil)
	client := w.sqs(owner, region)
	for _, step := range []struct {
		set, want map[string]string
		code      string
	}{
		{nil, map[string]string{"SqsManagedSseEnabled": "true"}, ""},
		{
			map[string]string{"KmsMasterKeyId": "alias/none"},
			map[string]string{"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/none", "KmsDataKeyReusePeriodSeconds": "300"},
			"",
		},
		{
			map[string]string{"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"},
			map[string]string{"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/none", "KmsDataKeyReusePeriodSeconds": "300"},
			"InvalidAttributeName",
		},
		{map[string]string{"SqsManagedSseEnabled": "true"}, map[string]string{"SqsManagedSseEnabled": "true"}, ""},
		{
			map[string]string{"KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "60"},
			map[string]string{"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "k", "KmsDataKeyReusePeriodSeconds": "60"},
			"",
		},
		{map[string]string{"KmsMasterKeyId": ""}, map[string]string{"SqsManagedSseEnabled": "false"}, ""},
		{map[string]string{"SqsManagedSseEnabled": "true"}, map[string]string{"SqsManagedSseEnabled": "true"}, ""},
	} {
		if step.set != nil {
			_, err := client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: step.set})
			wantCode(t, fmt.Sprint("setting ", step.set), err, step.code)
		}
		got := must[*sqs.GetQueueAttributesOutput](t)(client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
				"SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds",
			},
		}))
		if diff := cmp.Diff(step.want, got.Attributes); diff != "" {
			t.Errorf("after setting %v (-want +got):\n%s", step.set, diff)
		}
	}
}

func TestQueuesOfOtherAccountsAndRegions(t *testing.T) {
	w := newWorld()
	url, arn := w.queue(t, "q", nil)
	get := func(account, in string) error {
		_, err := w.sqs(account, in).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url})
		return err
	}
	wantCode(t, "other region", get(owner, "eu-west-1"), "AWS.SimpleQueueService.NonExistentQueue")
	wantCode(t, "other account", get(stranger, region), "AccessDenied")
	policy := fmt.Sprintf(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":"sqs:*","Resource":%q}]}`, stranger, arn)
	must[*sqs.SetQueueAttributesOutput](t)(w.sqs(owner, region).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{"Policy": policy},
	}))
	wantCode(t, "granted", get(stranger, region), "")
	_, err := w.sqs(stranger, region).DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
	wantCode(t, "what no policy can grant", err, "AccessDenied")
	found := must[*sqs.GetQueueUrlOutput](t)(w.sqs(stranger, region).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{
		QueueName: aws.String("q"), QueueOwnerAWSAccountId: aws.String(owner),
	}))
	if *found.QueueUrl != url {
		t.Errorf("got URL %s, want %s", *found.QueueUrl, url)
	}
}

func TestListQueuesPages(t *testing.T) {
	w := newWorld()
	for i := range 5 {
		w.queue(t, fmt.Sprintf("orders-%d", i), nil)
	}
	w.queue(t, "other", nil)
	pages := sqs.NewListQueuesPaginator(w.sqs(owner, region),
		&sqs.ListQueuesInput{QueueNamePrefix: aws.String("orders"), MaxResults: aws.Int32(2)})
	var sizes []int
	for pages.HasMorePages() {
		sizes = append(sizes, len(must[*sqs.ListQueuesOutput](t)(pages.NextPage(t.Context())).QueueUrls))
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
	_, err := w.sqs(owner, region).ListQueues(t.Context(), &sqs.ListQueuesInput{NextToken: aws.String("?")})
	wantCode(t, "a token that is none", err, "InvalidParameterValue")
}
