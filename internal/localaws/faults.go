package localaws

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// FaultRule bends the calls that it matches. Names in JSON are those of a faults file. All rules that match a call
// count it; of those that bend it the latencies add up, the longest lag wins, and the first one that answers an error
// or drops the connection does so alone.
type FaultRule struct {
	// Operation is SERVICE:Operation as in IAM, with * and ? as wildcards, e.g. sqs:Get* or *.
	Operation string `json:"operation"`
	// Resource is a pattern for Call.Resource, with * and ? as wildcards; empty for every call. Calls that name no
	// resource, such as ListQueues, match only * and empty.
	Resource string `json:"resource,omitempty"`
	// Account and Region are the caller's, empty for all.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Calls says which of the matching calls are bent; absent for all.
	Calls *Occurrence `json:"calls,omitempty"`

	// Code, Message and Status are the error that is answered in place of the effect, see Fault.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Status  int    `json:"status,omitempty"`
	// AfterEffect carries the call out first: the caller does not learn that it succeeded.
	AfterEffect bool `json:"afterEffect,omitempty"`
	// DropConnection closes the connection in place of an answer; with AfterEffect after the effect.
	DropConnection bool `json:"dropConnection,omitempty"`
	// Restart restarts the server, keep or lose its memory, and closes the connection; with AfterEffect after the effect.
	Restart Memory `json:"restart,omitempty"`
	// Throttle answers the service's throttling error, or Code, to calls that find no token.
	Throttle *Throttle `json:"throttle,omitempty"`
	// Latency is waited in real time before anything else; at most a minute.
	Latency Duration `json:"latency,omitempty"`
	// Lag makes reads answer from the state so long ago by the server's clock; at most 10 minutes.
	Lag Duration `json:"lag,omitempty"`
	// Stale makes reads answer from the state before the last write, however long ago that was.
	Stale bool `json:"stale,omitempty"`
}

// Occurrence chooses among the calls that a rule matches, counted from 1 in the order of arrival.
type Occurrence struct {
	// From is the first call that is bent; zero for 1.
	From int `json:"from,omitempty"`
	// To is the last one; zero for no end.
	To int `json:"to,omitempty"`
	// Every bends each n-th call, beginning with From; zero for 1.
	Every int `json:"every,omitempty"`
}

// includes reports whether the n-th call is among them.
func (o *Occurrence) includes(n int) bool {
	if o == nil {
		return true
	}
	from, every := max(o.From, 1), max(o.Every, 1)
	return n >= from && (o.To == 0 || n <= o.To) && (n-from)%every == 0
}

// Duration is a time.Duration that JSON and YAML have as text, e.g. 200ms or 1m30s.
type Duration time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("%s is no duration, write text such as 200ms or 5s", data)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is no duration, write text such as 200ms or 5s", text)
	}
	*d = Duration(parsed)
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// Faults makes a hook of rules, to be given to SetHook. It is deterministic: it counts calls as they come and takes
// the time from them. The error joins one for each fault of a rule, with the rule's index, the field and the remedy.
func Faults(rules ...FaultRule) (Hook, error) {
	if err := checkFaultRules(rules); err != nil {
		return nil, err
	}
	plan := &faultPlan{}
	for _, rule := range rules {
		plan.rules = append(plan.rules, newActiveRule(rule))
	}
	return plan.bend, nil
}

// faultPlan holds the rules of one hook and what they have counted.
type faultPlan struct {
	mu    sync.Mutex
	rules []*activeRule
}

// bend is the Hook.
func (p *faultPlan) bend(call Call) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all Fault
	for _, rule := range p.rules {
		if rule.matches(call) {
			all = all.and(rule.fault(call))
		}
	}
	return all
}

// and joins the faults of two rules.
func (f Fault) and(next Fault) Fault {
	joined := f
	if f.Code == "" && !f.AfterEffect && !f.drops() {
		joined = next
	}
	joined.Latency = f.Latency + next.Latency
	joined.Lag = max(f.Lag, next.Lag)
	joined.Stale = f.Stale || next.Stale
	return joined
}

// activeRule is a rule with its count.
type activeRule struct {
	FaultRule
	operation, resource *regexp.Regexp
	seen                int
	buckets             buckets
}

func newActiveRule(rule FaultRule) *activeRule {
	active := &activeRule{FaultRule: rule, operation: globPattern(rule.Operation), resource: globPattern(rule.Resource)}
	if rule.Throttle != nil {
		active.buckets = newBuckets(*rule.Throttle)
	}
	return active
}

func (r *activeRule) matches(call Call) bool {
	return r.operation.MatchString(call.key()) &&
		(r.Resource == "" || r.resource.MatchString(call.Resource)) &&
		(r.Account == "" || r.Account == call.Account) &&
		(r.Region == "" || r.Region == call.Region)
}

// fault counts a call that the rule matches, and returns what the rule does to it.
func (r *activeRule) fault(call Call) Fault {
	r.seen++
	if !r.Calls.includes(r.seen) || r.Throttle != nil && r.buckets.take(call) {
		return Fault{}
	}
	fault := Fault{
		Code: r.Code, Message: r.Message, Status: r.Status, AfterEffect: r.AfterEffect, DropConnection: r.DropConnection,
		Restart: r.Restart, Latency: time.Duration(r.Latency), Lag: time.Duration(r.Lag), Stale: r.Stale,
	}
	if r.Throttle != nil && r.Code == "" {
		fault.throttled(call.Service)
	}
	if fault.Message == "" && !r.drops() && (r.Code != "" || r.AfterEffect) {
		fault.Message = cmp.Or(r.Code, codeLost) + " injected by a fault rule"
	}
	return fault
}
