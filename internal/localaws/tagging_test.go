package localaws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

func TestGetResources(t *testing.T) {
	w := newWorld()
	for name, tags := range map[string]map[string]string{"a": {"team": "red", "app": "x"}, "b": {"team": "blue"}, "bare": nil} {
		must[*sqs.CreateQueueOutput](t)(w.sqs(owner, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Tags: tags}))
	}
	must[*sns.CreateTopicOutput](t)(w.sns(owner, region).CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("t"), Tags: []snstypes.Tag{{Key: aws.String("team"), Value: aws.String("red")}},
	}))
	const queue, topic = "arn:aws:sqs:us-east-1:111111111111:", "arn:aws:sns:us-east-1:111111111111:"
	red := []types.TagFilter{{Key: aws.String("team"), Values: []string{"red", "green"}}}
	for name, test := range map[string]struct {
		account, region string
		in              tagging.GetResourcesInput
		want            []string
	}{
		"all tagged":     {owner, region, tagging.GetResourcesInput{}, []string{topic + "t", queue + "a", queue + "b"}},
		"by value":       {owner, region, tagging.GetResourcesInput{TagFilters: red}, []string{topic + "t", queue + "a"}},
		"by two keys":    {owner, region, tagging.GetResourcesInput{TagFilters: append(red, types.TagFilter{Key: aws.String("app")})}, []string{queue + "a"}},
		"by type":        {owner, region, tagging.GetResourcesInput{ResourceTypeFilters: []string{"sqs"}}, []string{queue + "a", queue + "b"}},
		"by full type":   {owner, region, tagging.GetResourcesInput{ResourceTypeFilters: []string{"sns:topic"}}, []string{topic + "t"}},
		"by ARN":         {owner, region, tagging.GetResourcesInput{ResourceARNList: []string{queue + "b", queue + "bare"}}, []string{queue + "b"}},
		"other account":  {stranger, region, tagging.GetResourcesInput{}, nil},
		"another region": {owner, "eu-west-1", tagging.GetResourcesInput{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out := must[*tagging.GetResourcesOutput](t)(w.tagging(test.account, test.region).GetResources(t.Context(), &test.in))
			var got []string
			for _, mapping := range out.ResourceTagMappingList {
				got = append(got, *mapping.ResourceARN)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
		})
	}
	_, err := w.tagging(owner, region).GetResources(t.Context(), &tagging.GetResourcesInput{
		ResourceARNList: []string{queue + "a"}, ResourcesPerPage: aws.Int32(5),
	})
	wantCode(t, "ARNs and a page size", err, "InvalidParameterException")
}

func TestGetResourcesPages(t *testing.T) {
	w := newWorld()
	for i := range 120 {
		name := fmt.Sprintf("q-%03d", i)
		must[*sqs.CreateQueueOutput](t)(w.sqs(owner, region).CreateQueue(t.Context(),
			&sqs.CreateQueueInput{QueueName: &name, Tags: map[string]string{"k": name}}))
	}
	pages := tagging.NewGetResourcesPaginator(w.tagging(owner, region), &tagging.GetResourcesInput{ResourcesPerPage: aws.Int32(50)})
	var sizes []int
	var last string
	for pages.HasMorePages() {
		page := must[*tagging.GetResourcesOutput](t)(pages.NextPage(t.Context())).ResourceTagMappingList
		sizes, last = append(sizes, len(page)), *page[len(page)-1].Tags[0].Value
	}
	if diff := cmp.Diff([]int{50, 50, 20}, sizes); diff != "" || !strings.HasSuffix(last, "119") {
		t.Errorf("last %s, page sizes (-want +got):\n%s", last, diff)
	}
}

// The service also lists what has no tags any more, and leaves out what never had any.
func TestGetResourcesListsWhatWasTagged(t *testing.T) {
	w := newWorld()
	client := w.sqs(owner, region)
	for name, tags := range map[string]map[string]string{"was": {"k": "v"}, "never": {}} {
		must[*sqs.CreateQueueOutput](t)(client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Tags: tags}))
		must[*sqs.UntagQueueOutput](t)(client.UntagQueue(t.Context(), &sqs.UntagQueueInput{QueueUrl: &name, TagKeys: []string{"k"}}))
	}
	out := must[*tagging.GetResourcesOutput](t)(w.tagging(owner, region).GetResources(t.Context(), &tagging.GetResourcesInput{}))
	if list := out.ResourceTagMappingList; len(list) != 1 || !strings.HasSuffix(*list[0].ResourceARN, ":was") || len(list[0].Tags) != 0 {
		t.Errorf("got %+v, want the queue that was tagged, without tags", list)
	}
	filtered := must[*tagging.GetResourcesOutput](t)(w.tagging(owner, region).GetResources(t.Context(),
		&tagging.GetResourcesInput{TagFilters: []types.TagFilter{{Key: aws.String("k")}}}))
	if len(filtered.ResourceTagMappingList) != 0 {
		t.Errorf("by the tag that is gone: got %+v, want nothing", filtered.ResourceTagMappingList)
	}
}

func TestGetResourcesRefused(t *testing.T) {
	w := newWorld()
	arns := []string{"arn:aws:sqs:us-east-1:111111111111:q"}
	byKey := []types.TagFilter{{Key: aws.String("k")}}
	for name, test := range map[string]struct {
		in   tagging.GetResourcesInput
		code string
	}{
		"ARNs and a token":  {tagging.GetResourcesInput{ResourceARNList: arns, PaginationToken: aws.String("x")}, "InvalidParameterException"},
		"ARNs and tags":     {tagging.GetResourcesInput{ResourceARNList: arns, TagFilters: byKey}, "InvalidParameterException"},
		"ARNs and types":    {tagging.GetResourcesInput{ResourceARNList: arns, ResourceTypeFilters: []string{"sqs"}}, "InvalidParameterException"},
		"101 ARNs":          {tagging.GetResourcesInput{ResourceARNList: make([]string, 101)}, "InvalidParameterException"},
		"a page of 101":     {tagging.GetResourcesInput{ResourcesPerPage: aws.Int32(101)}, "InvalidParameterException"},
		"51 keys":           {tagging.GetResourcesInput{TagFilters: make([]types.TagFilter, 51)}, "InvalidParameterException"},
		"21 values":         {tagging.GetResourcesInput{TagFilters: []types.TagFilter{{Key: aws.String("k"), Values: make([]string, 21)}}}, "InvalidParameterException"},
		"no key":            {tagging.GetResourcesInput{TagFilters: []types.TagFilter{{Values: []string{"v"}}}}, "InvalidParameterException"},
		"a token of no one": {tagging.GetResourcesInput{PaginationToken: aws.String("aaaa")}, "PaginationTokenExpiredException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.tagging(owner, region).GetResources(t.Context(), &test.in)
			wantCode(t, "GetResources", err, test.code)
		})
	}
}
