package localaws

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/skein-dev/skein/internal/policydoc"
)

// topic is one version of a topic's settings.
type topic struct {
	arn, region, account, name string
	fifo                       bool
	// attributes are the settings that were made; what is absent on AWS is absent here.
	attributes map[string]string
	// tags are nil on a topic that never had one.
	tags           map[string]string
	dataProtection string
	// unsubscribed counts the subscriptions that were deleted.
	unsubscribed int
}

func (t *topic) clone() *topic {
	next := *t
	next.attributes, next.tags = maps.Clone(t.attributes), maps.Clone(t.tags)
	return &next
}

// topicRef is the part of an input that names a topic.
type topicRef struct {
	TopicArn string `json:",omitempty"`
}

func (r topicRef) resource(*request) string { return r.TopicArn }

// checkARN checks the form of an ARN as SNS does: recorded cases
// test_create_topic_with_attributes/get-attrs-malformed-topic and test_subscribe_with_invalid_topic.
func checkARN(rq *request, parameter, arn string) error {
	if arn == "" {
		return snsMissing(parameter)
	}
	if n := strings.Count(arn, ":") + 1; n < 6 {
		return snsInvalid("%s Reason: An ARN must have at least 6 elements, not %d", parameter, n)
	}
	parts, ok := parseARN(arn)
	if !ok || parts.service != serviceSNS || parts.partition != policydoc.Partition(rq.region) || parts.region != rq.region ||
		!isAccountID(parts.account) {
		return snsInvalid("%s", parameter)
	}
	return nil
}

// topic finds the topic that an operation names, for a caller who may use it: of the same account, or admitted by the
// topic's policy. Another region's topic is refused for its ARN, not as missing.
func (s *Server) topic(rq *request, ref topicRef) (*topic, error) {
	if err := checkARN(rq, "TopicArn", ref.TopicArn); err != nil {
		return nil, err
	}
	t := s.topics.get(ref.TopicArn, rq.stale)
	if t == nil {
		return nil, noTopic()
	}
	return t, s.mayUseTopic(rq, t)
}

type createTopicInput struct {
	Name                 string
	Attributes           map[string]string `json:",omitempty"`
	Tags                 []tag             `json:",omitempty"`
	DataProtectionPolicy string            `json:",omitempty"`
}

func (in createTopicInput) resource(rq *request) string {
	return scopePrefix(serviceSNS, rq.region, rq.caller.account) + in.Name
}

type topicOutput struct{ TopicArn string }

// createTopic makes a topic, or returns the one of that name if each attribute and tag given is what it has (recorded
// cases test_create_topic_different_attrs, test_create_duplicate_topic_check_idempotency).
func (s *Server) createTopic(rq *request, in *createTopicInput) (*topicOutput, error) {
	fifo := strings.EqualFold(in.Attributes["FifoTopic"], "true")
	if !validTopicName(in.Name, fifo) {
		return nil, snsInvalid("Topic Name")
	}
	tags, err := readTags(in.Tags)
	if err != nil {
		return nil, err
	}
	if reason := s.lacksAttribute(in.Attributes); reason != "" {
		return nil, snsInvalid("Attributes Reason: %s", reason)
	}
	wanted := newTopic(rq, in.Name, fifo)
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if reason := wanted.apply(name, in.Attributes[name], true); reason != "" {
			return nil, snsInvalid("Attributes Reason: %s", reason)
		}
	}
	if have := s.topics.get(wanted.arn, false); have != nil {
		return sameTopic(wanted, have, in.Attributes, tags)
	}
	if len(tags) > 0 {
		wanted.tags = tags
	}
	wanted.dataProtection = in.DataProtectionPolicy
	s.topics.put(wanted.arn, wanted)
	return &topicOutput{TopicArn: wanted.arn}, nil
}

func newTopic(rq *request, name string, fifo bool) *topic {
	t := &topic{
		arn:    scopePrefix(serviceSNS, rq.region, rq.caller.account) + name,
		region: rq.region, account: rq.caller.account, name: name, fifo: fifo,
		attributes: map[string]string{"DisplayName": ""},
	}
	t.attributes["Policy"] = defaultTopicPolicy(t)
	if fifo {
		t.attributes["FifoTopic"], t.attributes["ContentBasedDeduplication"] = "true", "false"
	}
	return t
}

// sameTopic compares a CreateTopic with the topic that has the name.
func sameTopic(wanted, have *topic, given, tags map[string]string) (*topicOutput, error) {
	for name := range given {
		if !sameSetting(name, wanted.attributes[name], have.attributes[name]) {
			return nil, snsInvalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	for key, value := range tags {
		if stored, ok := have.tags[key]; !ok || stored != value {
			return nil, snsInvalid("Tags Reason: Topic already exists with different tags")
		}
	}
	return &topicOutput{TopicArn: have.arn}, nil
}

// validTopicName: recorded cases test_create_topic_name_constraints.
func validTopicName(name string, fifo bool) bool {
	base, suffixed := strings.CutSuffix(name, fifoSuffix)
	return suffixed == fifo && len(name) <= 256 && validName(base, 256)
}

// deleteTopic also deletes the subscriptions; a topic that is gone already is no error.
func (s *Server) deleteTopic(rq *request, in *topicRef) (*nothing, error) {
	if err := checkARN(rq, "TopicArn", in.TopicArn); err != nil {
		return nil, err
	}
	if s.topics.get(in.TopicArn, false) == nil {
		return &nothing{}, nil
	}
	t, err := s.topic(rq, *in)
	if err != nil {
		return nil, err
	}
	if t.attributes["ArchivePolicy"] != "" {
		return nil, newError("InvalidState", http.StatusBadRequest,
			"Invalid state: the topic has an ArchivePolicy, which must be removed first")
	}
	var orphans []*subscription
	for _, sub := range s.subscriptions.after(t.arn+":", "", false) {
		orphans = append(orphans, sub)
	}
	for _, sub := range orphans {
		s.dropSubscription(rq, sub)
	}
	s.topics.remove(t.arn, rq.now)
	s.published.forget(t.arn)
	delete(s.deliveries, t.arn)
	return &nothing{}, nil
}

type listTopicsInput struct {
	NextToken string `json:",omitempty"`
}

type listTopicsOutput struct {
	Topics    []topicOutput
	NextToken string
}

func (s *Server) listTopics(rq *request, in *listTopicsInput) (*listTopicsOutput, error) {
	last, ok := pageStart(in.NextToken)
	if !ok {
		return nil, snsInvalid("NextToken")
	}
	out, prefix := &listTopicsOutput{}, scopePrefix(serviceSNS, rq.region, rq.caller.account)
	for arn := range s.topics.after(prefix, last, rq.stale) {
		if len(out.Topics) == snsPageSize {
			out.NextToken = pageToken(out.Topics[snsPageSize-1].TopicArn)
			break
		}
		out.Topics = append(out.Topics, topicOutput{TopicArn: arn})
	}
	return out, nil
}
