package localaws

import (
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSQSQueryNames: the names are those of the service's model from before SQS spoke JSON.
func TestSQSQueryNames(t *testing.T) {
	type batch struct{ Entries, Successful, Failed, Results []string }
	type lists struct {
		Accounts []string `json:"AWSAccountIds"`
		Actions, AttributeNames, MessageAttributeNames, MessageSystemAttributeNames, TagKeys, QueueUrls,
		Messages []string
		Sources []string `json:"queueUrls"`
	}
	type dictionaries struct {
		Attributes, MessageAttributes, MessageSystemAttributes, Tags map[string]string
		Other                                                        map[string]string `json:"tags"`
	}
	element := regexp.MustCompile(`<(\w+)>1<|<(\w+><\w+)>k<`)
	one := []string{"1"}
	pair := map[string]string{"k": ""}
	for operation, test := range map[string]struct {
		out  any
		want string
	}{
		"SendMessageBatch": {
			&batch{one, one, one, nil},
			"SendMessageBatchRequestEntry SendMessageBatchResultEntry BatchResultErrorEntry",
		},
		"DeleteMessageBatch":           {&batch{one, one, nil, nil}, "DeleteMessageBatchRequestEntry DeleteMessageBatchResultEntry"},
		"ChangeMessageVisibilityBatch": {&batch{Entries: one}, "ChangeMessageVisibilityBatchRequestEntry"},
		"ListMessageMoveTasks":         {&batch{Results: one}, "ListMessageMoveTasksResultEntry"},
		"lists": {&lists{one, one, one, one, one, one, one, one, one}, "AWSAccountId ActionName AttributeName " +
			"MessageAttributeName MessageSystemAttributeName TagKey QueueUrl Message QueueUrl"},
		"dictionaries": {&dictionaries{pair, pair, pair, pair, pair}, "Attribute><Name MessageAttribute><Name " +
			"MessageSystemAttribute><Name Tag><Key Tag><Key"},
	} {
		rq := &request{service: serviceSQS, operation: operation}
		xml := string(rq.dialect().Response(operation, "", "", test.out))
		var names []string
		for _, found := range element.FindAllStringSubmatch(xml, -1) {
			names = append(names, found[1]+found[2])
		}
		if diff := cmp.Diff(test.want, strings.Join(names, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", operation, diff, xml)
		}
	}
}

// TestInputsCanBeRead: every input and output that an operation declares is one that all protocols can carry.
func TestInputsCanBeRead(t *testing.T) {
	for name, op := range operations {
		service, operation, _ := strings.Cut(name, ":")
		rq := &request{service: service, operation: operation}
		input := op.newInput()
		if err := rq.dialect().Decode(url.Values{}, input); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if fresh := op.newInput(); !reflect.DeepEqual(fresh, input) {
			t.Errorf("%s: nothing was read as %+v", name, input)
		}
	}
}
