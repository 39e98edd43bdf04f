package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/skein-dev/skein/internal/topology"
)

// resources reads all pages of the tagging API.
func (s *services) resources(ctx context.Context, cluster string) (map[string]map[string]string, error) {
	in := &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"sqs", "sns", "cloudwatch:alarm"},
		TagFilters:          []types.TagFilter{{Key: aws.String(topology.TagCluster), Values: []string{cluster}}},
		ResourcesPerPage:    aws.Int32(100),
	}
	found := map[string]map[string]string{}
	for {
		out, err := call(ctx, "tag:GetResources", s.region, s.tagging.GetResources, in)
		if err != nil {
			return nil, err
		}
		for _, m := range out.ResourceTagMappingList {
			tags := make(map[string]string, len(m.Tags))
			for _, t := range m.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			found[aws.ToString(m.ResourceARN)] = tags
		}
		if aws.ToString(out.PaginationToken) == "" {
			return found, nil
		}
		in.PaginationToken = out.PaginationToken
	}
}

// readTags asks a resource itself.
func (c *Client) readTags(ctx context.Context, r *topology.Resource) (map[string]string, time.Time, error) {
	begun, s := c.accounts.options.Clock.Now(), c.in(r.Region)
	if r.Kind == topology.KindQueue {
		out, err := call(ctx, "sqs:ListQueueTags", r.Name, s.sqs.ListQueueTags, &sqs.ListQueueTagsInput{QueueUrl: &r.URL})
		if err != nil {
			return nil, begun, err
		}
		return out.Tags, begun, nil
	}
	if r.Kind == topology.KindAlarm {
		return s.alarmTags(ctx, r, begun)
	}
	out, err := call(ctx, "sns:ListTagsForResource", r.Key, s.sns.ListTagsForResource, &sns.ListTagsForResourceInput{ResourceArn: &r.Key})
	if err != nil {
		return nil, begun, err
	}
	tags := make(map[string]string, len(out.Tags))
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, begun, nil
}

func (s *services) alarmTags(ctx context.Context, r *topology.Resource, begun time.Time) (map[string]string, time.Time, error) {
	out, err := call(ctx, "cloudwatch:ListTagsForResource", r.Name, s.cloudwatch.ListTagsForResource, &cloudwatch.ListTagsForResourceInput{ResourceARN: &r.Key})
	if err != nil {
		return nil, begun, err
	}
	tags := make(map[string]string, len(out.Tags))
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, begun, nil
}
