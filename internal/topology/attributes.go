package topology

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-dev/skein/internal/filterpolicy"
)

// Attribute is one row of a table: all that the planner must know about an AWS attribute.
type Attribute struct {
	// Name in AWS, and in Managed.
	Name string
	// Canonical turns what AWS or a user gave into the one form that is compared; nil: as it is.
	Canonical func(string) string
	// Default is what AWS shows, in canonical form, where nobody set the attribute; empty: it shows nothing.
	Default string
	// Clear is what is sent to take the attribute away. Sent, AWS shows Default or nothing.
	Clear string
	// Immutable attributes are fixed at creation; a difference is refused with the remedy.
	Immutable bool
	// Order of the call in which it is set, among the calls for one resource; 0 first.
	Order int
	// Needs names an attribute without which AWS neither keeps nor shows this one.
	Needs string
	// Yields names an attribute beside which AWS alone decides what it shows for this one.
	Yields string
	// WhenSaid attributes are managed only while the spec says them; AWS's own value is nobody's before.
	WhenSaid bool
	// Without says what follows where a partition of AWS does not have the attribute, and Bare as what AWS then behaves, where that is not Default. Empty: the
	// attribute cannot be done without, other than at its default.
	Without, Bare string
}

// Dispensable says whether a value of the attribute can be done without where AWS does not have the attribute.
func (a Attribute) Dispensable(value string) bool {
	return a.Name != "" && (a.Without != "" || value == a.Default)
}

// Misses says whether something is missing without a value of the attribute.
func (a Attribute) Misses(value string) bool {
	return a.Without != "" && value != "" && value != cmp.Or(a.Bare, a.Default)
}

// QueueAttributes are the attributes of an SQS queue that Skein manages
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html), without Policy, which is compared by statement.
var QueueAttributes = []Attribute{
	{Name: "VisibilityTimeout", Canonical: number, Default: "30", Clear: "30"},
	{Name: "MessageRetentionPeriod", Canonical: number, Default: "345600", Clear: "345600"},
	{Name: "DelaySeconds", Canonical: number, Default: "0", Clear: "0"},
	{Name: "ReceiveMessageWaitTimeSeconds", Canonical: number, Default: "0", Clear: "0"},
	// Queues made before August 2025 show 262144 where nobody set it: only managed while it is in the spec, and reset to today's default.
	{Name: "MaximumMessageSize", Canonical: number, Default: "1048576", Clear: "1048576", WhenSaid: true},
	{Name: "RedrivePolicy", Canonical: redrivePolicy},
	{Name: "RedriveAllowPolicy", Canonical: redriveAllowPolicy, Without: "any queue of the account may use it as dead-letter queue"},
	// The key goes first: AWS refuses a key and SQS-managed keys in one call, and switching the key off does not bring the latter back.
	{Name: "KmsMasterKeyId"},
	{Name: "KmsDataKeyReusePeriodSeconds", Canonical: number, Needs: "KmsMasterKeyId"},
	{
		Name: "SqsManagedSseEnabled", Canonical: strings.ToLower, Default: "true", Clear: "true", Order: 1, Yields: "KmsMasterKeyId",
		Without: "messages are not encrypted at rest, unless encryption.type is KMS", Bare: "false",
	},
	{Name: "FifoQueue", Canonical: strings.ToLower, Immutable: true},
	{Name: "ContentBasedDeduplication", Canonical: strings.ToLower, Default: "false", Clear: "false"},
	{Name: "DeduplicationScope", Default: "queue", Clear: "queue", Without: "deduplication ids are compared in the whole queue"},
	{Name: "FifoThroughputLimit", Default: "perQueue", Clear: "perQueue", Without: "the throughput quota counts for the whole queue"},
}

// TopicAttributes are the attributes of an SNS topic that Skein manages
// (https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html), without Policy. Each is set in a call of its own.
var TopicAttributes = []Attribute{
	{Name: "DisplayName"},
	{Name: "KmsMasterKeyId"},
	{Name: "TracingConfig", Default: "PassThrough", Clear: "PassThrough", Without: "messages are not traced"},
	{Name: "FifoTopic", Canonical: strings.ToLower, Immutable: true},
	{Name: "ContentBasedDeduplication", Canonical: strings.ToLower, Default: "false", Clear: "false"},
	{Name: "FifoThroughputScope", Default: "", Clear: "Topic", Without: "the throughput quota counts for the whole topic", Bare: "Topic"},
}

// SubscriptionAttributes are the attributes of a subscription to SQS that Skein manages
// (https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html). Each is set in a call of its own, in this order.
var SubscriptionAttributes = []Attribute{
	// It cannot be cleared, only set to false.
	{Name: "RawMessageDelivery", Canonical: strings.ToLower, Default: "false", Clear: "false"},
	// Shown only while there is a policy; what is nested needs MessageBody before the policy comes, and must be gone before it returns to MessageAttributes.
	{Name: "FilterPolicyScope", Default: "MessageAttributes", Clear: "MessageAttributes", Order: 1, Needs: "FilterPolicy"},
	{Name: "FilterPolicy", Canonical: filterPolicy, Order: 2},
	{Name: "RedrivePolicy", Canonical: subscriptionRedrivePolicy, Order: 3},
}

// Attributes is the table of a kind.
func Attributes(k Kind) []Attribute {
	switch k {
	case KindQueue:
		return QueueAttributes
	case KindTopic:
		return TopicAttributes
	case KindAlarm:
		return AlarmAttributes
	default:
		return SubscriptionAttributes
	}
}

// FindAttribute gives the row of an attribute; fields such as Policy[x] and Tags[x] have none.
func FindAttribute(k Kind, name string) (Attribute, bool) {
	table := Attributes(k)
	i := slices.IndexFunc(table, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return Attribute{}, false
	}
	return table[i], true
}

// CanonicalAttributes turns attributes as AWS gives them into Managed fields of the table; what the table does not have is left out.
func CanonicalAttributes(k Kind, raw map[string]string) map[string]string {
	out := make(map[string]string, len(raw))
	for _, a := range Attributes(k) {
		v, ok := raw[a.Name]
		if !ok {
			out[a.Name] = a.Default
			continue
		}
		if a.Canonical != nil && v != "" {
			v = a.Canonical(v)
		}
		out[a.Name] = v
	}
	return out
}

func number(s string) string {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return s
	}
	return strconv.FormatInt(n, 10)
}

// redrivePolicy compares maxReceiveCount as a number, however it was written.
func redrivePolicy(s string) string {
	var p struct {
		Target string `json:"deadLetterTargetArn"`
		Count  any    `json:"maxReceiveCount"`
	}
	if json.Unmarshal([]byte(s), &p) != nil {
		return s
	}
	count := ""
	switch n := p.Count.(type) {
	case float64:
		count = strconv.FormatFloat(n, 'f', -1, 64)
	case string:
		count = number(n)
	}
	return `{"deadLetterTargetArn":` + quote(p.Target) + `,"maxReceiveCount":` + count + `}`
}

// RedrivePolicy is the canonical attribute of a queue.
func RedrivePolicy(target string, maxReceiveCount int32) string {
	return `{"deadLetterTargetArn":` + quote(target) + `,"maxReceiveCount":` + strconv.Itoa(int(maxReceiveCount)) + `}`
}

// RedriveTarget is the dead-letter queue's ARN in a queue's redrive policy; empty where there is none.
func RedriveTarget(policy string) string {
	var p struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(policy), &p) != nil {
		return ""
	}
	return p.Target
}

// redriveAllowPolicy takes absent and allowAll for the same, and the sources for a set.
func redriveAllowPolicy(s string) string {
	p, err := ParseRedriveAllow(s)
	if err != nil {
		return s
	}
	return p.String()
}

// MaxAllowedSources is how many queues a redriveAllowPolicy may list
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
const MaxAllowedSources = 10

// RedriveAllow says which queues may use a queue as dead-letter queue.
type RedriveAllow struct {
	// Permission is allowAll, denyAll or byQueue.
	Permission string `json:"redrivePermission"`
	// Sources are at most ten queue ARNs, with byQueue only.
	Sources []string `json:"sourceQueueArns,omitempty"`
}

// ParseRedriveAllow reads the attribute; absent means allowAll.
func ParseRedriveAllow(s string) (RedriveAllow, error) {
	if s == "" {
		return RedriveAllow{Permission: "allowAll"}, nil
	}
	var p RedriveAllow
	err := json.Unmarshal([]byte(s), &p)
	return p, err
}

// String is the canonical attribute: empty for allowAll.
func (p RedriveAllow) String() string {
	if p.Permission == "allowAll" || p.Permission == "" {
		return ""
	}
	p.Sources = slices.Compact(slices.Sorted(slices.Values(p.Sources)))
	b, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(b)
}

// Admits says whether a queue may use this one as dead-letter queue.
func (p RedriveAllow) Admits(source string) bool {
	return p.Permission == "allowAll" || p.Permission == "byQueue" && slices.Contains(p.Sources, source)
}

func filterPolicy(s string) string {
	c, err := filterpolicy.Canonical([]byte(s))
	if err != nil {
		return s
	}
	return c
}

func subscriptionRedrivePolicy(s string) string {
	if target := RedriveTarget(s); target != "" {
		return SubscriptionRedrivePolicy(target)
	}
	return s
}

// SubscriptionRedrivePolicy is the canonical attribute of a subscription.
func SubscriptionRedrivePolicy(target string) string {
	return `{"deadLetterTargetArn":` + quote(target) + `}`
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
