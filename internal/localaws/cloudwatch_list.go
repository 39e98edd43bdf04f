package localaws

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// Limits of ListMetrics, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html.
const (
	maxListedMetrics = 500
	recentlyActive   = "PT3H"
	recentMinutes    = 3 * 60
)

type dimensionFilter struct {
	Name  string
	Value string `json:",omitempty"`
}

type listMetricsInput struct {
	Namespace      string            `json:",omitempty"`
	MetricName     string            `json:",omitempty"`
	Dimensions     []dimensionFilter `json:",omitempty"`
	RecentlyActive string            `json:",omitempty"`
	NextToken      string            `json:",omitempty"`
}

type listMetricsOutput struct {
	Metrics   []metricRef
	NextToken string `json:",omitempty"`
}

// listMetrics lists the metrics of queues and topics that ever had a value. On AWS a new one is listed after up to 15
// minutes, here at once.
func (s *Server) listMetrics(rq *request, in *listMetricsInput) (*listMetricsOutput, error) {
	last, ok := pageStart(in.NextToken)
	switch {
	case !ok:
		return nil, cloudWatchError("InvalidParameterValue", "The given next token is invalid")
	case in.RecentlyActive != "" && in.RecentlyActive != recentlyActive:
		return nil, cloudWatchError("InvalidParameterValue", "The value %s for parameter RecentlyActive is not supported.", in.RecentlyActive)
	}
	out, since := &listMetricsOutput{Metrics: []metricRef{}}, int64(0)
	if in.RecentlyActive != "" {
		since = minuteOf(rq.now) - recentMinutes
	}
	key := ""
	for arn, m := range s.metrics(rq, since) {
		at := arn + " " + m.MetricName
		if at <= last || !in.wants(m) {
			continue
		}
		if len(out.Metrics) == maxListedMetrics {
			out.NextToken = pageToken(key)
			break
		}
		out.Metrics, key = append(out.Metrics, m), at
	}
	return out, nil
}

// metrics yields the metrics of the caller's account and region that had a value since a minute, by the ARN of what they
// are of, and by name.
func (s *Server) metrics(rq *request, since int64) iter.Seq2[string, metricRef] {
	return func(yield func(string, metricRef) bool) {
		prefix := scopePrefix(serviceSNS, rq.region, rq.caller.account)
		for arn := range s.topics.after(prefix, "", false) {
			for _, name := range slices.Sorted(maps.Keys(topicMetrics)) {
				tally := s.deliveries[arn]
				if tally == nil || !tally.byMinute.had(topicMetrics[name], since) {
					continue
				}
				if !yield(arn, metricRef{namespaceSNS, name, []dimension{{dimensionTopic, resourceName(arn)}}}) {
					return
				}
			}
		}
		names := append(slices.Collect(maps.Keys(queueGauges)), metricAge)
		names = slices.Sorted(slices.Values(slices.AppendSeq(names, maps.Keys(queueCounters))))
		for arn := range s.queues.after(scopePrefix(serviceSQS, rq.region, rq.caller.account), "", false) {
			b := s.backlogs[arn]
			b.advance(rq.now)
			if !b.meter.had(since) {
				continue
			}
			for _, name := range names {
				if !yield(arn, metricRef{namespaceSQS, name, []dimension{{dimensionQueue, resourceName(arn)}}}) {
					return
				}
			}
		}
	}
}

// had reports whether something was counted since a minute.
func (c *counter) had(which int, since int64) bool {
	return slices.ContainsFunc(c.minutes, func(m counts) bool { return m.Minute >= since && m.N[which] > 0 })
}

// had reports whether levels are known of a minute since the given one.
func (m *meter) had(since int64) bool {
	for i, held := range m.levels {
		end := m.next
		if i+1 < len(m.levels) {
			end = m.levels[i+1].Minute
		}
		if held.Known && end > since {
			return true
		}
	}
	return false
}

// wants applies the filters; a dimension without a value is meant with any.
func (in *listMetricsInput) wants(m metricRef) bool {
	for _, wanted := range in.Dimensions {
		if !slices.ContainsFunc(m.Dimensions, func(d dimension) bool {
			return d.Name == wanted.Name && cmp.Or(wanted.Value, d.Value) == d.Value
		}) {
			return false
		}
	}
	return (in.Namespace == "" || in.Namespace == m.Namespace) && (in.MetricName == "" || in.MetricName == m.MetricName)
}
