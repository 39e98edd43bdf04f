package localaws

import (
	"iter"
	"net/http"
	"slices"
	"strings"
)

// Limits of GetResources,
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html.
const (
	maxTaggedPage      = 100
	defaultTaggedPage  = 50
	maxTaggedARNs      = 100
	maxTagFilters      = 50
	maxTagFilterValues = 20
)

type tagFilter struct {
	Key    string
	Values []string
}

type getResourcesInput struct {
	PaginationToken     string
	TagFilters          []tagFilter
	ResourcesPerPage    int
	ResourceTypeFilters []string
	ResourceARNList     []string
}

type resourceTagMapping struct {
	ResourceARN string
	Tags        []tag
}

type getResourcesOutput struct {
	PaginationToken        string
	ResourceTagMappingList []resourceTagMapping
}

// getResources lists the alarms, queues and topics of the caller's account and region that are or were tagged, see
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html.
func (s *Server) getResources(rq *request, in *getResourcesInput) (*getResourcesOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	last, ok := pageStart(in.PaginationToken)
	if !ok {
		return nil, newError("PaginationTokenExpiredException", http.StatusBadRequest,
			"A PaginationToken is valid for a maximum of 15 minutes.")
	}
	size := in.ResourcesPerPage
	switch {
	case len(in.ResourceARNList) > 0:
		size = maxTaggedARNs
	case size == 0:
		size = defaultTaggedPage
	}
	out := &getResourcesOutput{ResourceTagMappingList: []resourceTagMapping{}}
	for arn, tags := range s.tagged(rq, last) {
		if !in.wants(arn, tags) {
			continue
		}
		if n := len(out.ResourceTagMappingList); n == size {
			out.PaginationToken = pageToken(out.ResourceTagMappingList[n-1].ResourceARN)
			break
		}
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, resourceTagMapping{arn, tagList(tags)})
	}
	return out, nil
}

// check says why the service would refuse the parameters.
func (in *getResourcesInput) check() error {
	refuse := func(format string, args ...any) error {
		return newError("InvalidParameterException", http.StatusBadRequest, format, args...)
	}
	byARN := len(in.ResourceARNList) > 0
	switch {
	case byARN && (in.ResourcesPerPage != 0 || in.PaginationToken != ""):
		return refuse("ResourceARNList cannot be combined with pagination parameters")
	case byARN && (len(in.TagFilters) > 0 || len(in.ResourceTypeFilters) > 0):
		return refuse("ResourceARNList cannot be combined with TagFilters or ResourceTypeFilters")
	case len(in.ResourceARNList) > maxTaggedARNs:
		return refuse("ResourceARNList can name at most %d resources", maxTaggedARNs)
	case in.ResourcesPerPage < 0 || in.ResourcesPerPage > maxTaggedPage:
		return refuse("ResourcesPerPage must be between 1 and %d", maxTaggedPage)
	case len(in.TagFilters) > maxTagFilters:
		return refuse("TagFilters can hold at most %d keys", maxTagFilters)
	}
	for _, filter := range in.TagFilters {
		if filter.Key == "" || len(filter.Values) > maxTagFilterValues {
			return refuse("TagFilters need a key and take at most %d values", maxTagFilterValues)
		}
	}
	return nil
}

// tagged yields the tags of all alarms, queues and topics of the caller that have or had some, in the order of their ARNs.
func (s *Server) tagged(rq *request, last string) iter.Seq2[string, map[string]string] {
	return func(yield func(string, map[string]string) bool) {
		for arn, a := range s.alarms.after(rq.alarmARN(""), last, rq.stale) {
			if a.tags != nil && !yield(arn, a.tags) {
				return
			}
		}
		for arn, t := range s.topics.after(scopePrefix(serviceSNS, rq.region, rq.caller.account), last, rq.stale) {
			if t.tags != nil && !yield(arn, t.tags) {
				return
			}
		}
		for arn, q := range s.queues.after(scopePrefix(serviceSQS, rq.region, rq.caller.account), last, rq.stale) {
			if q.tags != nil && !yield(arn, q.tags) {
				return
			}
		}
	}
}

// wants applies the filters: every key must be there with one of its values.
func (in *getResourcesInput) wants(arn string, tags map[string]string) bool {
	if len(in.ResourceARNList) > 0 && !slices.Contains(in.ResourceARNList, arn) {
		return false
	}
	if len(in.ResourceTypeFilters) > 0 && !slices.ContainsFunc(in.ResourceTypeFilters, func(filter string) bool {
		return isOfType(arn, filter)
	}) {
		return false
	}
	for _, filter := range in.TagFilters {
		value, has := tags[filter.Key]
		if !has || len(filter.Values) > 0 && !slices.Contains(filter.Values, value) {
			return false
		}
	}
	return true
}

// isOfType reports whether an ARN falls under a type like sqs, sns:topic or cloudwatch:alarm. ARNs of queues and topics
// do not say what they are; none of these services has another type here.
func isOfType(arn, filter string) bool {
	parts, _ := parseARN(arn)
	service, kind, _ := strings.Cut(filter, ":")
	return parts.service == service &&
		(kind == "" || service == serviceSQS && kind == "queue" || service == serviceSNS && kind == "topic" ||
			service == serviceCloudWatch && kind == "alarm")
}
