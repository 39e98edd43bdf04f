package localaws

import (
	"maps"
	"slices"
)

type kmsTag struct{ TagKey, TagValue string }

// addTags adds tags to a key that is not stored yet.
func (k *kmsKey) addTags(added []kmsTag) error {
	for _, t := range added {
		if fault := tagFault(t.TagKey, t.TagValue); fault != "" {
			return kmsError("TagException", "%s", fault)
		}
		k.tags[t.TagKey] = t.TagValue
	}
	if len(k.tags) > maxTags {
		return kmsError("LimitExceededException", "A KMS key can have at most %d tags.", maxTags)
	}
	return nil
}

type tagKeyInput struct {
	keyRef
	Tags []kmsTag
}

func (s *Server) tagKey(rq *request, in *tagKeyInput) (*nothing, error) {
	k, err := s.settledKey(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	next := k.clone()
	if err := next.addTags(in.Tags); err != nil {
		return nil, err
	}
	s.kmsKeys.put(next.arn, next)
	return &nothing{}, nil
}

type untagKeyInput struct {
	keyRef
	TagKeys []string
}

func (s *Server) untagKey(rq *request, in *untagKeyInput) (*nothing, error) {
	k, err := s.settledKey(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	next := k.clone()
	for _, key := range in.TagKeys {
		delete(next.tags, key)
	}
	s.kmsKeys.put(next.arn, next)
	return &nothing{}, nil
}

type listKeyTagsOutput struct {
	Tags      []kmsTag
	Truncated bool
}

// listKeyTags returns all tags of a key at once: there are no more than fit one page.
func (s *Server) listKeyTags(rq *request, in *keyRef) (*listKeyTagsOutput, error) {
	k, err := s.key(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	out := &listKeyTagsOutput{Tags: []kmsTag{}}
	for _, key := range slices.Sorted(maps.Keys(k.tags)) {
		out.Tags = append(out.Tags, kmsTag{TagKey: key, TagValue: k.tags[key]})
	}
	return out, nil
}
