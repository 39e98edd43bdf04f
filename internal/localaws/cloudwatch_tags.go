package localaws

import (
	"maps"
	"net/http"
)

// alarmTags returns the tags of an alarm with some added, or says why that cannot be.
func alarmTags(have map[string]string, added []tag) (map[string]string, error) {
	tags := maps.Clone(have)
	if tags == nil {
		tags = map[string]string{}
	}
	for _, t := range added {
		if fault := tagFault(t.Key, t.Value); fault != "" {
			return nil, cloudWatchError("InvalidParameterValue", "%s", fault)
		}
		tags[t.Key] = t.Value
	}
	if len(tags) > maxTags {
		return nil, cloudWatchError("InvalidParameterValue", "An alarm can have at most %d tags.", maxTags)
	}
	return tags, nil
}

// alarmRef is the part of an input that names a tagged resource.
type alarmRef struct {
	ResourceARN string
}

func (r alarmRef) resource(*request) string { return r.ResourceARN }

// taggedAlarm finds the alarm to tag, which is the caller's own.
func (s *Server) taggedAlarm(rq *request, ref alarmRef) (*alarm, error) {
	arn, ok := parseARN(ref.ResourceARN)
	if !ok || arn.service != serviceCloudWatch {
		return nil, cloudWatchError("InvalidParameterValue", "The ARN %s is not one of CloudWatch.", ref.ResourceARN)
	}
	a := s.alarms.get(ref.ResourceARN, rq.stale)
	if a == nil || a.account != rq.caller.account || a.region != rq.region {
		return nil, serviceError(serviceCloudWatch, "ResourceNotFoundException", http.StatusNotFound,
			"Resource %s does not exist", ref.ResourceARN)
	}
	return a, nil
}

type alarmTagsOutput struct{ Tags []tag }

func (s *Server) listAlarmTags(rq *request, in *alarmRef) (*alarmTagsOutput, error) {
	a, err := s.taggedAlarm(rq, *in)
	if err != nil {
		return nil, err
	}
	return &alarmTagsOutput{Tags: tagList(a.tags)}, nil
}

type tagAlarmInput struct {
	alarmRef
	Tags []tag
}

func (s *Server) tagAlarm(rq *request, in *tagAlarmInput) (*nothing, error) {
	a, err := s.taggedAlarm(rq, in.alarmRef)
	if err != nil {
		return nil, err
	}
	next := a.clone()
	if next.tags, err = alarmTags(a.tags, in.Tags); err != nil {
		return nil, err
	}
	s.alarms.put(next.arn, next)
	return &nothing{}, nil
}

type untagAlarmInput struct {
	alarmRef
	TagKeys []string
}

func (s *Server) untagAlarm(rq *request, in *untagAlarmInput) (*nothing, error) {
	a, err := s.taggedAlarm(rq, in.alarmRef)
	if err != nil {
		return nil, err
	}
	next := a.clone()
	for _, key := range in.TagKeys {
		delete(next.tags, key)
	}
	s.alarms.put(next.arn, next)
	return &nothing{}, nil
}
