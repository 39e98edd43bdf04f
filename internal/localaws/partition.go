package localaws

import (
	"maps"
	"net/http"
	"slices"
)

// What a partition does not have, see WithoutAttributes and WithoutTags.

// tagOperations are the operations about tags alone.
var tagOperations = map[string]bool{
	"sqs:ListQueueTags": true, "sqs:TagQueue": true, "sqs:UntagQueue": true,
	"sns:ListTagsForResource": true, "sns:TagResource": true, "sns:UntagResource": true, "tag:GetResources": true,
}

// lacksOperation refuses what a partition without tags does not know.
func (s *Server) lacksOperation(rq *request) error {
	if !s.noTags {
		return nil
	}
	tags := 0
	switch in := rq.input.(type) {
	case *createQueueInput:
		tags = len(in.Tags)
	case *createTopicInput:
		tags = len(in.Tags)
	}
	switch {
	case tagOperations[rq.action()]:
		return newError("InvalidAction", http.StatusBadRequest, "The action %s is not valid for this endpoint.", rq.operation)
	case tags > 0:
		return newError("UnsupportedOperation", http.StatusBadRequest, "Tags are not supported by %s in this region.", rq.operation)
	default:
		return nil
	}
}

// lacksAttribute says why a topic or subscription is not created with an attribute that the partition does not know; empty where it does.
func (s *Server) lacksAttribute(given map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if s.lacks[name] {
			return "Unknown attribute " + name
		}
	}
	return ""
}

// without removes from what is shown the attributes that the partition does not know.
func (s *Server) without(shown map[string]string) map[string]string {
	for name := range s.lacks {
		delete(shown, name)
	}
	return shown
}
