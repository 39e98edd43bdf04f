package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/localaws"
)

func TestQueueNames(t *testing.T) {
	w := newWorld()
	const (
		standardRule = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
		fifoRule     = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, " +
			"must end with .fifo suffix and be 1 to 80 in length."
	)
	for _, test := range []struct {
		name string
		fifo bool
		rule string
	}{
		{strings.Repeat("q", 80), false, ""},
		{strings.Repeat("q", 81), false, standardRule},
		{"Q-1_z", false, ""},
		{"q.1", false, standardRule},
		{"q 1", false, standardRule},
		{"ü", false, standardRule},
		{"q.fifo", false, standardRule},
		{strings.Repeat("q", 75) + ".fifo", true, ""},
		{strings.Repeat("q", 76) + ".fifo", true, fifoRule},
		{".fifo", true, fifoRule},
		{"q", true, fifoRule},
		{"q.FIFO", true, fifoRule},
		{"", false, "Queue name cannot be empty"},
		{"", true, "Queue name cannot be empty"},
	} {
		t.Run(fmt.Sprintf("%.10s of %d, fifo %t", test.name, len(test.name), test.fifo), func(t *testing.T) {
			in := &sqs.CreateQueueInput{QueueName: &test.name}
			if test.fifo {
				in.Attributes = map[string]string{"FifoQueue": "true"}
			}
			_, err := w.sqs(owner, region).CreateQueue(t.Context(), in)
			if test.rule == "" {
				wantCode(t, "CreateQueue", err, "")
				return
			}
			wantMessage(t, "CreateQueue", err, "InvalidParameterValue", test.rule)
		})
	}
}

func TestQueueNamesAreCaseSensitive(t *testing.T) {
	w := newWorld()
	lower, _ := w.queue(t, "queue", nil)
	upper, _ := w.queue(t, "Queue", map[string]string{"DelaySeconds": "1"})
	if lower == upper {
		t.Errorf("queue and Queue have the same URL %s", lower)
	}
}

// AWS was seen to do both; see WithQueueTagComparison.
func TestCreateQueueAgainWithOtherTags(t *testing.T) {
	for name, test := range map[string]struct {
		options []localaws.Option
		refused bool
	}{
		"not compared": {nil, false},
		"compared":     {[]localaws.Option{localaws.WithQueueTagComparison()}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(test.options...)
			create := func(tags map[string]string) error {
				_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Tags: tags})
				return err
			}
			wantCode(t, "at first", create(map[string]string{"a": "1", "b": "2"}), "")
			wantCode(t, "no tags", create(nil), "")
			wantCode(t, "fewer tags", create(map[string]string{"a": "1"}), "")
			for what, tags := range map[string]map[string]string{"another value": {"a": "2"}, "another tag": {"a": "1", "c": "3"}} {
				if test.refused {
					wantCode(t, what, create(tags), "QueueAlreadyExists")
				} else {
					wantCode(t, what, create(tags), "")
				}
			}
			kept := must[*sqs.ListQueueTagsOutput](t)(w.sqs(owner, region).ListQueueTags(t.Context(),
				&sqs.ListQueueTagsInput{QueueUrl: aws.String("q")})).Tags
			if len(kept) != 2 || kept["a"] != "1" {
				t.Errorf("the tags are %v, want those of the first call", kept)
			}
		})
	}
}

func TestQueueTagRules(t *testing.T) {
	w := newWorld()
	w.queue(t, "q", nil)
	put := func(tags map[string]string) error {
		_, err := w.sqs(owner, region).TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: aws.String("q"), Tags: tags})
		return err
	}
	const invalid = "InvalidParameterValue"
	for name, test := range map[string]struct{ key, value, code, message string }{
		"longest":        {strings.Repeat("k", 128), strings.Repeat("v", 256), "", ""},
		"no value":       {"k", "", "", ""},
		"no key":         {"", "v", invalid, "Tag keys must be between 1 and 128 characters in length."},
		"key too long":   {strings.Repeat("k", 129), "v", invalid, "Tag keys must be between 1 and 128 characters in length."},
		"value too long": {"k", strings.Repeat("v", 257), invalid, "Tag values must be between 0 and 256 characters in length."},
		"AWS's own":      {"aws:k", "v", invalid, "aws: prefixed tag key names are not allowed for external use."},
	} {
		t.Run(name, func(t *testing.T) {
			wantMessage(t, "TagQueue", put(map[string]string{test.key: test.value}), test.code, test.message)
		})
	}
	wantCode(t, "no tags at all", put(map[string]string{}), "MissingParameter")
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = "v"
	}
	wantMessage(t, "51 tags", put(many), invalid, "Too many tags added for queue q.")
	_, err := w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("new"), Tags: many})
	wantMessage(t, "a queue with 51 tags", err, invalid, "Too many tags added for queue new.")
}
