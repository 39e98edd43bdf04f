package localaws

import (
	"maps"
	"net/http"
	"slices"
)

// tag is a tag as SNS and the tagging API write it.
type tag struct{ Key, Value string }

// tagList returns tags in the order of their keys.
func tagList(tags map[string]string) []tag {
	list := make([]tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag{Key: key, Value: tags[key]})
	}
	return list
}

// readTags checks a list of tags: recorded case test_tags/duplicate-key-error.
func readTags(list []tag) (map[string]string, error) {
	tags := make(map[string]string, len(list))
	for _, t := range list {
		if _, twice := tags[t.Key]; twice {
			return nil, snsInvalid("Duplicated keys are not allowed.")
		}
		if fault := tagFault(t.Key, t.Value); fault != "" {
			return nil, snsInvalid("Tags Reason: %s", fault)
		}
		tags[t.Key] = t.Value
	}
	return tags, checkTagCount(tags)
}

func checkTagCount(tags map[string]string) error {
	if len(tags) > maxTags {
		return newError("TagLimitExceeded", http.StatusBadRequest,
			"Could not complete request: tag quota of per resource exceeded")
	}
	return nil
}

// resourceRef is the part of an input that names what is tagged.
type resourceRef struct{ ResourceArn string }

func (r resourceRef) resource(*request) string { return r.ResourceArn }

// taggedTopic finds the topic to tag. A missing one is ResourceNotFound here, not NotFound.
func (s *Server) taggedTopic(rq *request, ref resourceRef) (*topic, error) {
	if err := checkARN(rq, "ResourceArn", ref.ResourceArn); err != nil {
		return nil, err
	}
	t := s.topics.get(ref.ResourceArn, rq.stale)
	if t == nil {
		return nil, newError("ResourceNotFound", http.StatusNotFound, "Resource does not exist")
	}
	return t, s.mayUseTopic(rq, t)
}

type listTagsOutput struct{ Tags []tag }

func (s *Server) listTagsForResource(rq *request, in *resourceRef) (*listTagsOutput, error) {
	t, err := s.taggedTopic(rq, *in)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{Tags: tagList(t.tags)}, nil
}

type tagResourceInput struct {
	resourceRef
	Tags []tag
}

func (s *Server) tagResource(rq *request, in *tagResourceInput) (*nothing, error) {
	t, err := s.taggedTopic(rq, in.resourceRef)
	if err != nil {
		return nil, err
	}
	added, err := readTags(in.Tags)
	if err != nil {
		return nil, err
	}
	next := t.clone()
	if next.tags == nil {
		next.tags = map[string]string{}
	}
	maps.Copy(next.tags, added)
	if err := checkTagCount(next.tags); err != nil {
		return nil, err
	}
	s.topics.put(next.arn, next)
	return &nothing{}, nil
}

type untagResourceInput struct {
	resourceRef
	TagKeys []string
}

func (s *Server) untagResource(rq *request, in *untagResourceInput) (*nothing, error) {
	t, err := s.taggedTopic(rq, in.resourceRef)
	if err != nil {
		return nil, err
	}
	next := t.clone()
	for _, key := range in.TagKeys {
		delete(next.tags, key)
	}
	s.topics.put(next.arn, next)
	return &nothing{}, nil
}
