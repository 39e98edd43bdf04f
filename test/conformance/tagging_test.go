package conformance

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const docGetResources = "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html"

var taggingRules = []rule{
	{
		name:   "tagging/by-tag",
		says:   "GetResources by tag value gives the queues and topics that have it, with all their tags",
		source: docGetResources,
		check: func(w *world) {
			owner := w.name("")
			queue, topic := w.tagged(owner)
			w.eventually(func() any { return w.resources(byTag(owner)) }, map[string]map[string]string{
				queue: {"skein.dev/name": owner, "kind": "queue"},
				topic: {"skein.dev/name": owner, "kind": "topic"},
			})
		},
	},
	{
		name:   "tagging/by-type",
		says:   "ResourceTypeFilters narrow the answer to a service",
		source: docGetResources,
		check: func(w *world) {
			owner := w.name("")
			queue, topic := w.tagged(owner)
			for kind, want := range map[string]string{"sqs": queue, "sns": topic} {
				in := byTag(owner)
				in.ResourceTypeFilters = []string{kind}
				w.eventually(func() any { return slices.Collect(maps.Keys(w.resources(in))) }, []string{want})
			}
		},
	},
	{
		name:   "tagging/by-arn",
		says:   "GetResources by ARN gives the tags of each; one that does not exist is left out",
		source: docGetResources,
		check: func(w *world) {
			owner := w.name("")
			queue, topic := w.tagged(owner)
			other, _ := w.tagged(w.name(""))
			in := &tagging.GetResourcesInput{ResourceARNList: []string{queue, topic, w.arn("sqs", w.name(""))}}
			if _, ok := w.resources(in)[other]; ok {
				w.Fatalf("got %s, which was not asked for", other)
			}
			w.eventually(func() any { return w.resources(in) }, map[string]map[string]string{
				queue: {"skein.dev/name": owner, "kind": "queue"},
				topic: {"skein.dev/name": owner, "kind": "topic"},
			})
		},
	},
	{
		name:   "tagging/pages",
		says:   "GetResources gives pages of ResourcesPerPage, a token with each but the last",
		source: docGetResources,
		check: func(w *world) {
			// In a region of its own: moto breaks off a row of pages when anything is created meanwhile.
			w = w.seenFrom(w.In("ca-central-1"))
			owner := w.name("")
			var want []string
			for range 5 {
				name := w.name("")
				_, err := w.createQueue(name, nil, map[string]string{"skein.dev/name": owner})
				w.ok(err, "creating queue")
				want = append(want, w.arn("sqs", name))
			}
			in := byTag(owner)
			in.ResourcesPerPage = aws.Int32(2)
			in.ResourceTypeFilters = []string{"sqs"}
			slices.Sort(want)
			w.eventually(func() any { return slices.Sorted(maps.Keys(w.resources(in))) }, want)
			out, err := w.tagging.GetResources(w.ctx, in)
			w.ok(err, "getting the first page")
			w.equal("size of the first page", len(out.ResourceTagMappingList), 2)
			if aws.ToString(out.PaginationToken) == "" {
				w.Errorf("the first page has no token")
			}
		},
	},
	{
		name:   "tagging/none",
		says:   "GetResources for a tag that nothing has gives an empty list and an empty token",
		source: docGetResources,
		check: func(w *world) {
			out, err := w.tagging.GetResources(w.ctx, byTag(w.name("")))
			w.ok(err, "getting resources")
			w.equal("number of resources", len(out.ResourceTagMappingList), 0)
			w.equal("token", aws.ToString(out.PaginationToken), "")
		},
	},
	{
		name:   "tagging/deleted-queue-goes",
		says:   "GetResources leaves out a deleted queue, in the end",
		source: docGetResources,
		check: func(w *world) {
			owner, name := w.name(""), w.name("")
			out, err := w.createQueue(name, nil, map[string]string{"skein.dev/name": owner})
			w.ok(err, "creating queue")
			_, err = w.sqs.DeleteQueue(w.ctx, &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
			w.ok(err, "deleting queue")
			w.eventually(func() any { return len(w.resources(byTag(owner))) }, 0)
		},
	},
}

var identityRules = []rule{
	{
		name:   "sts/caller",
		says:   "GetCallerIdentity gives a 12-digit account and an ARN in it",
		source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
		check: func(w *world) {
			out, err := w.sts.GetCallerIdentity(w.ctx, &sts.GetCallerIdentityInput{})
			w.ok(err, "getting caller identity")
			account := aws.ToString(out.Account)
			if len(account) != 12 || !strings.Contains(aws.ToString(out.Arn), ":"+account+":") {
				w.Errorf("account is %q, ARN %q", account, aws.ToString(out.Arn))
			}
		},
	},
	{
		name:   "sts/assume-role",
		says:   "AssumeRole gives credentials of the role's account, in which resources are then made",
		source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
		check: func(w *world) {
			out, err := w.sts.AssumeRole(w.ctx, &sts.AssumeRoleInput{
				RoleArn: aws.String("arn:aws:iam::222222222222:role/skein"), RoleSessionName: aws.String("contract"),
			})
			w.ok(err, "assuming role")
			there := w.seenFrom(w.As("222222222222", *out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken))
			who, err := there.sts.GetCallerIdentity(w.ctx, &sts.GetCallerIdentityInput{})
			w.ok(err, "getting caller identity")
			w.equal("account", aws.ToString(who.Account), "222222222222")
			topic, err := there.createTopic(w.name(""), nil, nil)
			w.ok(err, "creating topic")
			w.equal("account of a topic", strings.Split(aws.ToString(topic.TopicArn), ":")[4], "222222222222")
		},
	},
}

// tagged creates a queue and a topic that carry the owner's name and returns their ARNs.
func (w *world) tagged(owner string) (queue, topic string) {
	name := w.name("")
	_, err := w.createQueue(name, nil, map[string]string{"skein.dev/name": owner, "kind": "queue"})
	w.ok(err, "creating queue")
	_, err = w.createTopic(name, nil, map[string]string{"skein.dev/name": owner, "kind": "topic"})
	w.ok(err, "creating topic")
	return w.arn("sqs", name), w.arn("sns", name)
}

func byTag(owner string) *tagging.GetResourcesInput {
	return &tagging.GetResourcesInput{TagFilters: []taggingtypes.TagFilter{{Key: aws.String("skein.dev/name"), Values: []string{owner}}}}
}

// resources reads all pages and returns the tags of each ARN.
func (w *world) resources(in *tagging.GetResourcesInput) map[string]map[string]string {
	have := map[string]map[string]string{}
	for pages := tagging.NewGetResourcesPaginator(w.tagging, in); pages.HasMorePages(); {
		page, err := pages.NextPage(w.ctx)
		w.ok(err, "getting resources")
		for _, resource := range page.ResourceTagMappingList {
			tags := map[string]string{}
			for _, tag := range resource.Tags {
				tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			have[aws.ToString(resource.ResourceARN)] = tags
		}
	}
	return have
}
