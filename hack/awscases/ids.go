package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// syntheticSubscription is the ARN of a subscription as the case files write it.
	syntheticSubscription = regexp.MustCompile(`(arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+):00000000-0000-4000-8000-\d{12}`)
	// earlier stands for a member of an earlier answer: "<task-handle>" for the last TaskHandle that came, and
	// "<receipt-handle:2>" for the second ReceiptHandle.
	earlier = regexp.MustCompile(`<([a-z][a-z-]*)(?::(\d+))?>`)
	// word begins a word within a member's name.
	word = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// ids puts what earlier calls answered in the place of what a case file wrote for it. The synthetic ARNs of a topic's
// subscriptions, in the order of their numbers, belong to its subscriptions in the order of making.
type ids struct {
	// synthetic and made are ARNs of subscriptions by topic.
	synthetic, made map[string][]string
	// answered are the texts in answers by member name, as "task-handle", in the order of coming.
	answered map[string][]string
	// written are the calls as the case file has them.
	written string
}

func newIDs(calls []call) *ids {
	written, _ := json.Marshal(calls)
	s := &ids{
		synthetic: map[string][]string{}, made: map[string][]string{}, answered: map[string][]string{},
		written: string(written),
	}
	arns := syntheticSubscription.FindAllString(s.written, -1)
	slices.Sort(arns)
	for _, arn := range slices.Compact(arns) {
		topic := syntheticSubscription.FindStringSubmatch(arn)[1]
		s.synthetic[topic] = append(s.synthetic[topic], arn)
	}
	return s
}

// note keeps what a call answered.
func (s *ids) note(c call, body map[string]any) {
	s.collect("", body)
	if arn, _ := body["SubscriptionArn"].(string); c.Op == subscribeOp {
		topic, _ := c.Params["TopicArn"].(string)
		if !slices.Contains(s.made[topic], arn) {
			s.made[topic] = append(s.made[topic], arn)
		}
	}
}

func (s *ids) collect(name string, value any) {
	switch value := value.(type) {
	case string:
		kind := strings.ToLower(word.ReplaceAllString(name, "$1-$2"))
		s.answered[kind] = append(s.answered[kind], value)
	case []any:
		for _, element := range value {
			s.collect(name, element)
		}
	case map[string]any:
		for member, inner := range value {
			s.collect(member, inner)
		}
	}
}

// resolve returns parameters as they are to be sent. What no call answered stays as it is.
func (s *ids) resolve(value any) any {
	switch value := value.(type) {
	case string:
		value = renamed(value, s.written)
		value = earlier.ReplaceAllStringFunc(value, s.answer)
		return syntheticSubscription.ReplaceAllStringFunc(value, s.subscription)
	case []any:
		resolved := make([]any, len(value))
		for i := range value {
			resolved[i] = s.resolve(value[i])
		}
		return resolved
	case map[string]any:
		if data, ok := bytesOf(value); ok {
			return data
		}
		resolved := make(map[string]any, len(value))
		for name, member := range value {
			resolved[name] = s.resolve(member)
		}
		return resolved
	default:
		return value
	}
}

func (s *ids) answer(written string) string {
	m := earlier.FindStringSubmatch(written)
	came := s.answered[m[1]]
	at := len(came) - 1
	if m[2] != "" {
		number, _ := strconv.Atoi(m[2])
		at = number - 1
	}
	if at < 0 || at >= len(came) {
		return written
	}
	return came[at]
}

func (s *ids) subscription(written string) string {
	topic := syntheticSubscription.FindStringSubmatch(written)[1]
	at := slices.Index(s.synthetic[topic], written)
	if at < 0 || at >= len(s.made[topic]) {
		return written
	}
	return s.made[topic][at]
}
