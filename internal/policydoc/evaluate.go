package policydoc

import (
	"fmt"
	"slices"
	"strings"
)

// Principal is who makes a request: an AWS service, or an identity of an account. The zero value is an anonymous
// caller.
type Principal struct {
	// Service is a service principal such as sns.amazonaws.com; Account and ARN are empty then.
	Service string
	// Account is the id of the caller's account.
	Account string
	// ARN is the caller's user, role, role session or account root.
	ARN string
}

// Request is one action that someone wants to do to the resource that a document hangs on.
type Request struct {
	Principal Principal
	// Action is an IAM action such as sqs:SendMessage.
	Action string
	// Resource is an ARN.
	Resource string
	// Context holds the condition keys of the request, in any case, with their values.
	Context map[string][]string
}

// Decision is what a document says to a request.
type Decision struct {
	// Allowed says that a statement allows the request and none denies it.
	Allowed bool
	// Denied says that a statement denies the request.
	Denied bool
	// Sid is of the statement that decided; empty when it has none, or when no statement spoke.
	Sid string
	// Reason tells a person which statement denies the request, or that none allows it, which one came near and what it
	// missed. It is empty where the request is allowed.
	Reason string
}

// Evaluate decides a request as AWS does for a resource policy: one Deny that applies decides, else one Allow, else
// nothing is allowed. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html.
func (d Document) Evaluate(r Request) Decision {
	e := evaluation{Request: r, variables: d.Version == Version}
	var near miss
	nearest := 0
	for i, s := range d.Statements {
		missed := e.misses(s)
		switch {
		case missed.by == nothing && s.Effect == "Deny":
			return Decision{Denied: true, Sid: s.Sid, Reason: fmt.Sprintf("statement %s denies %s", s.name(i), e.describe())}
		case s.Effect == "Allow" && missed.by > near.by:
			near, nearest = missed, i
		}
	}
	switch near.by {
	case nothing:
		return Decision{Allowed: true, Sid: d.Statements[nearest].Sid}
	case noneAllows:
		return Decision{Reason: "no statement allows " + e.describe()}
	default:
		return Decision{Reason: fmt.Sprintf("no statement allows %s; statement %s: %s",
			e.describe(), d.Statements[nearest].name(nearest), near.what)}
	}
}

// Denies reports whether a statement denies something.
func (d Document) Denies() bool {
	return slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Effect == "Deny" })
}

// describe returns the request in the words of a Decision's reason.
func (e evaluation) describe() string {
	who := "an anonymous caller"
	switch {
	case e.Principal.Service != "":
		who = e.Principal.Service
	case e.Principal.ARN != "":
		who = e.Principal.ARN
	case e.Principal.Account != "":
		who = e.Principal.Account
	}
	text := fmt.Sprintf("%s on %s for %s", e.Action, e.Resource, who)
	if source := e.values("aws:SourceArn"); len(source) > 0 {
		text += fmt.Sprintf(" (aws:SourceArn %s)", strings.Join(source, ", "))
	}
	return text
}

// miss is the first thing in which a statement does not fit a request.
type miss struct {
	by   missed
	what string
}

// missed orders what a statement can miss: the later, the nearer it came.
type missed int

const (
	noneAllows missed = iota // there is no statement to be near
	missedAction
	missedResource
	missedPrincipal
	missedCondition
	nothing
)

// evaluation is one request as the statements of a document see it.
type evaluation struct {
	Request
	// variables says that ${...} is expanded: since version 2012-10-17 only,
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html.
	variables bool
}

// values returns the values of a condition key, whatever its case.
func (e evaluation) values(key string) []string {
	var spelled []string
	for other := range e.Context {
		if strings.EqualFold(other, key) {
			spelled = append(spelled, other)
		}
	}
	if len(spelled) == 1 {
		return e.Context[spelled[0]]
	}
	var all []string
	for _, other := range set(spelled) {
		all = append(all, e.Context[other]...)
	}
	return all
}

// misses returns in what a statement does not fit the request. A statement that lacks a part which resource policies
// must have fits none.
func (e evaluation) misses(s Statement) miss {
	switch {
	case !within(s.Action, s.NotAction, e.namesAction):
		return miss{missedAction, "its action is another"}
	case !within(s.Resource, s.NotResource, e.namesResource):
		return miss{missedResource, "its resource is another"}
	case !e.concernsPrincipal(s):
		return miss{missedPrincipal, "its principal is another"}
	}
	if failed := e.failedCondition(s); failed != "" {
		return miss{missedCondition, failed}
	}
	return miss{by: nothing}
}

// within reports whether some element of in, or none of notIn, is meant. AWS takes statements with one of the two.
func within(in, notIn []string, meant func(string) bool) bool {
	if len(in) == 0 && len(notIn) == 0 {
		return false
	}
	return (len(in) == 0 || slices.ContainsFunc(in, meant)) && !slices.ContainsFunc(notIn, meant)
}

// namesAction compares without regard to case,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html.
func (e evaluation) namesAction(action string) bool {
	if !strings.ContainsAny(action, "*?") {
		return strings.EqualFold(action, e.Action)
	}
	return wildcards(strings.ToLower(action)).match(strings.ToLower(e.Action))
}

func (e evaluation) namesResource(resource string) bool {
	p, ok := e.expand(resource, true)
	return ok && p.match(e.Resource)
}
