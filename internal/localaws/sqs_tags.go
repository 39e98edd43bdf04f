package localaws

import (
	"maps"
	"slices"
	"strings"
)

// Limits of tags, https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagFault names what is wrong with a tag, empty for nothing.
func tagFault(key, value string) string {
	switch {
	case key == "" || len([]rune(key)) > maxTagKey:
		return "Tag keys must be between 1 and 128 characters in length."
	case len([]rune(value)) > maxTagValue:
		return "Tag values must be between 0 and 256 characters in length."
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "aws: prefixed tag key names are not allowed for external use."
	default:
		return ""
	}
}

// checkQueueTags says why tags cannot be added to those that a queue has.
func checkQueueTags(queueName string, added, have map[string]string) error {
	count := len(have)
	for _, key := range slices.Sorted(maps.Keys(added)) {
		if fault := tagFault(key, added[key]); fault != "" {
			return sqsError("InvalidParameterValue", "%s", fault)
		}
		if _, known := have[key]; !known {
			count++
		}
	}
	if count > maxTags {
		return sqsError("InvalidParameterValue", "Too many tags added for queue %s.", queueName)
	}
	return nil
}

type listQueueTagsOutput struct {
	Tags map[string]string `json:",omitempty"`
}

func (s *Server) listQueueTags(rq *request, in *queueRef) (*listQueueTagsOutput, error) {
	q, err := s.queue(rq, *in, ownerOnly)
	if err != nil {
		return nil, err
	}
	return &listQueueTagsOutput{Tags: q.tags}, nil
}

type tagQueueInput struct {
	queueRef
	Tags map[string]string
}

// tagQueue merges: recorded case test_tag_queue_overwrites_existing_tag/assert-merge.
func (s *Server) tagQueue(rq *request, in *tagQueueInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return nil, missingParameter("Tags")
	}
	if err := checkQueueTags(q.name, in.Tags, q.tags); err != nil {
		return nil, err
	}
	next := q.clone()
	if next.tags == nil {
		next.tags = map[string]string{}
	}
	maps.Copy(next.tags, in.Tags)
	s.queues.put(next.arn, next)
	return &nothing{}, nil
}

type untagQueueInput struct {
	queueRef
	TagKeys []string
}

func (s *Server) untagQueue(rq *request, in *untagQueueInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, ownerOnly)
	if err != nil {
		return nil, err
	}
	if len(in.TagKeys) == 0 {
		return nil, missingParameter("TagKeys")
	}
	next := q.clone()
	for _, key := range in.TagKeys {
		delete(next.tags, key)
	}
	s.queues.put(next.arn, next)
	return &nothing{}, nil
}
