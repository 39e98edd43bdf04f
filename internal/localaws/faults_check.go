package localaws

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxLatency is the longest latency of a rule: a server has to end a response some time.
const maxLatency = time.Minute

// globPattern compiles a pattern with * and ? as wildcards, which ignores case as IAM does with actions.
func globPattern(glob string) *regexp.Regexp {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(glob))
	return regexp.MustCompile(`(?is)^` + quoted + `$`)
}

// checkFaultRules joins what is wrong with the rules.
func checkFaultRules(rules []FaultRule) error {
	var all []error
	for i, rule := range rules {
		refuse := func(field, format string, args ...any) {
			all = append(all, fmt.Errorf("faults[%d].%s: %s", i, field, fmt.Sprintf(format, args...)))
		}
		rule.checkMatch(refuse)
		rule.checkCalls(refuse)
		rule.checkError(refuse)
		rule.checkReads(refuse)
		if rule.Latency < 0 || time.Duration(rule.Latency) > maxLatency {
			refuse("latency", "%s is out of range, give at most %s", time.Duration(rule.Latency), maxLatency)
		}
		if !rule.answers() && rule.Latency == 0 && rule.Lag == 0 && !rule.Stale {
			refuse("operation", "the rule does nothing, give it one of code, throttle, afterEffect, dropConnection, restart, latency, lag or stale")
		}
	}
	return errors.Join(all...)
}

// refusal notes what is wrong with a field of a rule, with the remedy.
type refusal func(field, format string, args ...any)

// answers reports whether the rule may answer an error, or nothing.
func (r FaultRule) answers() bool {
	return r.Code != "" || r.Throttle != nil || r.AfterEffect || r.drops()
}

// drops reports whether the rule closes the connection.
func (r FaultRule) drops() bool { return r.DropConnection || r.Restart != "" }

func (r FaultRule) checkMatch(refuse refusal) {
	switch {
	case r.Operation == "":
		refuse("operation", "it is missing, give SERVICE:Operation such as sqs:CreateQueue, sns:* or *")
	case len(r.operations()) == 0:
		refuse("operation", "%q is no operation that is served here, give one such as sqs:CreateQueue, sns:* or *", r.Operation)
	}
	if r.Resource != "" && !strings.HasPrefix(r.Resource, "arn:") && !strings.HasPrefix(r.Resource, "*") {
		refuse("resource", "%q matches no ARN, give a pattern for the whole ARN such as *:%s", r.Resource, r.Resource)
	}
	namesNone := !slices.ContainsFunc(r.operations(), func(name string) bool { return operations[name].namesResource() })
	if strings.Trim(r.Resource, "*") != "" && namesNone && len(r.operations()) > 0 {
		refuse("resource", "%s names no resource, leave it out", r.Operation)
	}
	if r.Account != "" && !isAccountID(r.Account) {
		refuse("account", "%q is no account, give its 12 digits in quotes", r.Account)
	}
}

// operations returns the operations that the rule is for.
func (r FaultRule) operations() []string {
	pattern := globPattern(r.Operation)
	names := slices.Sorted(maps.Keys(operations))
	return slices.DeleteFunc(names, func(name string) bool { return !pattern.MatchString(name) })
}

func (r FaultRule) checkCalls(refuse refusal) {
	c := r.Calls
	switch {
	case c == nil:
	case c.From < 0 || c.To < 0 || c.Every < 0:
		refuse("calls", "from, to and every count from 1, give no negative number")
	case c.To > 0 && c.To < c.From:
		refuse("calls.to", "it is less than from, give at least %d", c.From)
	case r.Throttle != nil:
		refuse("calls", "a token bucket chooses the calls itself, give calls or throttle")
	}
}

func (r FaultRule) checkError(refuse refusal) {
	if r.Status != 0 && (r.Status < 400 || r.Status > 599) {
		refuse("status", "%d is no status of an error, give 400 to 599", r.Status)
	}
	if (r.Message != "" || r.Status != 0) && (!r.answers() || r.drops()) {
		refuse("code", "message and status belong to an error, give its code or leave them out")
	}
	if r.drops() && (r.Code != "" || r.Throttle != nil) {
		refuse("dropConnection", "nothing is answered on a closed connection, leave out code and throttle")
	}
	if r.Restart != "" && r.Restart != KeepMemory && r.Restart != LoseMemory {
		refuse("restart", "%q is unknown, give keep or lose for what becomes of the memory", r.Restart)
	}
	if r.Throttle == nil {
		return
	}
	if r.Throttle.Rate <= 0 {
		refuse("throttle.rate", "%v is too low, give the calls a second that are let through, such as 5 or 0.5", r.Throttle.Rate)
	}
	if r.Throttle.Burst < 1 {
		refuse("throttle.burst", "%d is too low, give the calls that are let through at once, at least 1", r.Throttle.Burst)
	}
	if r.AfterEffect {
		refuse("afterEffect", "a throttled call has no effect, leave it out")
	}
}

func (r FaultRule) checkReads(refuse refusal) {
	if r.Lag < 0 || time.Duration(r.Lag) > maxLag {
		refuse("lag", "%s is out of range, give at most %s", time.Duration(r.Lag), maxLag)
	}
	if r.Lag != 0 && r.Stale {
		refuse("stale", "lag says already what reads see, leave one of the two out")
	}
	if (r.Lag != 0 || r.Stale) && r.answers() && !r.AfterEffect {
		refuse("lag", "a call that is answered an error reads nothing, make lag or stale a rule of its own")
	}
	writesOnly := !slices.ContainsFunc(r.operations(), func(name string) bool { return !operations[name].mutating })
	if (r.Lag != 0 || r.Stale) && writesOnly && len(r.operations()) > 0 {
		refuse("operation", "only reads can lag, and %s writes; give an operation such as sqs:Get*", r.Operation)
	}
}
